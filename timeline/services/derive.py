"""Derives timelines from snapshots: forward where a snapshot is the newest, anew where it is late."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from ingest.models import Observation, Snapshot
from registry.compiled import CompiledRows, update_where
from registry.models import Asset, Installation
from registry.models.bulk import pieces
from registry.transactions import again_on_deadlock
from timeline.domain.evidence import Absent, Evidence, Seen, as_one
from timeline.domain.facts import Fact, first_position
from timeline.domain.fold import Outcome, fold, resume
from timeline.models import AssetEvent, IdentityConflict
from timeline.selectors import coverage_by_type, evidence_of, seen
from timeline.services.assets import describe_asset
from timeline.services.changes import note_moves, note_news, note_rederived
from timeline.services.histories import (
    add_events,
    note_two_slots,
    replace_events,
    write_alternations,
    write_periods,
    write_spells,
)
from timeline.services.states import Known, lock_components, lock_seen, touch, touch_all, write_states

_BATCH = 1000

_snapshot_with_id = CompiledRows(lambda key: Snapshot.objects.evidence().filter(id=key), -1)
_locked_asset = CompiledRows(lambda key: Asset.objects.select_for_update().filter(id=key), -1)


def alternation_window() -> timedelta:
    """How close an A, B, A, B must be to be no move."""
    return timedelta(days=settings.IDENTITY_CONFLICT_DAYS)


@again_on_deadlock
def derive_snapshot(snapshot_id: int, *, now: datetime) -> bool:
    """Brings the timelines in line with one snapshot, in one transaction; nothing to do when that is done already.

    Gives whether anything was noted for others to follow up.
    """
    with transaction.atomic():
        return _bring_in_line(snapshot_id, now)


@again_on_deadlock
def derive_snapshots(ids: Sequence[int], *, now: datetime) -> bool:
    """As `derive_snapshot`, for several in their order and in one transaction: they are derived together or not."""
    noted = False
    with transaction.atomic():
        for key in ids:
            noted |= _bring_in_line(key, now)
    return noted


def _bring_in_line(snapshot_id: int, now: datetime) -> bool:
    noted = False
    snapshot = _snapshot_with_id.first(snapshot_id)
    if snapshot is None or snapshot.asset_id is None:
        return noted
    # The lock lines up all derivations of one asset; who finds the snapshot not yet derived then, derives it.
    asset = _locked_asset.first(snapshot.asset_id)
    where = {"id": snapshot_id, "asset_id": snapshot.asset_id, "derived_at": None}
    if asset and update_where(Snapshot, {"derived_at": now}, where):
        if not _is_the_same_again(snapshot, asset):
            noted = _derive(snapshot, asset)
        if snapshot.signal_count:
            noted = note_news(asset.id)
        note_two_slots(asset, snapshot.conflicts, snapshot.collected_at)
        describe_asset(asset, snapshot)
    return noted


def _is_the_same_again(snapshot: Snapshot, asset: Asset) -> bool:
    """Notes that all was seen again, if the asset's last snapshot said the very same and was the last evidence of all.

    Then nothing can change: what is not shown now was not shown then, and under the same coverage. Otherwise some
    components may have been noted all the same, rightly so, and the snapshot is to be derived like any other.
    """
    if (
        snapshot.digest != asset.last_snapshot_digest
        or asset.stale
        or asset.has_conflicts
        or asset.last_seen_at is None
        or (snapshot.collected_at, snapshot.sha256) <= (asset.last_seen_at, asset.last_evidence)
    ):
        return False
    again = touch_all(asset, snapshot.collected_at, snapshot.sha256)
    if again != snapshot.size:
        return False
    log = Fact("LOG_COLLECTED", snapshot.collected_at, snapshot.sha256, asset.identity)
    add_events([(None, log)], {asset.identity: asset.id}, {snapshot.sha256: snapshot.bundle_id})
    return True


def _derive(snapshot: Snapshot, asset: Asset) -> bool:
    late = _is_late(snapshot, asset)
    shown = lock_seen(snapshot.id)
    single = {component: told[0] for component, told in shown.items() if len(told) == 1}
    same = {
        component
        for component, sighting in single.items()
        if not late and sighting.changes_nothing(asset.id, snapshot.collected_at, snapshot.sha256)
    }
    touch(same, snapshot.collected_at, snapshot.sha256)
    sightings = {component: sighting.digest for component, sighting in single.items()}
    news: list[tuple[int | None, Fact]] = [
        (None, Fact("LOG_COLLECTED", snapshot.collected_at, snapshot.sha256, asset.identity))
    ]
    noted = False
    for others in pieces(sorted((shown.keys() | _around(snapshot, asset)) - same)) or [[]]:
        told = shown.keys() & set(others)
        noted |= _derive_some(others, told, snapshot, asset, sightings, news, late=late)
        news = []
    return noted


def _derive_some(
    ids: Collection[int],
    shown: Collection[int],
    snapshot: Snapshot,
    asset: Asset,
    sightings: Mapping[int, str],
    news: Sequence[tuple[int | None, Fact]],
    *,
    late: bool,
) -> bool:
    """Derives components of which the snapshot may tell something, `shown` or missing, and stores that beside `news`.

    `sightings`: digests of what it tells of each.
    """
    evidence = _seen_by(snapshot, asset.identity, shown) if shown else {}
    components = lock_components(ids, {asset.id: asset.identity})
    covered = coverage_by_type(snapshot.coverage)
    for known in components.values():
        if known.id not in evidence and known.type in covered:
            evidence[known.id] = Absent(snapshot.collected_at, snapshot.sha256, asset.identity, covered[known.type])
    resumed: dict[int, Outcome] = {}
    anew: list[Known] = []
    for known in components.values():
        item = evidence.get(known.id)
        if item is None or known.stale:
            continue  # what is stale is derived anew, and perhaps cleared away, by `settle_stale`
        outcome = None if late else _resume(known, item)
        if outcome is None:
            anew.append(known)
        else:
            resumed[known.id] = outcome
    noted = _store_resumed(resumed, components, snapshot, asset, sightings, news)
    return _store_anew(anew) or noted


def _is_late(snapshot: Snapshot, asset: Asset) -> bool:
    """Whether later snapshots of the asset were derived: what they do not show may be news for what this one shows."""
    if asset.stale or asset.last_seen_at is None:
        return asset.stale
    return (snapshot.collected_at, snapshot.sha256) < (asset.last_seen_at, asset.last_evidence)


def _seen_by(snapshot: Snapshot, asset: str, components: Collection[int]) -> dict[int, Evidence]:
    rows = Observation.objects.filter(snapshot=snapshot, component__in=components)
    told: dict[int, list[Seen]] = defaultdict(list)
    for component, health, sources, claims in rows.values_list("component_id", "health", "sources", "claims"):
        told[component].append(seen(snapshot.collected_at, snapshot.sha256, asset, health, sources, claims))
    return {component: as_one(sightings) for component, sightings in told.items()}


def _around(snapshot: Snapshot, asset: Asset) -> set[int]:
    """The components for which their absence from the snapshot may mean something."""
    at = snapshot.collected_at
    installed = Installation.objects.filter(asset=asset, installed_at__lte=at, ends_at__gte=at)
    found = set(installed.values_list("component_id", flat=True))
    if asset.has_conflicts:
        conflicts = IdentityConflict.objects.filter(Q(asset=asset) | Q(other_asset=asset), component__isnull=False)
        found.update(conflicts.values_list("component_id", flat=True))
    if asset.last_seen_at is not None and asset.last_seen_at >= at:
        # What came and left at this very moment has no installation to be found by.
        moment = AssetEvent.objects.filter(
            asset=asset, position__gte=first_position(at), position__lt=first_position(at + timedelta(microseconds=1))
        )
        found.update(moment.filter(event__component__isnull=False).values_list("event__component", flat=True))
    return found


def _resume(known: Known, item: Evidence) -> Outcome | None:
    state = known.state
    if state.last_at is not None and item.at <= state.last_at:
        return None  # evidence of one moment has an order of its own
    return resume(known.identity, state, [item], alternation_window())


def _store_resumed(
    resumed: Mapping[int, Outcome],
    components: Mapping[int, Known],
    snapshot: Snapshot,
    asset: Asset,
    sightings: Mapping[int, str],
    news: Sequence[tuple[int | None, Fact]],
) -> bool:
    outcomes = {key: outcome for key, outcome in resumed.items() if outcome.state != components[key].state}
    asset_ids, watched = _assets_of(outcomes.values(), asset)
    facts: list[tuple[int | None, Fact]] = [(key, fact) for key, outcome in outcomes.items() for fact in outcome.facts]
    add_events([*news, *facts], asset_ids, {snapshot.sha256: snapshot.bundle_id})
    if outcomes:
        before = {key: components[key].state for key in outcomes}
        installed = {key for key, state in before.items() if state.asset}
        running = {key for key, state in before.items() if state.firmware}
        write_spells({key: outcome.spells for key, outcome in outcomes.items()}, asset_ids, opened=installed)
        write_periods({key: outcome.periods for key, outcome in outcomes.items()}, opened=running)
        changed = [(components[key], outcome.state, sightings.get(key, "")) for key, outcome in outcomes.items()]
        write_states(changed, asset_ids)
    return note_moves(outcomes, components, asset_ids, watched)


def _store_anew(components: Sequence[Known]) -> bool:
    noted = False
    for are_new in (False, True):
        some = [known for known in components if known.is_new == are_new]
        for start in range(0, len(some), _BATCH):
            noted |= _store_outcomes({known.id: known for known in some[start : start + _BATCH]}, are_new=are_new)
    return noted


def _store_outcomes(components: Mapping[int, Known], *, are_new: bool) -> bool:
    """Folds all evidence of components and stores what comes of it; of those that are new, nothing can be there yet."""
    evidence = evidence_of({known.id: known.type for known in components.values()})
    outcomes = {key: fold(known.identity, evidence[key], alternation_window()) for key, known in components.items()}
    asset_ids, watched = _assets_of(outcomes.values())
    spells = {key: outcome.spells for key, outcome in outcomes.items()}
    periods = {key: outcome.periods for key, outcome in outcomes.items()}
    if are_new:
        add_events([(key, fact) for key, outcome in outcomes.items() for fact in outcome.facts], asset_ids, {})
    else:
        replace_events({key: outcome.facts for key, outcome in outcomes.items()}, asset_ids)
    write_spells(spells, asset_ids, opened=() if are_new else None)
    write_periods(periods, opened=() if are_new else None)
    if not are_new or any(outcome.alternations for outcome in outcomes.values()):
        told = {key: (components[key].identity, outcome.alternations) for key, outcome in outcomes.items()}
        write_alternations(told, asset_ids)
    write_states([(components[key], outcome.state, "") for key, outcome in outcomes.items()], asset_ids)
    return note_rederived(outcomes, components, asset_ids, watched)


def _assets_of(outcomes: Iterable[Outcome], known: Asset | None = None) -> tuple[dict[str, int], set[int]]:
    """The ids of all assets that the outcomes name and of the `known` one, by identity; and those that are watched."""
    names = {
        name
        for outcome in outcomes
        for name in (
            outcome.state.asset,
            *(fact.asset for fact in outcome.facts),
            *(fact.from_asset for fact in outcome.facts),
            *(spell.asset for spell in outcome.spells),
            *(name for told in outcome.alternations for name in (told.home, *told.others)),
        )
    }
    rows = [] if known is None else [(known.identity, known.id, known.watched)]
    if missing := names - {row[0] for row in rows} - {""}:
        rows += Asset.objects.filter(identity__in=missing).values_list("identity", "id", "watched")
    return {identity: key for identity, key, _ in rows}, {key for _, key, is_watched in rows if is_watched}


@again_on_deadlock
def derive_components(ids: Collection[int]) -> bool:
    """Derives the components anew from all their evidence, in one transaction; gives whether anything was noted."""
    with transaction.atomic():
        return _store_anew(list(lock_components(ids).values()))
