"""The verbs of tickets and failures."""

from tickets.services.decisions import (
    WrongKind,
    confirm_links,
    dismiss_links,
    link_by_hand,
    reopen_links,
    resolve_link,
    target_kind,
)
from tickets.services.suggestions import suggest_links
from tickets.services.sync import REJECTED, Outcome, sync_tickets
from tickets.services.waiting import resolve_waiting, review_links

__all__ = [
    "REJECTED",
    "Outcome",
    "WrongKind",
    "confirm_links",
    "dismiss_links",
    "link_by_hand",
    "reopen_links",
    "resolve_link",
    "resolve_waiting",
    "review_links",
    "suggest_links",
    "sync_tickets",
    "target_kind",
]
