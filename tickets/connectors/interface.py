"""What a tracker is asked, and what every kind of tracker can do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tickets.connectors.mapping import Mapping as FieldMapping
from tickets.connectors.paging import Index
from tickets.connectors.web import Account, Patience
from tickets.domain.told import ToldTicket

__all__ = ["Account", "Asked", "Check", "Page", "Patience", "Refused", "Tracker"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tickets of which tracker, and how they are read. `filter` is in the tracker's own words."""

    address: str
    project: str
    filter: str
    mapping: FieldMapping
    placeholders: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """A ticket that could not be read."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets that belong together; once they are stored, all changes up to `cursor` are, by the tracker's clock."""

    tickets: Sequence[ToldTicket]
    refused: Sequence[Refused]
    cursor: datetime | None


@dataclass(frozen=True, slots=True)
class Check:
    """What a look at a tracker showed: who asks, how many tickets match, and how many of some have each field."""

    who: str
    total: int | None
    looked_at: int
    having: Mapping[str, int]
    refused: Sequence[Refused]


class Tracker(Index, Protocol):
    """A tracker: `Index` lists what changed, `read` makes a ticket of it. A new kind goes to `trackers.KINDS`."""

    asked: Asked

    def open(self) -> str:
        """Signs in; who that is, in words."""

    def read(self, body: Mapping[str, Any]) -> ToldTicket:
        """A ticket, else `Misread`."""

    def value(self, body: Mapping[str, Any], field: str) -> Any:
        """What a ticket says in one of the tracker's fields."""
