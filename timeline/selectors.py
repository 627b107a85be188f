"""Reads evidence for the fold, and answers questions about a moment."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.models import Observation, Snapshot
from registry.models import Component, Installation
from timeline.domain.configuration import Place, compare
from timeline.domain.evidence import Absent, Asserted, ByKind, Evidence, Seen, as_one
from timeline.models import Assertion, FirmwarePeriod

_DESCRIPTIONS = ("lot", "manufactured_on", "model", "part_number", "vendor")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one snapshot enumerates: for each component type the parsers that do."""

    snapshot: int
    asset: str
    at: datetime
    ref: str
    parsers: Mapping[str, frozenset[str]]


def coverage_by_type(pairs: Iterable[Iterable[str]]) -> dict[str, frozenset[str]]:
    """(parser, type) pairs as the set of parsers for each type."""
    found: dict[str, set[str]] = defaultdict(set)
    for parser, kind in pairs:
        found[kind].add(parser)
    return {kind: frozenset(parsers) for kind, parsers in found.items()}


def seen(
    at: datetime, ref: str, asset: str, health: str, sources: Mapping[str, Any], claims: Mapping[str, Any]
) -> Seen:
    """An observation's columns as evidence."""
    return Seen(
        at,
        ref,
        asset,
        slots=_pairs(sources["slots"]),
        firmware=_pairs(sources["firmware"]),
        health=health,
        parsers=tuple(sources["parsers"]),
        facts=tuple((name, *claims[name]) for name in _DESCRIPTIONS if name in claims),
    )


def _pairs(told: Iterable[Iterable[str]]) -> ByKind:
    return tuple((kind, value) for kind, value in told)


def evidence_of(components: Mapping[int, str]) -> dict[int, list[Evidence]]:
    """All the evidence of each component. `components`: id → type."""
    evidence: dict[int, list[Evidence]] = {key: [] for key in components}
    shown: dict[int, dict[int, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    assets: dict[int, set[str]] = defaultdict(set)
    asset_ids: set[int] = set()
    rows = Observation.objects.filter(component__in=components, snapshot__held="", asset__isnull=False).values_list(
        "component_id", "snapshot_id", "asset_id", "asset__identity", "observed_at", "snapshot__sha256", "health",
        "sources", "claims",
    )  # fmt: skip
    for component, snapshot, asset_id, asset, at, ref, health, sources, claims in rows:
        shown[component][snapshot].append(seen(at, ref, asset, health, sources, claims))
        assets[component].add(asset)
        asset_ids.add(asset_id)
    snapshots = _coverages(asset_ids)
    for component, kind in components.items():
        evidence[component].extend(as_one(sightings) for sightings in shown[component].values())
        for asset in assets[component]:
            evidence[component].extend(
                Absent(snapshot.at, snapshot.ref, asset, snapshot.parsers[kind])
                for snapshot in snapshots[asset]
                if kind in snapshot.parsers and snapshot.snapshot not in shown[component]
            )
    words = Assertion.objects.filter(component__in=components).order_by()
    for component, at, key, asset, slot, act in words.values_list(
        "component_id", "at", "key", "asset__identity", "slot", "act"
    ):
        evidence[component].append(Asserted(at, key, asset, slot, act == Assertion.Act.INSTALL))
    return evidence


def _coverages(assets: Collection[int]) -> dict[str, list[Coverage]]:
    found: dict[str, list[Coverage]] = defaultdict(list)
    rows = Snapshot.objects.evidence().filter(asset__in=assets)
    for key, asset, at, ref, coverage in rows.values_list(
        "id", "asset__identity", "collected_at", "sha256", "coverage"
    ):
        found[asset].append(Coverage(key, asset, at, ref, coverage_by_type(coverage)))
    return found


def configuration(asset_id: int, at: datetime) -> list[dict[str, Any]]:
    """What sat in the asset at that moment, by type and slot: component, slot, installed_at, firmware."""
    installations = list(
        Installation.objects.open_at(at)
        .filter(asset=asset_id)
        .select_related("component")
        .order_by("component__type", "slot", "id")
    )
    firmware = _firmware_at([row.component_id for row in installations], at)
    return [
        {
            "component": component_reference(row.component),
            "slot": row.slot,
            "installed_at": row.installed_at,
            "firmware": firmware.get(row.component_id, ""),
        }
        for row in installations
    ]


def _firmware_at(components: Collection[int], at: datetime) -> dict[int, str]:
    rows = FirmwarePeriod.objects.filter(component__in=components, started_at__lte=at).exclude(ended_at__lte=at)
    return dict(rows.values_list("component_id", "firmware"))


def component_reference(component: Component) -> dict[str, Any]:
    """A component as other things refer to it."""
    return {
        "id": component.id,
        "type": component.type,
        "serial": component.serial,
        "model": component.model,
    }


def difference(asset_id: int, start: datetime, end: datetime) -> dict[str, list[dict[str, Any]]]:
    """What differs between the asset's configurations at two moments: added, removed, moved, firmware_changed."""
    before, after = configuration(asset_id, start), configuration(asset_id, end)
    references = {row["component"]["id"]: row["component"] for row in [*before, *after]}
    changes = compare([_place(row) for row in before], [_place(row) for row in after])
    return {
        name: [{"component": references[change.component], **change.shown()} for change in found]
        for name, found in changes.items()
    }


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["component"]["id"], row["slot"], row["firmware"])
