"""Reads all that changed in a tracker, page by page, though it goes on changing meanwhile.

Tickets come in the order of their last change. Whenever a page ends later than it began, the next one is asked for
from there on and not by its number: what was changed meanwhile has moved to the end, and would have pulled forward
what is yet to come. Only within one instant of the tracker's resolution pages are numbered; then each begins with the
last ticket of the one before it, and where it does not, that instant is read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

from tickets.connectors.web import TrackerFault

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
# Looked at again each time: what the tracker stored, but did not find yet when it was asked last.
OVERLAP = timedelta(minutes=10)
_AFTER_CLOCK_WENT_BACK = timedelta(days=1)
_MOST_RESTARTS = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket as the tracker sent it."""

    id: str
    updated: datetime | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: at a number, or at a token that the tracker gave."""

    offset: int = 0
    token: str = ""
    last: str | None = None  # the ticket expected there, which was seen already


@dataclass(frozen=True, slots=True)
class Batch:
    """A page as the tracker sent it. `token`: where the next begins, in trackers that do not number."""

    found: Sequence[Found]
    more: bool
    token: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading begins; `mark`: up to where all is known to be stored."""

    since: datetime | None
    mark: datetime | None


class Index(Protocol):
    """A tracker's list of tickets, ordered by their last change."""

    def bound(self, moment: datetime) -> datetime:
        """Where a search from `moment` on really begins: not later, and as exact as the tracker's queries are."""

    def search(self, since: datetime, place: Place) -> Batch:
        """A page of what changed since then."""

    @property
    def clock(self) -> datetime | None:
        """The tracker's own time when it answered last."""


def begin(cursor: datetime | None, clock: datetime | None) -> Start:
    """Where to begin when all up to `cursor` is stored.

    A cursor is never ahead of the tracker's clock, so when it is, the clock was set back, and tickets have been
    changed since at times that were passed already.
    """
    if cursor is None:
        return Start(None, None)
    if clock is not None and clock < cursor - OVERLAP:
        earlier = clock - _AFTER_CLOCK_WENT_BACK
        return Start(earlier, earlier)
    return Start(cursor - OVERLAP, cursor)


def walk(index: Index, start: Start) -> Iterator[tuple[Sequence[Found], datetime | None]]:
    """Pages of tickets, each with the moment up to which all is read once that page is stored."""
    since, mark, place, restarts = index.bound(start.since or EARLIEST), start.mark, Place(), 0
    while True:
        batch = index.search(since, place)
        fresh = _fresh(batch, place)
        if fresh is None:
            restarts += 1
            if restarts > _MOST_RESTARTS:
                raise TrackerFault("Tickets change faster than they can be read.")
            place = Place()
            continue
        _check_order(fresh)
        reached = _reached(batch, index.clock)
        mark = max(filter(None, (mark, reached)), default=None)
        yield fresh, mark
        if not batch.more or not batch.found:
            return
        if not fresh:
            raise TrackerFault("The tracker promises more tickets and gives none.")
        ahead = index.bound(reached) if reached else since
        if ahead > since:
            since, place = ahead, Place()
        elif batch.token:
            place = Place(token=batch.token)
        else:
            place = Place(offset=place.offset + len(batch.found) - 1, last=batch.found[-1].id)


def _fresh(batch: Batch, place: Place) -> Sequence[Found] | None:
    """What was not seen on the page before; None when this one does not join on to it."""
    if place.last is None:
        return batch.found
    if not batch.found or batch.found[0].id != place.last:
        return None
    return batch.found[1:]


def _reached(batch: Batch, clock: datetime | None) -> datetime | None:
    """The last change on the page; a ticket dated in the tracker's future must not hide what comes until then."""
    last = next((one.updated for one in reversed(batch.found) if one.updated), None)
    return min(last, clock) if last and clock else last


def _check_order(found: Sequence[Found]) -> None:
    times = [one.updated.replace(second=0, microsecond=0) for one in found if one.updated]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise TrackerFault("The tickets do not come in the order of their changes.")
