"""Keeps the failures that tickets tell."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

import orjson

from registry.models.bulk import insert_rows, update_rows
from tickets.domain.naming import Name
from tickets.domain.told import ToldFailure, ToldTicket
from tickets.domain.vocabulary import FailureSource, FailureState
from tickets.models import Failure
from tickets.selectors import Directory
from tickets.services.failure_rows import OF_TICKETS, row_of_ticket, said
from timeline.services.changes import note_changes

_MUTABLE = ("severity", "message")
_THINGS = ("component_id", "asset_id")

Concerned = set[tuple[int | None, int | None]]


def names_of(ticket: ToldTicket) -> Iterator[Name]:
    """What the ticket's failures name."""
    for failure in ticket.failures:
        yield from (name for name in (failure.component, failure.asset) if name)


def store_told_failures(
    tickets: Mapping[int, ToldTicket], source: str, directory: Directory, now: datetime
) -> Concerned:
    """Makes the failures of each ticket those that it tells; gives the components and assets that this concerns.

    A failure that is told no more goes, unless an operator confirmed or rejected it: then it stays. So does one whose
    severity or message changed. What cannot be resolved yet waits.
    """
    rows = Failure.objects.filter(ticket__in=tickets).values_list("key", "id", "state", *_MUTABLE)
    there = {key: (row, state, (severity, message)) for key, row, state, severity, message in rows}
    told = {
        failure_key(source, ticket.external_id, failure): (key, failure)
        for key, ticket in tickets.items()
        for failure in ticket.failures
    }
    new = [
        row_of_ticket(key, ticket, failure, directory, now)
        for key, (ticket, failure) in told.items()
        if key not in there
    ]
    changed = [
        (there[key][0], *said(failure))
        for key, (_, failure) in told.items()
        if key in there and there[key][2] != said(failure)
    ]
    gone = [row for key, (row, state, _) in there.items() if key not in told and state == FailureState.OPEN]
    touched = [*gone, *(row[0] for row in changed)]
    concerned = set(Failure.objects.filter(id__in=touched).values_list(*_THINGS)) if touched else set()
    if gone:
        Failure.objects.filter(id__in=gone).delete()
    insert_rows(Failure, OF_TICKETS, new)
    update_rows(Failure, _MUTABLE, changed)
    places = [OF_TICKETS.index(name) for name in ("component", "asset")]
    return concerned | {(row[places[0]], row[places[1]]) for row in new}


def note_failures(concerned: Concerned) -> None:
    """Has these components, and the assets in which a slot failed, looked at again."""
    components = {component for component, _ in concerned if component is not None}
    assets = {asset for component, asset in concerned if component is None and asset is not None}
    note_changes(components=components, assets=assets)


def failure_key(source: str, external_id: str, failure: ToldFailure) -> str:
    """What a failure of a ticket is known by: who, what and when, but not how bad or in which words."""
    named = [[name.by, name.name, name.vendor] if name else None for name in (failure.component, failure.asset)]
    content = [
        *(FailureSource.TICKET, source, external_id),
        *named,
        *(failure.component_type, failure.slot, failure.mode, failure.occurred_at.isoformat()),
    ]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
