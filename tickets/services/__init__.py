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
from tickets.services.failures import InFuture, Manual, NoReason, UsedKey, decide_failures, record_failure
from tickets.services.follow import follow_changes, follow_everything
from tickets.services.pull import BRIEFLY, AlreadyRunning, Run, check_connector, pull_tickets, save_connector
from tickets.services.suggestions import suggest_everywhere, suggest_links
from tickets.services.sync import REJECTED, Outcome, sync_tickets
from tickets.services.waiting import resolve_waiting, review_links

__all__ = [
    "BRIEFLY",
    "REJECTED",
    "AlreadyRunning",
    "InFuture",
    "Manual",
    "NoReason",
    "Outcome",
    "Run",
    "UsedKey",
    "WrongKind",
    "check_connector",
    "confirm_links",
    "decide_failures",
    "dismiss_links",
    "follow_changes",
    "follow_everything",
    "link_by_hand",
    "pull_tickets",
    "record_failure",
    "reopen_links",
    "resolve_link",
    "resolve_waiting",
    "review_links",
    "save_connector",
    "suggest_everywhere",
    "suggest_links",
    "sync_tickets",
    "target_kind",
]
