"""Asks the trackers that run on loopback, with pauses that a test can wait for."""

from datetime import datetime
from typing import Any

from tests.tickets.connectors.servers import SECRET, FakeJira, FakeServer
from tickets.connectors import Account, Asked, Page, Patience, Tracker, changes, read_mapping, tracker

IMPATIENT = Patience(retries=3, backoff=0.001, longest=0, connect_seconds=5, read_seconds=5)


def asking(server: FakeServer, mapping: dict[str, Any] | None = None, **fields: Any) -> Tracker:
    """The client of a running tracker."""
    asked = {"address": server.address, "project": "", "filter": "", "placeholders": frozenset({"NOT TOLD"})}
    account = fields.pop("account", Account(secret=SECRET))
    patience = fields.pop("patience", IMPATIENT)
    kind = "jira" if isinstance(server, FakeJira) else "redmine"
    return tracker(kind, Asked(**{**asked, **fields}, mapping=read_mapping(mapping or {})), account, patience)


def pages_of(server: FakeServer, cursor: datetime | None = None, **fields: Any) -> list[Page]:
    """All pages since `cursor`."""
    return list(changes(asking(server, **fields), cursor))


def only_ticket(server: FakeServer, **fields: Any) -> Any:
    """The one ticket that there is."""
    [page] = pages_of(server, **fields)
    [ticket] = page.tickets
    return ticket
