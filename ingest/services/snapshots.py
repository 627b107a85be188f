"""Stores a bundle's snapshots and observations, and takes them back."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.conf import settings
from django.db.models import Q

from ingest.domain.assemble import SnapshotDraft
from ingest.domain.merge import Merged
from ingest.domain.signals import PlacedSignal
from ingest.models import Bundle, FailureSignal, Observation, Snapshot
from ingest.services.reidentify import settle_components
from ingest.services.reidentify_assets import settle_assets
from registry.compiled import CompiledQuery
from registry.domain.identity import Claim, position_lookup
from registry.domain.vocabulary import MAX_TEXT
from registry.models import Asset, Component, Installation, Project
from registry.models.bulk import insert_rows
from registry.selectors import decisions_on
from registry.services import AssetNaming, AssetRef, ComponentNaming, name_components, place_assets

_OBSERVATION_COLUMNS = (
    "snapshot",
    "component",
    "asset",
    "type",
    "observed_at",
    "lookup",
    "vendor",
    "slot",
    "firmware",
    "health",
    "digest",
    "sources",
    "claims",
    "measurements",
)
_SIGNAL_COLUMNS = (
    "snapshot",
    "observation",
    "type",
    "lookup",
    "slot",
    "slot_kind",
    "kind",
    "mode",
    "severity",
    "occurred_at",
    "message",
    "code",
    "parser",
    "digest",
)
# Kept with the bundle, and in each answer that shows it; every snapshot says the rest itself.
_MOST_CONCERNS = 50


@dataclass(frozen=True, slots=True)
class _Told:
    """A component as its observation will hold it; `digest` is of all that can change a timeline."""

    component: Merged
    lookup: str
    digest: str
    sources: str
    claims: str


@dataclass(frozen=True, slots=True)
class _Stored:
    """A draft's components with the row that it became."""

    told: Sequence[_Told]
    row: Snapshot
    asset: AssetRef | None

    @property
    def is_newest(self) -> bool:
        """Whether it is evidence newer than all that was derived of its asset."""
        asset, row = self.asset, self.row
        if asset is None or asset.last_evidence is None or row.held != Snapshot.Held.NO:
            return False
        return (row.collected_at, row.sha256) > asset.last_evidence


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a bundle: what an operator should know, and its snapshots that can be derived, oldest first.

    `disturbed`: other bundles' evidence was given elsewhere.
    """

    problems: list[str]
    snapshots: tuple[int, ...]
    disturbed: bool


def store_snapshots(bundle: Bundle, drafts: Sequence[SnapshotDraft], withdrawn: Collection[int] = ()) -> Stored:
    """Stores `drafts` with their observations, inside the caller's transaction.

    `withdrawn`: the components that an earlier parse of the bundle named.
    """
    namings = [_asset_naming(draft, bundle) for draft in drafts]
    placement = place_assets([naming for naming in namings if naming])
    assets = [placement.assets[naming] if naming else _hinted(bundle) for naming in namings]
    told = [_tell(draft, asset) for draft, asset in zip(drafts, assets, strict=True)]
    rows = Snapshot.objects.bulk_create([_snapshot(bundle, *item) for item in zip(drafts, assets, told, strict=True)])
    stored = [_Stored(*item) for item in zip(told, rows, assets, strict=True)]
    problems = _bounded([concern for row in rows for concern in _concerns(row)]) + _unknown_projects(stored)
    disputed = _store_observations(stored) | set(withdrawn)
    _store_signals(rows, drafts)
    moved = settle_assets(placement.disputed)
    settle_components(disputed)
    evidence = sorted((row.collected_at, row.id) for row in rows if row.held == Snapshot.Held.NO)
    return Stored(problems, tuple(key for _, key in evidence), bool(disputed or moved))


def _tell(draft: SnapshotDraft, asset: AssetRef | None) -> list[_Told]:
    return [_told(component, _lookup(component, asset)) for component in draft.components]


def _told(component: Merged, lookup: str) -> _Told:
    sources = orjson.dumps(
        {"parsers": component.parsers, "slots": component.slots, "firmware": component.firmware}
    ).decode()
    shared = {"shared": component.shared} if component.shared else {}
    claims = orjson.dumps({**component.claims, "identifiers": component.identifiers, **shared}).decode()
    digest = hashlib.sha256(f"{component.health}{sources}{claims}".encode()).hexdigest()[:32]
    return _Told(component, lookup, digest, sources, claims)


def _lookup(component: Merged, asset: AssetRef | None) -> str:
    """The component's name as this snapshot alone tells it; ``""``: by position, in an asset that is unknown."""
    if component.lookup or asset is None:
        return component.lookup
    slot = component.slots[0][1] if component.slots else ""
    return position_lookup(component.type, asset.identity, slot, component.said("model"))


