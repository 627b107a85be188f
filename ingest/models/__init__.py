"""The tables of ingest."""

from ingest.models.bundles import Bundle, BundleFile
from ingest.models.observations import FailureSignal, Observation, Snapshot

__all__ = ["Bundle", "BundleFile", "FailureSignal", "Observation", "Snapshot"]
