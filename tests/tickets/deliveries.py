"""Tickets on their way in, as a connector sends them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tests.builders import NOON
from tests.clients import client_as
from tickets.api.sync_shape import read_ticket
from tickets.services import Outcome, sync_tickets

ADDRESS = "/connectors/tickets/sync"


def told(external_id: str = "OPS-1", *, at: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """A ticket as its source tells it, updated at `at`."""
    usual = {"title": "Disk gone", "status": "open", "severity": "major", "opened_at": NOON, "updated_at": at}
    told_at = {**usual, "external_id": external_id, **fields}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told_at.items()}


def later(hours: float = 1) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(hours=hours)


def take_in(*tickets: dict[str, Any], source: str = "jira") -> list[Outcome]:
    """What becomes of the tickets."""
    read = [read_ticket(one, frozenset()).ticket for one in tickets]
    return sync_tickets(source=source, tickets=read, now=timezone.now())


def post(*tickets: Any, source: str = "jira", role: str = "connector") -> Any:
    """The answer to a call with these tickets."""
    return client_as(role).post(ADDRESS, {"source": source, "tickets": list(tickets)})
