"""Brings the tables of events, installations, firmware periods and conflicts in line with what the fold gave."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import orjson
from django.db import connection

from ingest.models import Bundle
from registry.models import FOREVER, Asset, Installation
from registry.models.bulk import ignoring_insert, insert_rows, pieces, update_rows
from timeline.domain.alternation import Alternation
from timeline.domain.facts import Fact
from timeline.domain.fold import Period, Spell
from timeline.models import Assertion, AssetEvent, Event, FirmwarePeriod, IdentityConflict

_EVENT_COLUMNS = (
    "key",
    "position",
    "type",
    "occurred_at",
    "not_before",
    "asset",
    "component",
    "from_asset",
    "from_value",
    "to_value",
    "bundle",
    "assertion",
)
_INSTALLATION_COLUMNS = (
    "component",
    "asset",
    "slot",
    "installed_at",
    "removed_at",
    "not_before",
    "ends_at",
    "open_component",
)


def add_events(
    facts: Sequence[tuple[int | None, Fact]], asset_ids: Mapping[str, int], bundles: Mapping[str, int]
) -> None:
    """Stores events that are not there yet. `facts`: with the component's id; `bundles`: known ids by SHA-256."""
    _add({fact.key(): (component, fact) for component, fact in facts}, asset_ids, bundles)


def _add(
    keyed: Mapping[str, tuple[int | None, Fact]], asset_ids: Mapping[str, int], bundles: Mapping[str, int]
) -> None:
    """As `add_events`, for events by their keys."""
    if not keyed:
        return
    refs = {fact.ref for _, fact in keyed.values()}
    bundle_ids = {**bundles, **_bundle_ids(refs - set(bundles))}
    assertion_ids = _assertion_ids(refs - set(bundle_ids))
    insert_rows(
        Event,
        _EVENT_COLUMNS,
        [
            (
                key,
                fact.position(key),
                fact.type,
                fact.at,
                fact.not_before,
                asset_ids[fact.asset],
                component,
                asset_ids[fact.from_asset] if fact.from_asset else None,
                fact.from_value,
                fact.to_value,
                bundle_ids.get(fact.ref),
                assertion_ids.get(fact.ref),
            )
            for key, (component, fact) in keyed.items()
        ],
        ignore=True,
    )
    _place_on_assets(list(keyed))


def _place_on_assets(keys: Sequence[str]) -> None:
    """Puts events on the timelines of their assets, both of them for a move from one to another."""
    quote = connection.ops.quote_name
    events, places = quote(Event._meta.db_table), quote(AssetEvent._meta.db_table)
    for some in pieces(keys):
        marks = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(
                f"{ignoring_insert()} {places} (event_id, asset_id, position) "
                f"SELECT id, asset_id, position FROM {events} WHERE {quote('key')} IN ({marks}) UNION ALL "
                f"SELECT id, from_asset_id, position FROM {events} "
                f"WHERE {quote('key')} IN ({marks}) AND from_asset_id <> asset_id",
                [*some, *some],
            )


def _bundle_ids(refs: Collection[str]) -> dict[str, int]:
    return dict(Bundle.objects.filter(sha256__in=refs).values_list("sha256", "id")) if refs else {}


def _assertion_ids(refs: Collection[str]) -> dict[str, int]:
    return dict(Assertion.objects.filter(key__in=refs).values_list("key", "id")) if refs else {}


def replace_events(facts: Mapping[int, Sequence[Fact]], asset_ids: Mapping[str, int]) -> None:
    """Makes the events of each component exactly those given."""
    wanted: dict[str, tuple[int | None, Fact]] = {
        fact.key(): (component, fact) for component, told in facts.items() for fact in told
    }
    there = dict(Event.objects.filter(component__in=facts).values_list("key", "id"))
    for gone in pieces([key for name, key in there.items() if name not in wanted]):
        Event.objects.filter(id__in=gone).delete()
    _add({name: pair for name, pair in wanted.items() if name not in there}, asset_ids, {})


def replace_log(asset: Asset, facts: Sequence[Fact]) -> None:
    """Makes the asset's LOG_COLLECTED events exactly those given."""
    wanted: dict[str, tuple[int | None, Fact]] = {fact.key(): (None, fact) for fact in facts}
    there = dict(Event.objects.filter(places__asset=asset, type=Event.Type.LOG_COLLECTED).values_list("key", "id"))
    for gone in pieces([key for name, key in there.items() if name not in wanted]):
        Event.objects.filter(id__in=gone).delete()
    _add({name: pair for name, pair in wanted.items() if name not in there}, {asset.identity: asset.id}, {})


def write_spells(
    spells: Mapping[int, Sequence[Spell]], asset_ids: Mapping[str, int], *, opened: Collection[int] | None = None
) -> None:
    """Makes the installations of each component those given.

    `opened`: only new and open ones are given, and these components have an open one; the closed ones stay besides.
    Rows whose asset and start stay keep their id. The order of the steps keeps intervals from overlapping on the way.
    """
    there: dict[int, list[Installation]] = defaultdict(list)
    known_by = {"component__in": spells} if opened is None else {"open_component__in": opened}
    for row in Installation.objects.filter(**known_by) if opened is None or opened else ():
        there[row.component_id].append(row)
    gone: list[int] = []
    shrinking: list[tuple[object, ...]] = []
    growing: list[tuple[object, ...]] = []
    new: list[tuple[object, ...]] = []
    for component, told in spells.items():
        known = {(row.asset_id, row.installed_at): row for row in there[component]}
        for spell in told:
            place = (asset_ids[spell.asset], spell.start)
            columns = _installation_columns(component, spell, asset_ids)
            if (old := known.get(place)) is None:
                new.append(columns)
            elif (old.slot, old.removed_at, old.not_before) != (spell.slot, spell.end, spell.not_before):
                shorter = (spell.end or FOREVER) <= old.ends_at
                (shrinking if shorter else growing).append((old.id, *columns))
        kept = {(asset_ids[spell.asset], spell.start) for spell in told}
        gone.extend(row.id for place, row in known.items() if place not in kept)
    if gone:
        Installation.objects.filter(id__in=gone).delete()
    update_rows(Installation, _INSTALLATION_COLUMNS, shrinking)
    insert_rows(Installation, _INSTALLATION_COLUMNS, new)
    update_rows(Installation, _INSTALLATION_COLUMNS, growing)


