"""Keeps the failures that tickets tell."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from registry.models.bulk import insert_rows, update_rows
from tickets.domain.naming import Name
from tickets.domain.told import ToldFailure, ToldTicket
from tickets.domain.vocabulary import MAX_MESSAGE, FailureSource, FailureState, NameKind
from tickets.models import Failure
from tickets.selectors import Directory
from timeline.services.changes import note_changes

_COLUMNS = (
    "key",
    "source",
    "type",
    "component_serial",
    "component_lookup",
    "vendor",
    "asset_by",
    "asset_name",
    "slot",
    "slot_kind",
    "component",
    "asset",
    "occurred_at",
    "mode",
    "severity",
    "message",
    "ticket",
    "signal_digest",
    "candidates",
    "state",
    "reason",
    "recorded_at",
)
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
    there: dict[str, tuple[int, int, str, tuple[str, str]]] = {}
    for key, row, ticket, state, *said in Failure.objects.filter(ticket__in=tickets).values_list(
        "key", "id", "ticket_id", "state", *_MUTABLE
    ):
        there[key] = (row, ticket, state, (said[0], said[1]))
    told = {
        failure_key(source, ticket.external_id, failure): (key, failure)
        for key, ticket in tickets.items()
        for failure in ticket.failures
    }
    new = [_row(key, ticket, failure, directory, now) for key, (ticket, failure) in told.items() if key not in there]
    changed = [
        (there[key][0], *_said(failure))
        for key, (_, failure) in told.items()
        if key in there and there[key][3] != _said(failure)
    ]
    gone = [row for key, (row, _, state, _) in there.items() if key not in told and state == FailureState.OPEN]
    touched = [*gone, *(row[0] for row in changed)]
    concerned = set(Failure.objects.filter(id__in=touched).values_list(*_THINGS)) if touched else set()
    if gone:
        Failure.objects.filter(id__in=gone).delete()
    insert_rows(Failure, _COLUMNS, new)
    update_rows(Failure, _MUTABLE, changed)
    places = [_COLUMNS.index(name) for name in ("component", "asset")]
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


def _said(failure: ToldFailure) -> tuple[str, str]:
    return (failure.severity, " ".join(failure.message.split())[:MAX_MESSAGE])


def _row(key: str, ticket: int, failure: ToldFailure, directory: Directory, now: datetime) -> tuple[Any, ...]:
    part, asset = failure.component, failure.asset
    by_serial = part is not None and part.by == NameKind.COMPONENT_SERIAL
    return (
        key,
        FailureSource.TICKET,
        failure.component_type,
        part.name if part and by_serial else "",
        part.name if part and not by_serial else "",
        part.vendor if part else "",
        asset.by if asset else "",
        asset.name if asset else "",
        failure.slot,
        "",
        directory.find(part, failure.occurred_at),
        directory.find(asset, failure.occurred_at),
        failure.occurred_at,
        failure.mode,
        *_said(failure),
        ticket,
        "",
        len(directory.candidates(part or asset)),
        FailureState.OPEN,
        "",
        now,
    )
