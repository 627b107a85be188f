"""Clients of other systems that keep tickets: they ask, and give plain values; they know no database.

`trackers.changes` gives what changed, page by page; a further kind of tracker is a class like `jira.Jira`.
"""

from tickets.connectors.interface import Account, Asked, Check, Page, Patience, Refused, Tracker
from tickets.connectors.mapping import BadMapping, Mapping, read_mapping
from tickets.connectors.setup import SECRET_PREFIX, problems_of_setup
from tickets.connectors.trackers import Kind, changes, check, tracker
from tickets.connectors.web import TrackerFault

__all__ = [
    "SECRET_PREFIX",
    "Account",
    "Asked",
    "BadMapping",
    "Check",
    "Kind",
    "Mapping",
    "Page",
    "Patience",
    "Refused",
    "Tracker",
    "TrackerFault",
    "changes",
    "check",
    "problems_of_setup",
    "read_mapping",
    "tracker",
]
