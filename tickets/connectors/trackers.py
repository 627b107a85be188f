"""Asks a tracker for what changed, and whether it can be asked at all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from tickets.connectors.interface import Account, Asked, Check, Page, Patience, Refused, Tracker
from tickets.connectors.jira import Jira
from tickets.connectors.paging import EARLIEST, Found, Place, begin, walk
from tickets.connectors.reading import Misread, first_text
from tickets.connectors.redmine import Redmine
from tickets.domain.told import ToldTicket


class Kind(StrEnum):
    """The kinds of tracker that are known."""

    JIRA = "jira"
    REDMINE = "redmine"


KINDS: dict[Kind, Callable[[Asked, Account, Patience | None], Tracker]] = {Kind.JIRA: Jira, Kind.REDMINE: Redmine}


def tracker(kind: str, asked: Asked, account: Account, patience: Patience | None = None) -> Tracker:
    """A tracker of that kind; nothing is sent yet."""
    return KINDS[Kind(kind)](asked, account, patience)


def changes(source: Tracker, cursor: datetime | None) -> Iterator[Page]:
    """All that changed after `cursor` (all there is without one), oldest change first; `TrackerFault` where it ends."""
    source.open()
    for found, mark in walk(source, begin(cursor, source.clock)):
        tickets, refused = _read(source, found)
        yield Page(tickets, refused, mark)


def check(source: Tracker) -> Check:
    """What a first look shows; nothing is kept."""
    who = source.open()
    batch = source.search(source.bound(EARLIEST), Place())
    _, refused = _read(source, batch.found)
    fields = source.asked.mapping.fields.named
    having = {
        name: sum(1 for one in batch.found if first_text(source.value(one.body, field)))
        for name, field in fields.items()
    }
    return Check(who, batch.total, len(batch.found), having, refused)


def _read(source: Tracker, found: Sequence[Found]) -> tuple[list[ToldTicket], list[Refused]]:
    tickets: list[ToldTicket] = []
    refused: list[Refused] = []
    for one in found:
        try:
            tickets.append(source.read(one.body))
        except Misread as problem:
            refused.append(Refused(one.id, str(problem)))
    return tickets, refused
