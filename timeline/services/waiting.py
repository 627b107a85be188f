"""Derives all that waits: new snapshots, and things whose evidence was given elsewhere."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, F

from ingest.models import Bundle, Observation, Snapshot
from ingest.services.reidentify import settle_components
from ingest.services.reidentify_assets import settle_assets
from registry.domain.identity import vendor_key
from registry.models import Asset, Component, ComponentIdentifier
from registry.services import HasHistory, delete
from registry.transactions import again_on_deadlock
from timeline.models import Assertion
from timeline.services.assets import rebuild_log
from timeline.services.changes import note_changes
from timeline.services.derive import derive_components, derive_snapshot

_BATCH = 500

Progress = Callable[[int], object]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stale:
    """Assets and components that are to be derived anew."""

    assets: Collection[int] = frozenset()
    components: Collection[int] = frozenset()


_NOTHING = Stale()


def derive_bundle(bundle_id: int, *, now: datetime, snapshots: Sequence[int] | None = None) -> bool:
    """Derives the bundle's snapshots that wait, oldest first; these are `snapshots`, where the caller knows them.

    Gives whether anything was noted for others to follow up. A snapshot that cannot be derived holds no other up: its
    fault is raised when all else is done.
    """
    if snapshots is None:
        snapshots = list(Snapshot.objects.waiting().filter(bundle=bundle_id).values_list("id", flat=True))
    faults, noted = _derive_each(snapshots, now, lambda _: None)
    for first in faults.values():
        first.add_note(f"{len(faults)} of {len(snapshots)} snapshots")
        raise first
    return noted


def derive_waiting(*, now: datetime, progress: Progress = lambda _: None, only_finished: bool = False) -> int:
    """Derives every snapshot that waits, then everything stale; gives how many snapshots waited.

    `only_finished`: not those of bundles that have a step left, whose workers derive them. A snapshot that cannot be
    derived holds no other up: its bundle is to be derived again, and its fault is raised when all else is done.
    """
    _settle_assets()
    waiting = Snapshot.objects.waiting()
    if only_finished:
        waiting = waiting.filter(bundle__step=Bundle.Step.NONE)
    faults: dict[int, Exception] = {}
    done = 0
    while keys := list(waiting.exclude(id__in=faults).values_list("id", flat=True)[:_BATCH]):
        faults |= _derive_each(keys, now, progress)[0]
        done += len(keys)
    finished = Bundle.objects.filter(step=Bundle.Step.NONE, snapshots__in=faults)
    for key in set(finished.values_list("id", flat=True)) if faults else ():
        Bundle.objects.filter(id=key, step=Bundle.Step.NONE).update(step=Bundle.Step.DERIVE, due_at=now)
    settle_stale()
    for first in faults.values():
        raise first
    return done


def _derive_each(keys: Sequence[int], now: datetime, progress: Progress) -> tuple[dict[int, Exception], bool]:
    """The faults of those snapshots that cannot be derived, and whether anything was noted to be followed up.

    A database that is away is no fault of theirs.
    """
    faults: dict[int, Exception] = {}
    noted = False
    for key in keys:
        try:
            noted |= derive_snapshot(key, now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:
            log.exception("snapshot_not_derived", snapshot=key)
            faults[key] = fault
        progress(1)
    return faults, noted


def count_waiting() -> int:
    """How many snapshots wait."""
    return Snapshot.objects.waiting().count()


def stale_now() -> Stale:
    """All that is to be derived anew."""
    assets, components = (kind.objects.filter(stale=True).values_list("id", flat=True) for kind in (Asset, Component))
    return Stale(frozenset(assets), frozenset(components))


def settle_stale(*, but: Stale = _NOTHING) -> None:
    """Derives anew the components and assets whose evidence was given to or taken from them.

    `but`: those that are left to the next one, since they were stale before and are none of the caller's business.
    """
    for key in Asset.objects.filter(stale=True).order_by("id").values_list("id", flat=True):
        if key not in but.assets:
            _rebuild_asset(key)
    gone = Asset.objects.filter(merged_into__isnull=False).order_by("id")
    merged = [asset for asset in gone if asset.id not in but.assets]
    for asset in merged:
        _hand_over_asset(asset)
    _settle_vendors(but.components)
    while keys := _stale_components(but.components):
        _hand_over_assertions(keys)
        derive_components(keys)
        _clear_away(keys)
    for asset in merged:
        _clear_away_asset(asset)


def _settle_assets() -> None:
    """Looks again at the identities of stale assets that several spellings of a vendor may bind or part."""
    stale = Asset.objects.filter(stale=True)
    serials = set(stale.exclude(identity=F("serial")).values_list("serial", flat=True))
    named = Snapshot.objects.filter(asset__in=stale).exclude(asset_vendor="").order_by().values("asset_serial")
    of_several_vendors = named.annotate(vendors=Count("asset_vendor", distinct=True)).filter(vendors__gt=1)
    for serial in sorted(serials | set(of_several_vendors.values_list("asset_serial", flat=True))):
        _settle_asset(serial)


@again_on_deadlock
def _settle_asset(serial: str) -> None:
    """Settles which asset is which among those with the serial, in one transaction."""
    with transaction.atomic():
        settle_assets({serial})


def _stale_components(but: Collection[int], last: int = 0) -> list[int]:
    """The next of those with ids beyond `last`. What is left out may be more than an SQL statement can name."""
    stale = Component.objects.filter(stale=True, id__gt=last).order_by("id").values_list("id", flat=True)
    return list(islice((key for key in stale.iterator() if key not in but), _BATCH) if but else stale[:_BATCH])


def _settle_vendors(but: Collection[int]) -> None:
    """Looks again at the identities of stale components that several spellings of a vendor may bind or part."""
    last = 0
    while keys := _stale_components(but, last):
        last = keys[-1]
        spellings: dict[int, set[str]] = defaultdict(set)
        named = Observation.objects.filter(component__in=keys).exclude(vendor="").order_by()
        for key, vendor in named.values_list("component_id", "vendor").distinct():
            spellings[key].add(vendor_key(vendor))
        parted = Component.objects.filter(id__in=keys).exclude(identity=F("lookup")).values_list("id", flat=True)
        _settle({key for key, names in spellings.items() if len(names) > 1} | set(parted))


@again_on_deadlock
def _settle(disputed: set[int]) -> None:
    """Settles who is who among the disputed components, in one transaction."""
    with transaction.atomic():
        settle_components(disputed)


@again_on_deadlock
def _rebuild_asset(key: int) -> None:
    with transaction.atomic():
        asset = Asset.objects.select_for_update().get(id=key)
        rebuild_log(asset)
        note_changes(assets=[key] if asset.watched else [])


def _hand_over_assertions(keys: list[int]) -> None:
    """What people asserted of a component that is another one now holds for that one."""
    merged = Component.objects.filter(id__in=keys, merged_into__isnull=False)
    for key, heir in merged.values_list("id", "merged_into_id"):
        if Assertion.objects.filter(component=key).update(component=heir):
            Component.objects.filter(id=heir).update(stale=True)


@again_on_deadlock
def _hand_over_asset(asset: Asset) -> None:
    """What people asserted of an asset that is another one now holds for that one."""
    with transaction.atomic():
        asserted = Assertion.objects.filter(asset=asset)
        Component.objects.filter(id__in=asserted.values("component")).update(stale=True)
        asserted.update(asset=asset.merged_into_id)


def _clear_away_asset(asset: Asset) -> None:
    try:
        delete(asset)
    except HasHistory as problem:
        log.warning("merged_asset_kept", asset=asset.id, problem=str(problem))


@again_on_deadlock
def _clear_away(keys: list[int]) -> None:
    """Deletes components that no evidence names any more and no person entered."""
    with transaction.atomic():
        named = Observation.objects.filter(component__in=keys).values("component")
        asserted = Assertion.objects.filter(component__in=keys).values("component")
        gone = Component.objects.filter(id__in=keys, declared=False).exclude(id__in=named).exclude(id__in=asserted)
        ids = list(gone.values_list("id", flat=True))
        ComponentIdentifier.objects.filter(component__in=ids).delete()
        Component.objects.filter(id__in=ids).delete()


def derive_everything(*, now: datetime, progress: Progress = lambda _: None) -> int:
    """Derives every component and asset from all the evidence there is; gives how many components that were."""
    derive_waiting(now=now)
    for asset in Asset.objects.order_by("id").values_list("id", flat=True).iterator():
        _rebuild_asset(asset)
    done, last = 0, 0
    while keys := list(Component.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH]):
        derive_components(keys)
        done, last = done + len(keys), keys[-1]
        progress(len(keys))
    return done