def _asset_naming(draft: SnapshotDraft, bundle: Bundle) -> AssetNaming | None:
    name = draft.asset
    if name.serial:
        return AssetNaming(name.serial, name.vendor, name.serial_source)
    if bundle.asset_hint is None and bundle.asset_serial_hint:
        return AssetNaming(bundle.asset_serial_hint, name.vendor)
    return None


def _hinted(bundle: Bundle) -> AssetRef | None:
    asset = bundle.asset_hint
    if asset is None:
        return None
    last = (asset.last_seen_at, asset.last_evidence) if asset.last_seen_at else None
    return AssetRef(asset.id, asset.identity, asset.vendor, asset.last_snapshot, last)


def _snapshot(bundle: Bundle, draft: SnapshotDraft, asset: AssetRef | None, told: Sequence[_Told]) -> Snapshot:
    collected_at, source, plausible = _time(bundle, draft.collected_at)
    name = draft.asset
    if asset is None:
        held = Snapshot.Held.ASSET
    else:
        held = Snapshot.Held.NO if plausible else Snapshot.Held.CLOCK
    return Snapshot(
        bundle=bundle,
        asset_id=asset.id if asset else None,
        collected_at=collected_at,
        time_source=source,
        sha256=bundle.sha256,
        held=held,
        path=draft.path,
        coverage=[list(pair) for pair in draft.coverage],
        digest=_digest(draft, told),
        size=len(told),
        signal_count=len(draft.signals),
        conflicts=list(draft.conflicts),
        asset_vendor=name.vendor,
        asset_serial=name.serial or ("" if bundle.asset_hint_id else bundle.asset_serial_hint),
        asset_serial_source=name.serial_source,
        asset_model=name.model,
        hostname=name.hostname,
        project=draft.project or bundle.project_hint,
    )


def _digest(draft: SnapshotDraft, told: Sequence[_Told]) -> str:
    content = [draft.coverage, draft.conflicts, [(item.lookup, item.digest) for item in told]]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]


def _time(bundle: Bundle, told: datetime | None) -> tuple[datetime, str, bool]:
    """When the snapshot was collected, who says so, and whether that can be true.

    The content's word comes first, unless it lies more than a day after receipt and a person gave another time.
    """
    latest = bundle.received_at + timedelta(hours=settings.CLOCK_ERROR_HOURS)
    if told is not None and (told <= latest or bundle.collected_hint is None):
        return told, Snapshot.TimeSource.CONTENT, told <= latest
    if bundle.collected_hint is not None:
        return bundle.collected_hint, Snapshot.TimeSource.HINT, True
    return bundle.received_at, Snapshot.TimeSource.RECEIPT, True


def _bounded(concerns: list[str]) -> list[str]:
    left = len(concerns) - _MOST_CONCERNS
    return [*concerns[:_MOST_CONCERNS], f"and {left} more of the kind"] if left > 0 else concerns


def _concerns(row: Snapshot) -> list[str]:
    if row.held == Snapshot.Held.ASSET:
        return [f"{row.path or 'the bundle'} does not tell its asset: set the bundle's asset"]
    if row.held == Snapshot.Held.CLOCK:
        return [f"collected at {row.collected_at.isoformat()}, after it was received: set the bundle's time"]
    return []


def _unknown_projects(stored: Iterable[_Stored]) -> list[str]:
    codes = {item.row.project for item in stored} - {""}
    if not codes:
        return []
    known = set(Project.objects.filter(code__in=codes).values_list("code", flat=True))
    return [f"there is no project {code!r}: the asset's project stays as it is" for code in sorted(codes - known)]


def _store_observations(stored: Sequence[_Stored]) -> set[int]:
    """Stores what was seen; gives the components whose identity needs a look at other evidence."""
    seen = [(item, told) for item in stored for told in item.told]
    again = _components_of_last_snapshot(stored)
    ids = [again.get((told.lookup, told.digest)) for _, told in seen]
    fresh = [place for place, (_, told) in enumerate(seen) if ids[place] is None and told.lookup]
    naming = name_components([_component_naming(*seen[place]) for place in fresh])
    for place, key in zip(fresh, naming.ids, strict=True):
        ids[place] = key
    rows = [_observation_row(item.row, told, key) for (item, told), key in zip(seen, ids, strict=True)]
    disputed = set(naming.disputed)
    disputed |= _torn([(told.component.shared, ids[place]) for place, (_, told) in enumerate(seen)])
    if disputed:
        # The observations' keys lock these rows for sharing: two bundles that did and then settle them would deadlock.
        list(Component.objects.select_for_update().filter(id__in=disputed).order_by("id").values_list("id"))
    insert_rows(Observation, _OBSERVATION_COLUMNS, rows)
    return disputed


