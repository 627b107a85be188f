"""Makes failures of what logs tell: each entry once, and each condition when it began."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from ingest.models import FailureSignal
from registry.models import Asset
from registry.models.bulk import insert_rows, pieces, update_rows
from tickets.domain.naming import Name
from tickets.domain.vocabulary import FailureSource, NameKind
from tickets.models import Failure
from tickets.selectors import Directory
from tickets.selectors.signals import Told, entries_of, fresh_signals, homes
from tickets.services.attaching import NAMED_BY_SLOT
from tickets.services.failure_rows import LOGGED, logged_row
from tickets.services.states import note_states

_FIRST = ("occurred_at", "bundle", "told_at")


def note_signals(
    assets: Collection[int],
    components: Collection[int],
    *,
    news_only: Collection[int],
    are_any_gone: bool,
    now: datetime,
) -> set[int]:
    """Brings the failures from logs in line with what bundles tell of these assets and components.

    `news_only`: the assets whose past is as it was. `are_any_gone`: components went away, and their failures look for
    others. Gives the components that have other failures than before.
    """
    fresh = fresh_signals(assets) if assets else []
    entries = [one for one in fresh if one.kind == FailureSignal.Kind.ENTRY]
    states = [one for one in fresh if one.kind == FailureSignal.Kind.STATE]
    concerned = _look_again(_entries(components, assets, are_any_gone=are_any_gone))
    concerned |= _note_entries(entries, now)
    concerned |= note_states(states, assets, components, news_only=news_only, are_any_gone=are_any_gone, now=now)
    for some in pieces([one.id for one in fresh]):
        FailureSignal.objects.filter(id__in=some).update(noted_at=now)
    return concerned


def _entry_key(told: Told, identity: str) -> str:
    """An entry that names its part is the same wherever it is told; one that names a slot is its asset's."""
    content = [FailureSource.LOG, told.digest, "" if told.lookup else identity]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


def _note_entries(entries: Sequence[Told], now: datetime) -> set[int]:
    if not entries:
        return set()
    assets = Asset.objects.only("id", "identity", "serial").in_bulk({one.asset for one in entries})
    first: dict[str, Told] = {}
    for one in sorted(entries, key=lambda told: told.order):
        first.setdefault(_entry_key(one, assets[one.asset].identity), one)
    known = {row.key: row for row in _in_pieces(first)}
    earlier = [
        (known[key].pk, one.occurred_at or one.at, one.bundle, one.at)
        for key, one in first.items()
        if key in known and (one.at, one.ref) < _told_first(known[key])
    ]
    parts = _parts(one for key, one in first.items() if key not in known)
    rows = [_row(key, one, assets[one.asset], parts, now) for key, one in first.items() if key not in known]
    update_rows(Failure, _FIRST, earlier)
    insert_rows(Failure, LOGGED, rows)
    changed = {row[0] for row in earlier}
    found = {row.component_id for row in known.values() if row.pk in changed}
    return {key for key in found | {row[LOGGED.index("component")] for row in rows} if key is not None}


def _told_first(row: Failure) -> tuple[datetime, str]:
    return (row.told_at or row.occurred_at, row.bundle.sha256 if row.bundle else "")


def _in_pieces(keys: Collection[str]) -> Iterable[Failure]:
    return (
        row for some in pieces(sorted(keys)) for row in Failure.objects.filter(key__in=some).select_related("bundle")
    )


def _parts(told: Iterable[Told]) -> Mapping[int, tuple[int | None, int]]:
    """The component that each entry names by serial or identifier, and how many bear the name."""
    named = {one.id: (one, Name(NameKind.COMPONENT_LOOKUP, one.lookup, one.type)) for one in told if one.lookup}
    directory = Directory(name for one, name in named.values() if one.component is None)
    found: dict[int, tuple[int | None, int]] = {}
    for key, (one, name) in named.items():
        if one.component is not None:
            found[key] = (one.component, 1)
        else:
            found[key] = (directory.find(name, one.occurred_at or one.at), len(directory.candidates(name)))
    return found


def _row(
    key: str, told: Told, asset: Asset, parts: Mapping[int, tuple[int | None, int]], now: datetime
) -> tuple[Any, ...]:
    component, candidates = parts.get(told.id, (None, 0))
    at = told.occurred_at or told.at
    return logged_row(
        key, told, None if told.lookup else asset, component, at=at, lookup=told.lookup, candidates=candidates, now=now
    )


def _look_again(rows: Sequence[Failure]) -> set[int]:
    """Takes back entries that no bundle tells any more, and leads the others to where their parts are now."""
    if not rows:
        return set()
    known = homes(rows)
    moved = [
        (row.pk, known[row.pk])
        for row in rows
        if row.component_lookup and known.get(row.pk) not in (None, row.component_id)
    ]
    update_rows(Failure, ("component",), moved)
    homeless = {key for key, _ in moved}
    concerned = {row.component_id for row in rows if row.pk in homeless} | {component for _, component in moved}
    concerned |= _date_anew([row for row in rows if row.pk not in known])
    return {key for key in concerned if key is not None}


def _date_anew(rows: Sequence[Failure]) -> set[int | None]:
    """Dates entries by the first bundle that tells them now, where their first one tells them no more."""
    found = entries_of({row.signal_digest for row in rows}) if rows else []
    serials = dict(Asset.objects.filter(id__in={one.asset for one in found}).values_list("id", "serial"))
    told: dict[tuple[str, str], Told] = {}
    for one in sorted(found, key=lambda item: item.order):
        told.setdefault((one.digest, "" if one.lookup else serials[one.asset]), one)
    left = {row.pk: told[name] for row in rows if (name := (row.signal_digest, row.asset_name)) in told}
    update_rows(Failure, _FIRST, [(key, one.occurred_at or one.at, one.bundle, one.at) for key, one in left.items()])
    if gone := [row.pk for row in rows if row.pk not in left]:
        Failure.objects.filter(id__in=gone).delete()
    return {row.component_id for row in rows}


def _entries(components: Collection[int], assets: Collection[int], *, are_any_gone: bool) -> list[Failure]:
    logged = Failure.objects.filter(source=FailureSource.LOG, told_until__isnull=True)
    watched = list(Asset.objects.filter(id__in=assets, watched=True).values_list("id", flat=True)) if assets else []
    rows = list(logged.filter(component__in=components)) if components else []
    rows += list(logged.filter(NAMED_BY_SLOT, asset__in=watched)) if watched else []
    rows += list(logged.filter(component__isnull=True).exclude(component_lookup="")) if are_any_gone else []
    return list({row.pk: row for row in rows}.values())
