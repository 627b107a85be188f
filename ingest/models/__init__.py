"""The tables of ingest."""

from ingest.models.bundles import Bundle, BundleFile
from ingest.models.observations import Observation, Snapshot

__all__ = ["Bundle", "BundleFile", "Observation", "Snapshot"]
