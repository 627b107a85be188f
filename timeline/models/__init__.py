"""The timeline's tables."""

from timeline.models.changes import Change, RemovalWord
from timeline.models.events import AssetEvent, Event, FirmwarePeriod
from timeline.models.evidence import Assertion, IdentityConflict

__all__ = ["Assertion", "AssetEvent", "Change", "Event", "FirmwarePeriod", "IdentityConflict", "RemovalWord"]
