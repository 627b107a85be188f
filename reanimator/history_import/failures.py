"""Takes in rows of failures, as told by hand."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction

from reanimator.history_import.outcome import Outcome
from reanimator.history_import.rows import ToldFailure
from reanimator.history_import.table import Row
from registry.models import Installation
from registry.models.bulk import insert_rows, pieces
from registry.transactions import again_on_deadlock
from tickets.domain.naming import Name
from tickets.domain.vocabulary import FailureSource, FailureState, NameKind
from tickets.models import Failure
from tickets.selectors import Directory
from timeline.services import note_changes

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_COLUMNS = (
    "key", "source", "type", "component_serial", "component_lookup", "vendor", "asset_by", "asset_name", "slot",
    "slot_kind", "component", "occurred_at", "mode", "severity", "message", "signal_digest", "candidates",
    "state", "reason", "recorded_at",
)  # fmt: skip

Told = tuple[Row, ToldFailure]


def store_failures(told: Sequence[Told], outcome: Outcome, *, now: datetime) -> None:
    """Takes in what the rows tell, all in one transaction; what was told before is not told again.

    A failure of a component that nobody knows waits for it.
    """
    if told:
        outcome.counts.update(_store([failure for _, failure in told], now))


@again_on_deadlock
def _store(told: Sequence[ToldFailure], now: datetime) -> Mapping[str, int]:
    with transaction.atomic():
        keyed = {_key(failure): failure for failure in told}
        there = {
            key for some in pieces(keyed) for key in Failure.objects.filter(key__in=some).values_list("key", flat=True)
        }
        new = {key: failure for key, failure in keyed.items() if key not in there}
        names = {key: _name(failure) for key, failure in new.items()}
        directory = Directory(names.values())
        components = {key: directory.find(names[key], failure.at) for key, failure in new.items()}
        stays = _stays({component for component in components.values() if component is not None})
        rows = []
        for key, failure in new.items():
            component = components[key]
            at = _moment(failure, stays.get(component or 0, ()))
            rows.append(_row(key, failure, component, at, len(directory.candidates(names[key])), now))
        insert_rows(Failure, _COLUMNS, rows, ignore=True)
        note_changes(components={component for component in components.values() if component is not None})
        waiting = sum(component is None for component in components.values())
        return {"added": len(new) - waiting, "waiting": waiting, "unchanged": len(told) - len(new)}


def _name(failure: ToldFailure) -> Name:
    part = failure.part
    return Name(NameKind.COMPONENT_SERIAL, part.serial, part.type, part.vendor)


def _key(failure: ToldFailure) -> str:
    """What a failure is known by: who, what and when, but not how bad or in which words."""
    part = failure.part
    content = [FailureSource.MANUAL, part.type, part.vendor, part.serial, failure.mode, failure.at.isoformat()]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


Stay = tuple[datetime, datetime | None]


def _stays(components: Collection[int]) -> Mapping[int, Sequence[Stay]]:
    """When each component was in service."""
    stays: dict[int, list[Stay]] = {key: [] for key in components}
    for some in pieces(components):
        rows = Installation.objects.filter(component__in=some).order_by("installed_at")
        for key, start, end in rows.values_list("component_id", "installed_at", "removed_at"):
            stays[key].append((start, end))
    return stays


def _moment(failure: ToldFailure, stays: Sequence[Stay]) -> datetime:
    """When it failed.

    Of a day alone that is the last second; a part that was taken out on that day is gone by then, and failed as it was
    taken out.
    """
    if not failure.by_date or any(start < failure.at and (end is None or failure.at <= end) for start, end in stays):
        return failure.at
    day = failure.at + _SECOND - _DAY
    return max((end for _, end in stays if end is not None and day <= end <= failure.at), default=failure.at)


def _row(
    key: str,
    failure: ToldFailure,
    component: int | None,
    at: datetime,
    candidates: int,
    now: datetime,
) -> tuple[Any, ...]:
    return (
        key, FailureSource.MANUAL, failure.part.type, failure.part.serial, "", failure.part.vendor, "", "", "",
        "", component, at, failure.mode, failure.severity, failure.message, "", candidates,
        FailureState.OPEN, "", now,
    )  # fmt: skip