def _torn(shown: Iterable[tuple[Sequence[str], int | None]]) -> set[int]:
    """The components that show a name at several slots at once of which an operator decided what it means."""
    torn: list[tuple[Sequence[str], int]] = [(names, key) for names, key in shown if names and key]
    decided = decisions_on({name for names, _ in torn for name in names})
    lookups = {lookup for one in decided for lookup in one.decision.lookups}
    return {key for names, key in torn if not lookups.isdisjoint(names)}


_names_in_snapshot = CompiledQuery(
    lambda key: Observation.objects.filter(snapshot=key).order_by().values_list("lookup", "digest", "component_id"), -1
)


def _components_of_last_snapshot(stored: Sequence[_Stored]) -> dict[tuple[str, str], int | None]:
    """The components of the asset's last snapshot by lookup and digest: who says the same again says it of the same.

    For a bundle of many snapshots that would be a query for each; looking up all their components together is less.
    """
    if len(stored) != 1 or not stored[0].is_newest or stored[0].asset is None:
        return {}
    return {(lookup, digest): key for lookup, digest, key in _names_in_snapshot.rows(stored[0].asset.last_snapshot)}


def _component_naming(item: _Stored, told: _Told) -> ComponentNaming:
    component = told.component
    claim = Claim(
        lookup=told.lookup,
        vendor=component.vendor,
        identifiers=frozenset(component.identifiers),
        asset=item.asset.identity if item.asset else "",
        order=(item.row.collected_at, item.row.sha256),
    )
    return ComponentNaming(
        claim, component.type, component.serial, component.said("model"), component.said("part_number")
    )


def _observation_row(snapshot: Snapshot, told: _Told, component_id: int | None) -> tuple[object, ...]:
    component = told.component
    return (
        snapshot.id,
        component_id,
        snapshot.asset_id,
        component.type,
        snapshot.collected_at,
        told.lookup,
        component.vendor,
        component.slots[0][1] if component.slots else "",
        component.firmware[0][1] if component.firmware else "",
        component.health,
        told.digest,
        told.sources,
        told.claims,
        orjson.dumps(component.measurements, default=str).decode(),
    )


def _store_signals(rows: Sequence[Snapshot], drafts: Sequence[SnapshotDraft]) -> None:
    telling = {row.id: draft for row, draft in zip(rows, drafts, strict=True) if draft.signals}
    if not telling:
        return
    # In the order of their ids the observations are in that of the draft's components: they were inserted so.
    seen: dict[int, list[int]] = defaultdict(list)
    for snapshot, key in (
        Observation.objects.filter(snapshot__in=telling).order_by("id").values_list("snapshot_id", "id")
    ):
        seen[snapshot].append(key)
    insert_rows(
        FailureSignal,
        _SIGNAL_COLUMNS,
        [
            _signal_row(snapshot, None if placed.component is None else seen[snapshot][placed.component], placed)
            for snapshot, draft in telling.items()
            for placed in draft.signals
        ],
    )


def _signal_row(snapshot: int, observation: int | None, placed: PlacedSignal) -> tuple[object, ...]:
    signal = placed.signal
    return (
        snapshot,
        observation,
        signal.part.type,
        placed.lookup,
        " ".join(signal.part.slot.split())[:MAX_TEXT],
        signal.part.slot_kind,
        signal.kind,
        signal.mode[:64],
        signal.severity,
        signal.occurred_at,
        " ".join(signal.message.split())[:500],
        signal.code[:100],
        placed.parser,
        placed.digest,
    )


def withdraw_snapshots(bundle: Bundle) -> set[int]:
    """Takes back what an earlier parse of the bundle stored; all that it bore upon is marked to be derived anew.

    Gives those components: a name that only this bundle gave may have bound some together.
    """
    snapshots = list(Snapshot.objects.filter(bundle=bundle))
    assets = {row.asset_id for row in snapshots if row.asset_id}
    touched = Q(observations__snapshot__in=snapshots)
    for row in snapshots:
        if row.asset_id:
            around = Installation.objects.filter(
                asset=row.asset_id, installed_at__lte=row.collected_at, ends_at__gte=row.collected_at
            )
            touched |= Q(id__in=around.values("component"))
    ids = list(Component.objects.filter(touched).distinct().values_list("id", flat=True))
    Component.objects.filter(id__in=ids).update(stale=True)
    Asset.objects.filter(id__in=assets).update(stale=True)
    FailureSignal.objects.filter(snapshot__in=snapshots).delete()
    Observation.objects.filter(snapshot__in=snapshots).delete()
    Snapshot.objects.filter(bundle=bundle).delete()
    return set(ids)
