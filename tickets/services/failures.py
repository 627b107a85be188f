"""What people tell of failures: records one, and confirms, rejects or opens again what was told."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction

from registry.models import Asset, Component
from registry.transactions import again_on_deadlock
from tickets.domain.naming import Name
from tickets.domain.vocabulary import MAX_MESSAGE, FailureSource, FailureState, NameKind
from tickets.models import Failure
from tickets.selectors import Directory
from tickets.services.follow import follow


class UsedKey(Exception):
    """The key was given to another failure before; `failure_id` names it."""

    def __init__(self, failure_id: int) -> None:
        super().__init__("This key belongs to another failure.")
        self.failure_id = failure_id


class InFuture(Exception):
    """What has not happened yet cannot have failed."""


class NoReason(Exception):
    """A failure is rejected for a reason."""


@dataclass(frozen=True, slots=True)
class Manual:
    """A failure as a person tells it: of a component or what bears its serial number, or of what sat in a slot."""

    occurred_at: datetime
    mode: str
    severity: str
    message: str = ""
    type: str = ""
    component: Component | None = None
    component_serial: str = ""
    asset: Asset | None = None
    asset_serial: str = ""
    slot: str = ""


def record_failure(told: Manual, *, key: str = "", user: Any, now: datetime) -> tuple[Failure, bool]:
    """The failure that comes of what a person tells, and whether it is new: with the same `key` it is told once.

    Raises `UsedKey`, `InFuture`. What is named and not known waits.
    """
    if told.occurred_at > now + timedelta(hours=settings.CLOCK_ERROR_HOURS):
        raise InFuture
    digest = _digest(key, user)
    try:
        return _record(told, digest, user, now)
    except IntegrityError:  # told twice at once
        return _same(Failure.objects.get(key=digest), told), False


def _digest(key: str, user: Any) -> str:
    content = [FailureSource.MANUAL, key, user.pk] if key else [FailureSource.MANUAL, str(uuid4())]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


@again_on_deadlock
def _record(told: Manual, key: str, user: Any, now: datetime) -> tuple[Failure, bool]:
    with transaction.atomic():
        if known := Failure.objects.filter(key=key).first():
            return _same(known, told), False
        failure = _as_failure(told)
        failure.key, failure.recorded_by, failure.recorded_at = key, user, now
        failure.save()
        _follow([failure], now)
        failure.refresh_from_db()
        return failure, True


def _same(known: Failure, told: Manual) -> Failure:
    other = _as_failure(told)
    names = ("type", "component_serial", "component_lookup", "asset_name", "slot", "occurred_at", "mode", "severity")
    if any(getattr(known, name) != getattr(other, name) for name in (*names, "message")):
        raise UsedKey(known.pk)
    return known


def _as_failure(told: Manual) -> Failure:
    """A row with what is told, and what is known by that name."""
    part, place = _part(told), _place(told)
    directory = Directory(name for name in (part, place) if name)
    component = told.component.pk if told.component else directory.find(part, told.occurred_at) if part else None
    asset = told.asset.pk if told.asset else directory.find(place, told.occurred_at) if place else None
    return Failure(
        source=FailureSource.MANUAL,
        type=part.component_type if part else told.type,
        component_serial=part.name if part and part.by == NameKind.COMPONENT_SERIAL else "",
        component_lookup=part.name if part and part.by == NameKind.COMPONENT_LOOKUP else "",
        vendor=part.vendor if part else "",
        asset_by=place.by if place else "",
        asset_name=place.name if place else "",
        slot="" if part else told.slot,
        component_id=component,
        asset_id=asset,
        candidates=len(directory.candidates(name)) if (name := part or place) else 0,
        occurred_at=told.occurred_at,
        mode=told.mode,
        severity=told.severity,
        message=" ".join(told.message.split())[:MAX_MESSAGE],
    )


def _part(told: Manual) -> Name | None:
    one = told.component
    if one is None:
        return Name(NameKind.COMPONENT_SERIAL, told.component_serial, told.type) if told.component_serial else None
    if one.serial:
        return Name(NameKind.COMPONENT_SERIAL, one.serial, one.type, one.vendor)
    return Name(NameKind.COMPONENT_LOOKUP, one.lookup, one.type, one.vendor)


def _place(told: Manual) -> Name | None:
    serial = told.asset.serial if told.asset else told.asset_serial
    return Name(NameKind.ASSET_SERIAL, serial) if serial and _part(told) is None else None


def decide_failures(ids: Collection[int], state: FailureState, *, reason: str = "", user: Any, now: datetime) -> int:
    """Confirms or rejects failures, or takes back what was decided (``open``); gives how many that changed.

    What is rejected counts nowhere, but stays, with who said so, when and why. Raises `NoReason`.
    """
    reason = " ".join(reason.split())[:MAX_MESSAGE]
    if state == FailureState.REJECTED and not reason:
        raise NoReason
    return _decide(ids, state, reason, user, now)


@again_on_deadlock
def _decide(ids: Collection[int], state: FailureState, reason: str, user: Any, now: datetime) -> int:
    with transaction.atomic():
        rows = list(Failure.objects.select_for_update().filter(id__in=ids).order_by("id"))
        changed = [row for row in rows if (row.state, row.reason) != (state, reason)]
        who = {"decided_by": None, "decided_at": None} if state == FailureState.OPEN else {}
        decided = {"state": state, "reason": reason, "decided_by": user, "decided_at": now, **who}
        Failure.objects.filter(id__in=[row.pk for row in changed]).update(**decided)
        _follow(changed, now)
        return len(changed)


def _follow(rows: Collection[Failure], now: datetime) -> None:
    components = {row.component_id for row in rows if row.component_id is not None}
    assets = {row.asset_id for row in rows if row.asset_id is not None and row.slot}
    follow(components, assets, now=now)
