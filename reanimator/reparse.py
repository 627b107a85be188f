"""Reads a bundle again, derives what it bears upon, and compares the timelines before and after."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import structlog
from django.db import transaction

from ingest.models import Bundle, Observation, Snapshot
from ingest.services.parse import BundleContent, Parsed, read_content, store_content
from ingest.services.reparse import AssetTally, AtWork, ComponentTally, Effect, EventChange
from registry.models import Asset, Component, Installation
from registry.models.bulk import pieces
from registry.transactions import again_on_deadlock
from tickets.services import follow_changes
from timeline.models import AssetEvent, Event
from timeline.services import Stale, derive_snapshot, settle_stale, stale_now

Row = TypeVar("Row")
Tally = TypeVar("Tally")

MOST_CHANGES = 100
MOST_TALLIES = 50
# Done with, whatever it was.
_AT_REST: Mapping[str, Any] = {"step": Bundle.Step.NONE.value, "attempts": 0, "retries": 0, "fault": ""}

log = structlog.get_logger(__name__)


class _Told(NamedTuple):
    """An event's content, which its key is the digest of."""

    position: str
    type: str
    occurred_at: datetime
    asset: int | None
    component: int | None
    from_asset: int | None
    from_value: str
    to_value: str


_COLUMNS = ("position", "type", "occurred_at", "asset_id", "component_id", "from_asset_id", "from_value", "to_value")


@dataclass(slots=True)
class _Touched:
    """What a bundle bears upon. Names are kept from before: what no evidence is left of is cleared away."""

    assets: dict[int, Asset] = field(default_factory=dict)
    components: dict[int, Component] = field(default_factory=dict)

    def add(self, assets: Collection[int], components: Collection[int]) -> None:
        for keys in pieces(assets):
            self.assets |= Asset.objects.in_bulk(keys)
        for keys in pieces(components):
            self.components |= Component.objects.in_bulk(keys)

    def none_of(self, stale: Stale) -> Stale:
        """Those of `stale` that the bundle does not bear upon."""
        return Stale(set(stale.assets) - self.assets.keys(), set(stale.components) - self.components.keys())

    def events(self) -> dict[str, _Told]:
        found: dict[str, _Told] = {}
        for keys in pieces(self.components):
            found |= _events(Event.objects.filter(component__in=keys))
        for keys in pieces(self.assets):
            places = AssetEvent.objects.filter(asset__in=keys).values("event_id")
            found |= _events(Event.objects.filter(id__in=places))
        return found


def _events(rows: Any) -> dict[str, _Told]:
    return {key: _Told(*told) for key, *told in rows.order_by().values_list("key", *_COLUMNS)}


def reparse_bundle(bundle_id: int, *, dry_run: bool, user: Any, now: datetime) -> Effect:
    """As `ingest.services.reparse.reparse`, which leads here; the reading comes before the transaction."""
    bundle = Bundle.objects.get(id=bundle_id)
    if bundle.due_at is not None:
        raise AtWork(f"Bundle {bundle_id} is at work: {bundle.step}. Try again when it is done.")
    effect = _apply(read_content(bundle), dry_run=dry_run, now=now)
    if not dry_run:
        log.info("bundle_reparsed", bundle=bundle_id, by=str(user), added=effect.added, removed=effect.removed)
    return effect


@again_on_deadlock
def _apply(content: BundleContent, *, dry_run: bool, now: datetime) -> Effect:
    bundle = content.bundle
    observed_before = _observed(bundle)
    with transaction.atomic():
        before = stale_now()
        parsed = store_content(content, now=now, only_if={"due_at": None}, changes=_AT_REST)
        if parsed is None:
            raise AtWork(f"Bundle {bundle.id} was taken up by somebody else meanwhile. Try again when it is done.")
        touched = _touched(parsed, before)
        events = touched.events()
        for snapshot in parsed.snapshots:
            derive_snapshot(snapshot, now=now)
        # What is stale for another reason alone is no effect of this bundle, and is left to the sweep.
        settle_stale(but=touched.none_of(before))
        follow_changes(now=now)
        after = touched.events()
        effect = _effect(content, touched, events, after, dry_run, (observed_before, _observed(bundle)))
        transaction.set_rollback(dry_run)
    return effect


def _observed(bundle: Bundle) -> int:
    return Observation.objects.filter(snapshot__bundle=bundle).count()


def _touched(parsed: Parsed, before: Stale) -> _Touched:
    """What the bundle bears upon, told by what is stale now and was not `before`, and by what it shows."""
    now = stale_now()
    assets, components = set(now.assets) - set(before.assets), set(now.components) - set(before.components)
    snapshots = Snapshot.objects.filter(id__in=parsed.snapshots)
    components |= set(Observation.objects.filter(snapshot__in=snapshots).values_list("component_id", flat=True))
    for asset, at in snapshots.values_list("asset_id", "collected_at"):
        assets.add(asset)
        around = Installation.objects.filter(asset=asset, installed_at__lte=at, ends_at__gte=at)
        components |= set(around.values_list("component_id", flat=True))
    touched = _Touched()
    touched.add(assets, components - {None})
    return touched


def _effect(
    content: BundleContent,
    touched: _Touched,
    before: Mapping[str, _Told],
    after: Mapping[str, _Told],
    dry_run: bool,
    observations: tuple[int, int],
) -> Effect:
    added = [told for key, told in after.items() if key not in before]
    removed = [told for key, told in before.items() if key not in after]
    _add_names(touched, [*added, *removed])
    changes = sorted(
        [*((told, True) for told in added), *((told, False) for told in removed)], key=lambda pair: pair[0].position
    )
    by_asset = _tallies(AssetTally, touched.assets, _assets(added), _assets(removed))
    by_component = _tallies(ComponentTally, touched.components, _components(added), _components(removed))
    return Effect(
        bundle=content.bundle.id,
        dry_run=dry_run,
        status=content.reading.status,
        status_before=content.bundle.status,
        observations=observations[1],
        observations_before=observations[0],
        added=len(added),
        removed=len(removed),
        assets=len(by_asset),
        components=len(by_component),
        by_asset=tuple(by_asset[:MOST_TALLIES]),
        by_component=tuple(by_component[:MOST_TALLIES]),
        changes=tuple(_change(told, is_new, touched) for told, is_new in changes[:MOST_CHANGES]),
    )


def _add_names(touched: _Touched, events: Collection[_Told]) -> None:
    assets = {key for told in events for key in (told.asset, told.from_asset) if key} - touched.assets.keys()
    components = {told.component for told in events if told.component} - touched.components.keys()
    touched.add(assets, components)


def _assets(events: Iterable[_Told]) -> Counter[int]:
    return Counter(key for told in events for key in {told.asset, told.from_asset} if key is not None)


def _components(events: Iterable[_Told]) -> Counter[int]:
    return Counter(told.component for told in events if told.component is not None)


def _tallies(
    kind: Callable[[Row, int, int], Tally], rows: Mapping[int, Row], added: Counter[int], removed: Counter[int]
) -> list[Tally]:
    """Those with the most changes first."""
    counts = added + removed
    keys = sorted(counts.keys() & rows.keys(), key=lambda key: (-counts[key], key))
    return [kind(rows[key], added[key], removed[key]) for key in keys]


def _change(told: _Told, added: bool, touched: _Touched) -> EventChange:
    return EventChange(
        added=added,
        type=told.type,
        occurred_at=told.occurred_at,
        asset=touched.assets.get(told.asset or 0),
        component=touched.components.get(told.component or 0),
        from_asset=touched.assets.get(told.from_asset or 0),
        from_value=told.from_value,
        to_value=told.to_value,
    )