def _installation_columns(component: int, spell: Spell, asset_ids: Mapping[str, int]) -> tuple[object, ...]:
    return (
        component,
        asset_ids[spell.asset],
        spell.slot,
        spell.start,
        spell.end,
        spell.not_before,
        spell.end or FOREVER,
        component if spell.end is None else None,
    )


def write_periods(periods: Mapping[int, Sequence[Period]], *, opened: Collection[int] | None = None) -> None:
    """Makes the firmware periods of each component those given; `opened` as for `write_spells`."""
    there: dict[int, dict[datetime, FirmwarePeriod]] = defaultdict(dict)
    known_by = {"component__in": periods} if opened is None else {"open_component__in": opened}
    for row in FirmwarePeriod.objects.filter(**known_by) if opened is None or opened else ():
        there[row.component_id][row.started_at] = row
    changed: list[tuple[object, ...]] = []
    new: list[tuple[object, ...]] = []
    gone: list[int] = []
    for component, told in periods.items():
        known = there[component]
        for period in told:
            columns = (component, period.firmware, period.start, period.end, None if period.end else component)
            if (old := known.get(period.start)) is None:
                new.append(columns)
            elif (old.firmware, old.ended_at) != (period.firmware, period.end):
                changed.append((old.id, *columns))
        kept = {period.start for period in told}
        gone.extend(row.id for start, row in known.items() if start not in kept)
    if gone:
        FirmwarePeriod.objects.filter(id__in=gone).delete()
    columns_ = ("component", "firmware", "started_at", "ended_at", "open_component")
    # Closed ones first: a component has one open period at most.
    update_rows(FirmwarePeriod, columns_, [row for row in changed if row[4] is not None])
    update_rows(FirmwarePeriod, columns_, [row for row in changed if row[4] is None])
    insert_rows(FirmwarePeriod, columns_, new)


def write_alternations(found: Mapping[int, tuple[str, Sequence[Alternation]]], asset_ids: Mapping[str, int]) -> None:
    """Makes the alternation conflicts of each component those given (with the component's identity)."""
    wanted: dict[str, IdentityConflict] = {}
    for component, (identity, alternations) in found.items():
        for told in alternations:
            for other in told.others:
                key = _digest("alternation", identity, told.home, other, told.first_at.isoformat())
                wanted[key] = IdentityConflict(
                    key=key,
                    kind=IdentityConflict.Kind.ALTERNATION,
                    subject=_digest("alternation", identity, *sorted((told.home, other))),
                    component_id=component,
                    asset_id=asset_ids[told.home],
                    other_asset_id=asset_ids[other],
                    name=identity,
                    first_at=told.first_at,
                    last_at=told.last_at,
                )
    there = {row.key: row for row in IdentityConflict.objects.filter(component__in=found)}
    stale = [row.id for key, row in there.items() if key not in wanted or row.last_at != wanted[key].last_at]
    IdentityConflict.objects.filter(id__in=stale).delete()
    IdentityConflict.objects.bulk_create(
        [row for key, row in wanted.items() if key not in there or there[key].id in stale]
    )
    involved = {key for row in wanted.values() for key in (row.asset_id, row.other_asset_id) if key}
    if involved:
        Asset.objects.filter(id__in=involved, has_conflicts=False).update(has_conflicts=True)


def note_two_slots(asset: Asset, names: Iterable[str], at: datetime) -> None:
    """Keeps the names that one snapshot showed at two slots at once."""
    for name in names:
        row = IdentityConflict.objects.filter(key=_digest("two_slots", name, asset.identity)).first()
        if row is None:
            _keep_two_slots(asset, name, at, at)
        elif not row.first_at <= at <= row.last_at:
            _keep_two_slots(asset, name, min(row.first_at, at), max(row.last_at, at))


def replace_two_slots(asset: Asset, told: Iterable[tuple[str, datetime]]) -> None:
    """Makes the names that were shown at two slots at once those told, each with its moments."""
    moments: dict[str, list[datetime]] = defaultdict(list)
    for name, at in told:
        moments[name].append(at)
    keys = [_digest("two_slots", name, asset.identity) for name in moments]
    there = IdentityConflict.objects.filter(asset=asset, kind=IdentityConflict.Kind.TWO_SLOTS)
    there.exclude(key__in=keys).delete()
    for name, times in moments.items():
        _keep_two_slots(asset, name, min(times), max(times))


def _keep_two_slots(asset: Asset, name: str, first: datetime, last: datetime) -> None:
    IdentityConflict.objects.update_or_create(
        key=_digest("two_slots", name, asset.identity),
        defaults={
            "kind": IdentityConflict.Kind.TWO_SLOTS,
            "subject": _digest("two_slots", name, asset.identity),
            "asset": asset,
            "name": name,
            "first_at": first,
            "last_at": last,
        },
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
