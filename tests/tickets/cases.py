"""Rows of tickets and failures for tests: each function makes one thing, with what the test names."""

from itertools import count
from typing import Any

from registry.models import FOREVER
from tests.builders import NOON
from tickets.models import Failure, Ticket, TicketLink

_numbers = count(1)


def make_ticket(**fields: Any) -> Ticket:
    """A ticket, open unless `closed_at` is named."""
    number = next(_numbers)
    closed_at = fields.get("closed_at")
    usual = {
        "source": "jira",
        "external_id": f"OPS-{number}",
        "title": "Disk gone from bay 3",
        "status": "closed" if closed_at else "open",
        "severity": "major",
        "opened_at": NOON,
        "ends_at": closed_at or FOREVER,
        "updated_at": closed_at or NOON,
        "received_at": NOON,
    }
    return Ticket.objects.create(**{**usual, **fields})


def make_link(**fields: Any) -> TicketLink:
    """A ticket's link, unresolved unless a thing is named."""
    usual = {"origin": "sync", "by": "asset_serial", "name": f"SRV{next(_numbers):05}"}
    return TicketLink.objects.create(ticket=fields.pop("ticket", None) or make_ticket(), **{**usual, **fields})


def make_failure(**fields: Any) -> Failure:
    """A telling of a failure, by hand unless a source is named."""
    usual = {
        "key": f"failure {next(_numbers)}",
        "source": "manual",
        "type": "disk",
        "mode": "media_error",
        "severity": "fatal",
        "occurred_at": NOON,
        "recorded_at": NOON,
    }
    return Failure.objects.create(**{**usual, **fields})
