"""Sends documents of every kind in turn, and reads from the system what they cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from benchmarks.kinds import KINDS, Fleet
from benchmarks.processes import Database, Server, cpu_ms

FLOOR = "floor"
# Purging and flushing go on for a while after the last answer, and belong to what caused them.
SETTLE_SECONDS = 0.3
SNAPSHOTS_BEFORE = 3


class Takes(Protocol):
    """What documents can be posted to."""

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""


class WrongAnswer(RuntimeError):
    """The product did not do what is measured."""


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
    fleet.machines = [fleet.grow() for _ in range(servers)]
    for _ in range(SNAPSHOTS_BEFORE):
        for machine in fleet.machines:
            post(product, machine.document(), 201)


def measure(
    fleet: Fleet, product: Server, floor: Server, database: Database, rounds: int, requests: int
) -> dict[str, Cost]:
    """The cost of one request of each kind, and of the floor: medians of `rounds` batches of `requests`."""
    costs: dict[str, list[Cost]] = {name: [] for name in (FLOOR, *KINDS)}
    for _ in range(rounds):
        for name, found in costs.items():
            found.append(_batch(name, fleet, floor if name == FLOOR else product, database, requests))
    return {name: _median(found) for name, found in costs.items()}


def _batch(name: str, fleet: Fleet, server: Server, database: Database, requests: int) -> Cost:
    kind = KINDS["first sight" if name == FLOOR else name]
    documents = [kind.document(fleet) for _ in range(requests)]
    server.connection.close()  # idle since the last round; the first request opens it again
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


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        app_ms=median(cost.app_ms for cost in costs),
        db_ms=median(cost.db_ms for cost in costs),
        statements=median(cost.statements for cost in costs),
    )


def check_derived(database: Database, requests_of_a_kind: int) -> None:
    """Raises `WrongAnswer` unless the two-change documents have become the events that they tell of."""
    events = dict(database.ask("SELECT type, COUNT(*) FROM timeline_event GROUP BY type"))
    for event in ("FIRMWARE_CHANGED", "REMOVED"):
        if events.get(event) != requests_of_a_kind:
            raise WrongAnswer(f"{requests_of_a_kind} changes, but events: {events}")
