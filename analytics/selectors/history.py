"""Reads the lives of components, batch by batch, with a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Min

from analytics.domain.lives import Births, Episode, Life
from analytics.domain.spells import Run, Stay, cut, to_seconds
from ingest.models import Observation
from registry.domain.vocabulary import ComponentType
from registry.models import Asset, Component, Installation
from tickets.models import FailureEpisode
from timeline.models import Assertion, FirmwarePeriod

POWER_ON_HOURS = "power_on_hours"
_HOUR = 3600


def lives(ids: Collection[int]) -> list[Life]:
    """The lives of those components, in the order of their ids."""
    stays = _stays(ids)
    runs = _runs(ids)
    assets = {stay.asset for told in stays.values() for stay in told}
    owners = {
        key: (project or 0, location or 0)
        for key, project, location in Asset.objects.filter(id__in=assets).values_list("id", "project_id", "location_id")
    }
    episodes = _episodes(ids)
    components = list(
        Component.objects.filter(id__in=ids)
        .order_by("id")
        .values_list("id", "type", "vendor", "model", "lot_id", "manufactured_on", "lot__manufactured_on")
    )
    installed = _births_by_installation({row[0]: row[1] for row in components}, stays, assets)
    powered = _births_by_power({row[0] for row in components if row[1] == ComponentType.DISK})
    return [
        Life(
            key,
            kind,
            vendor,
            model,
            lot or 0,
            Births(installed.get(key), _midnight(made or lot_made), powered.get(key)),
            cut(stays[key], runs[key]),
            owners,
            episodes[key],
        )
        for key, kind, vendor, model, lot, made, lot_made in components
    ]


def _stays(ids: Collection[int]) -> Mapping[int, list[Stay]]:
    found: dict[int, list[Stay]] = defaultdict(list)
    rows = Installation.objects.filter(component__in=ids).order_by("installed_at")
    told = rows.values_list("component_id", "asset_id", "installed_at", "removed_at", "slot")
    for key, asset, start, end, slot in told:
        found[key].append(Stay(asset, start, end, slot))
    return found


def _runs(ids: Collection[int]) -> Mapping[int, list[Run]]:
    found: dict[int, list[Run]] = defaultdict(list)
    rows = FirmwarePeriod.objects.filter(component__in=ids).order_by("started_at")
    for key, firmware, start, end in rows.values_list("component_id", "firmware", "started_at", "ended_at"):
        found[key].append(Run(firmware, start, end))
    return found


def _episodes(ids: Collection[int]) -> Mapping[int, list[Episode]]:
    found: dict[int, list[Episode]] = defaultdict(list)
    rows = FailureEpisode.objects.filter(component__in=ids).order_by("counts_at", "id")
    for key, component, at in rows.values_list("id", "component_id", "counts_at"):
        found[component].append(Episode(key, at))
    return found


def _births_by_installation(
    types: Mapping[int, str], stays: Mapping[int, list[Stay]], assets: Collection[int]
) -> dict[int, int]:
    """When each component was put in, where somebody saw it come.

    A part that was there when the asset's parts of its type were first listed came at a time that nobody knows. What
    a person says was put in, was put in then.
    """
    first_listed = dict[tuple[int, str], datetime]()
    listed = Installation.objects.filter(asset__in=assets).order_by().values_list("asset_id", "component__type")
    for asset, kind, at in listed.annotate(Min("installed_at")):
        first_listed[(asset, kind)] = at
    asserted = set(
        Assertion.objects.filter(component__in=types, act=Assertion.Act.INSTALL).values_list("component_id", "at")
    )
    return {
        key: to_seconds(told[0].start)
        for key, told in stays.items()
        if told[0].start > first_listed[(told[0].asset, types[key])] or (key, told[0].start) in asserted
    }


def _births_by_power(disks: Collection[int]) -> dict[int, int]:
    """When the hours of each disk began to run, as its first sighting tells, where that tells hours."""
    seen = Observation.objects.filter(component__in=disks, snapshot__held="", asset__isnull=False)
    first = dict(seen.order_by().values_list("component_id").annotate(Min("observed_at")))
    told: dict[int, tuple[datetime, str, Any]] = {}
    shown = seen.filter(observed_at__in=set(first.values()))
    for key, at, ref, hours in shown.values_list(
        "component_id", "observed_at", "snapshot__sha256", f"measurements__{POWER_ON_HOURS}"
    ):
        if at == first[key] and hours is not None and (key not in told or ref < told[key][1]):
            told[key] = (at, ref, hours)
    return {
        key: to_seconds(at) - int(hours * _HOUR)
        for key, (at, _, hours) in told.items()
        if isinstance(hours, int | float) and 0 <= hours < 1e6
    }


def _midnight(day: date | None) -> int | None:
    return None if day is None else to_seconds(datetime.combine(day, time(), UTC))
