"""Records an operator's word that a component was installed or removed, unless the history contradicts it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from registry.models import Asset, Component, Installation
from registry.models.bulk import insert_rows, pieces, update_rows
from registry.transactions import again_on_deadlock
from timeline.models import Assertion
from timeline.services.derive import derive_components


class Contradiction(Exception):
    """What is asserted contradicts an installation that is known; `installation_id` names it."""

    def __init__(self, message: str, installation_id: int) -> None:
        super().__init__(message)
        self.installation_id = installation_id


class ImpossibleTime(Exception):
    """A moment that cannot be: `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@again_on_deadlock
def assert_installed(
    *, component_id: int, asset_id: int, slot: str, at: datetime, note: str = "", user: Any = None
) -> Installation:
    """The installation that comes of "this component was put into that slot of that asset at that time"."""
    _refuse_future("installed_at", at)
    with transaction.atomic():
        asset = Asset.objects.select_for_update().get(id=asset_id)
        component = Component.objects.select_for_update().get(id=component_id)
        _refuse_second_place(component, asset, slot, at)
        _refuse_taken_slot(component, asset, slot, at)
        _record(Assertion.Act.INSTALL, component, asset, slot, at, note, user)
        if derive_components([component.id]):
            transaction.on_commit(import_string(settings.SWEEP))
        return Installation.objects.open_at(at).get(component=component)


@again_on_deadlock
def assert_removed(*, installation_id: int, at: datetime, note: str = "", user: Any = None) -> Installation:
    """The installation, closed, that comes of "it was taken out at that time"."""
    _refuse_future("removed_at", at)
    with transaction.atomic():
        row = Installation.objects.select_related("asset").get(id=installation_id)
        component = Component.objects.select_for_update().get(id=row.component_id)
        if at <= row.installed_at:
            raise ImpossibleTime("removed_at", f"It was installed at {row.installed_at.isoformat()}, not before.")
        if row.removed_at is not None and row.removed_at != at:
            raise Contradiction(f"Installation {row.id} ended at {row.removed_at.isoformat()} already.", row.id)
        if component.last_seen_at is not None and row.removed_at is None and at < component.last_seen_at:
            raise Contradiction(
                f"Installation {row.id}: it was seen there at {component.last_seen_at.isoformat()}, after that.",
                row.id,
            )
        _record(Assertion.Act.REMOVE, component, row.asset, row.slot, at, note, user)
        if derive_components([component.id]):
            transaction.on_commit(import_string(settings.SWEEP))
        return Installation.objects.get(component=component, installed_at=row.installed_at)


def _refuse_future(field: str, at: datetime) -> None:
    if at > timezone.now() + timedelta(hours=settings.CLOCK_ERROR_HOURS):
        raise ImpossibleTime(field, "This time lies in the future.")


def _refuse_second_place(component: Component, asset: Asset, slot: str, at: datetime) -> None:
    there = Installation.objects.open_at(at).select_related("asset").filter(component=component).first()
    if there is not None and (there.asset_id != asset.id or (slot and there.slot and there.slot != slot)):
        raise Contradiction(
            f"It sat in {there.asset} {there.slot} at that time (installation {there.id}): remove it there first.",
            there.id,
        )


def _refuse_taken_slot(component: Component, asset: Asset, slot: str, at: datetime) -> None:
    if not slot:
        return
    taken = Installation.objects.open_at(at).filter(asset=asset, slot=slot, component__type=component.type)
    other = taken.exclude(component=component).select_related("component").first()
    if other is not None:
        raise Contradiction(
            f"{slot} of {asset} held {other.component} at that time (installation {other.id}): remove that first.",
            other.id,
        )


def _record(
    act: Assertion.Act, component: Component, asset: Asset, slot: str, at: datetime, note: str, user: Any
) -> None:
    if asset.confirmed_at is None or asset.confirmed_at < at:
        Asset.objects.filter(id=asset.id).update(confirmed_at=at)
    Assertion.objects.get_or_create(
        key=_key(act, component.identity, asset.identity, slot, at),
        defaults={
            "act": act,
            "component": component,
            "asset": asset,
            "slot": slot,
            "at": at,
            "note": note,
            "recorded_by": user if getattr(user, "pk", None) else None,
        },
    )


def _key(act: str, component: str, asset: str, slot: str, at: datetime) -> str:
    """What an assertion is known by; `component` and `asset` are identities."""
    return hashlib.sha256(orjson.dumps([act, component, asset, slot, at.isoformat()])).hexdigest()


@dataclass(frozen=True, slots=True)
class Asserted:
    """One word of many: the component was put into, or taken out of, the slot of the asset; by their ids."""

    act: Assertion.Act
    component: int
    asset: int
    slot: str
    at: datetime


_COLUMNS = ("key", "act", "component", "asset", "slot", "at", "note", "recorded_at")


def assert_many(words: Sequence[Asserted], *, now: datetime) -> None:
    """Records words that are known to contradict nothing, and derives their components; call inside a transaction.

    What was recorded before is not recorded again.
    """
    components = {word.component for word in words}
    names = dict(Component.objects.filter(id__in=components).values_list("id", "identity"))
    assets = dict(Asset.objects.filter(id__in={word.asset for word in words}).values_list("id", "identity"))
    rows = [
        (
            _key(word.act, names[word.component], assets[word.asset], word.slot, word.at),
            word.act, word.component, word.asset, word.slot, word.at, "", now,
        )
        for word in words
    ]  # fmt: skip
    insert_rows(Assertion, _COLUMNS, rows, ignore=True)
    latest: dict[int, datetime] = {}
    for word in words:
        latest[word.asset] = max(word.at, latest.get(word.asset, word.at))
    confirm_assets(latest)
    derive_components(components)


def confirm_assets(told: Mapping[int, datetime]) -> None:
    """Notes that the parts of assets, by their ids, are known to sit there until those moments, if not for longer."""
    for some in pieces(told):
        known = Asset.objects.filter(id__in=some).order_by("id").values_list("id", "confirmed_at")
        rows = [(key, told[key]) for key, at in known if at is None or at < told[key]]
        update_rows(Asset, ("confirmed_at",), rows)
