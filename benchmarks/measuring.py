"""Sends documents of every kind in turn, and reads from the system what they cost."""

import time
from dataclasses import dataclass
from typing import Protocol

from benchmarks.kinds import KINDS, Fleet, Kind
from benchmarks.processes import Database, Server, cpu_ms

FLOOR = "floor"
SNAPSHOTS_BEFORE = 3
# Purging and flushing go on for a while after the last answer, and belong to what caused them.
SETTLE_SECONDS = 0.3
EVENTS = "SELECT type, COUNT(*) FROM timeline_event GROUP BY type"


class WrongAnswer(RuntimeError):
    """The product did not do what is measured."""


class Takes(Protocol):
    """What documents can be posted to."""

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds and SQL statements of one request."""

    app_ms: float
    db_ms: float
    statements: float

    @property
    def total_ms(self) -> float:
        """What application and database took together."""
        return self.app_ms + self.db_ms


def grow(fleet: Fleet, product: Takes, servers: int) -> None:
    """Makes the product know `servers` machines by some snapshots each, and warms it up by that."""
    fleet.machines = [fleet.new() for _ in range(servers)]
    for _ in range(SNAPSHOTS_BEFORE):
        for machine in fleet.machines:
            post(product, machine.document(), 201)


def one_round(fleet: Fleet, product: Server, floor: Server, database: Database, requests: int) -> dict[str, Cost]:
    """The cost of one request to the floor and of each kind to the product, by one batch of each."""
    costs = {FLOOR: _cost(KINDS["first sight"], fleet, floor, database, requests)}
    for name, kind in KINDS.items():
        costs[name] = _cost(kind, fleet, product, database, requests * kind.times)
    return costs


def _cost(kind: Kind, fleet: Fleet, server: Server, database: Database, requests: int) -> Cost:
    documents = [kind.document(fleet) for _ in range(requests)]
    server.connection.close()  # the server may have closed it, idle as it was; the first request opens another
    statements, app, db = database.statements(), cpu_ms(server.pid), cpu_ms(database.pid)
    for document in documents:
        post(server, document, kind.status)
    time.sleep(SETTLE_SECONDS)
    return Cost(
        app_ms=(cpu_ms(server.pid) - app) / requests,
        db_ms=(cpu_ms(database.pid) - db) / requests,
        statements=(database.statements() - statements - 1) / requests,
    )


def post(server: Takes, document: bytes, expected: int) -> None:
    """Posts the document; raises `WrongAnswer` when the status is not the expected one."""
    status, body = server.post(document)
    if status != expected:
        raise WrongAnswer(f"{status} in place of {expected}: {body[:500].decode(errors='replace')}")


def check_derived(database: Database, changed_twice: int) -> None:
    """Raises `WrongAnswer` unless that many documents with two changes have become the events that they tell of."""
    events = {str(kind): int(count) for kind, count in database.ask(EVENTS)}
    for kind in ("FIRMWARE_CHANGED", "REMOVED"):
        if events.get(kind) != changed_twice:
            raise WrongAnswer(f"{changed_twice} {kind} expected, but there are {events}")
