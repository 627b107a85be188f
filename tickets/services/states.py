"""Makes failures of conditions that bundles tell as they were at collection: one where each began."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from registry.models import Asset, Component
from registry.models.bulk import insert_rows, pieces, update_rows
from tickets.domain.states import Look, Run, runs
from tickets.domain.vocabulary import FailureSource
from tickets.models import Failure
from tickets.selectors.signals import (
    Told,
    collected_since,
    homes,
    looks_at_assets,
    looks_at_components,
    seen_since,
    states_of,
    states_without_part,
)
from tickets.services.attaching import watch_assets
from tickets.services.failure_rows import LOGGED, logged_row

_WRITTEN = (
    "key",
    "occurred_at",
    "not_before",
    "severity",
    "message",
    "bundle",
    "signal_digest",
    "told_at",
    "told_until",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What fails, and how: a component that the snapshots show, or else a part of an asset by the name they give."""

    component: int | None
    asset: int | None
    type: str
    lookup: str
    slot_kind: str
    slot: str
    mode: str


def _subject(told: Told) -> Subject:
    if told.component is not None:
        return Subject(told.component, None, "", "", "", "", told.mode)
    return Subject(None, told.asset, told.type, told.lookup, told.slot_kind, told.slot, told.mode)


def _subject_of(row: Failure) -> Subject:
    if row.slot == "" and row.component_id is not None and not row.asset_name:
        return Subject(row.component_id, None, "", "", "", "", row.mode)
    return Subject(None, row.asset_id, row.type, row.component_lookup, row.slot_kind, row.slot, row.mode)


def note_states(
    fresh: Sequence[Told],
    assets: Collection[int],
    components: Collection[int],
    *,
    news_only: Collection[int],
    are_any_gone: bool,
    now: datetime,
) -> set[int]:
    """Brings the failed states of these components and assets in line with all that was seen of them.

    `fresh`: what was told since. Where that only repeats what is known, as most does, the past is not read; that of
    `assets` only where more changed than the `news_only`.
    """
    parts = {one.component for one in fresh if one.component is not None}
    rows = _known(parts.union(components), assets, are_any_gone=are_any_gone)
    if not (rows or fresh):
        return set()
    concerned = _lead_home([row for row in rows if not row.asset_name and row.component_id not in parts])
    rewritten = {row.pk for row in rows if row.asset_name and row.asset_id not in news_only}
    repeated = _repeated(fresh, [row for row in rows if row.pk not in rewritten])
    update_rows(Failure, ("told_until",), repeated.items())
    again = {_subject_of(row) for row in rows if row.pk in repeated}
    news = [_subject(one) for one in fresh if _subject(one) not in again]
    anew = concerned.union(components, (one.component for one in news if one.component is not None))
    places = {one.asset for one in news if one.asset is not None}
    places |= {row.asset_id for row in rows if row.asset_id and row.pk in rewritten}
    places |= _told_late([row for row in rows if row.asset_name and _subject_of(row) not in again], fresh)
    told = (states_of(anew) if anew else []) + (states_without_part(places) if places else [])
    return concerned | _store(told, [row for row in rows if _is_in(row, anew, places)], now)


def _told_late(rows: Sequence[Failure], fresh: Sequence[Told]) -> set[int]:
    """The assets of which something was told of the time of these failures: what came after is no matter to them."""
    news: dict[int, datetime] = {}
    for one in fresh:
        news[one.asset] = min(news.get(one.asset, one.at), one.at)
    return {
        row.asset_id
        for row in rows
        if row.asset_id and row.told_until and news.get(row.asset_id, row.told_until) <= row.told_until
    }


def _lead_home(rows: Sequence[Failure]) -> set[int]:
    """Gives failures to the components that their bundles show now; gives those that lost or gained one."""
    known = homes(rows) if rows else {}
    moved = [(row, home) for row in rows if (home := known.get(row.pk)) not in (None, row.component_id)]
    concerned = {row.component_id for row, _ in moved} | {home for _, home in moved}
    for row, home in moved:
        row.component_id = home
    update_rows(Failure, ("component",), [(row.pk, home) for row, home in moved])
    if gone := [row.pk for row in rows if row.component_id is None]:
        Failure.objects.filter(id__in=gone).exclude(id__in=known).delete()
    return {key for key in concerned if key is not None}


def _known(components: Collection[int], assets: Collection[int], *, are_any_gone: bool) -> list[Failure]:
    logged = Failure.objects.filter(source=FailureSource.LOG, told_until__isnull=False)
    rows = list(logged.filter(component__in=components, asset_name="")) if components else []
    rows += list(logged.filter(asset__in=assets).exclude(asset_name="")) if assets else []
    rows += list(logged.filter(component__isnull=True, asset_name="")) if are_any_gone else []
    return rows


def _is_in(row: Failure, components: Collection[int], assets: Collection[int | None]) -> bool:
    return row.asset_id in assets if row.asset_name else row.component_id in components


def _repeated(fresh: Sequence[Told], rows: Sequence[Failure]) -> dict[int, datetime]:
    """The last of each subject's known states, where all that was seen since tells it again; and until when."""
    latest: dict[Subject, Failure] = {}
    for row in sorted(rows, key=lambda one: (one.told_until is not None, one.told_until)):
        latest[_subject_of(row)] = row
    told: dict[Subject, list[Told]] = defaultdict(list)
    for one in fresh:
        told[_subject(one)].append(one)
    open_ones = {subject: row for subject, row in latest.items() if row.told_until and subject in told}
    by_part = _earliest((subject.component, row) for subject, row in open_ones.items())
    by_asset = _earliest((subject.asset, row) for subject, row in open_ones.items())
    seen, collected = seen_since(by_part), collected_since(by_asset)
    found: dict[int, datetime] = {}
    for subject, row in open_ones.items():
        until = row.told_until
        assert until is not None
        since = seen[subject.component] if subject.component else collected[subject.asset or 0]
        later = {snapshot for at, snapshot in since if at > until}
        if min(one.at for one in told[subject]) > until and later <= {one.snapshot for one in told[subject]}:
            found[row.pk] = max(one.at for one in told[subject])
    return found


def _earliest(pairs: Iterable[tuple[int | None, Failure]]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for key, row in pairs:
        if key is not None and row.told_until is not None:
            found[key] = min(found.get(key, row.told_until), row.told_until)
    return found


def _store(told: Sequence[Told], rows: Sequence[Failure], now: datetime) -> set[int]:
    """Makes the failures of these subjects those of their runs; a row whose run only changed keeps what was decided."""
    tellings: dict[Subject, list[Told]] = defaultdict(list)
    for one in sorted(told, key=lambda item: item.order):
        tellings[_subject(one)].append(one)
    there: dict[Subject, list[Failure]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one.occurred_at, one.pk)):
        there[_subject_of(row)].append(row)
    looks = _looks(tellings)
    names = _Names(tellings)
    # A late bundle that looked and tells nothing of them has no signals to be heard of by.
    watch_assets({subject.asset for subject in tellings if subject.asset is not None})
    new, changed, gone, concerned = [], [], [], set[int]()
    for subject in tellings.keys() | there.keys():
        left = list(there[subject])
        for run in runs(looks.get(subject, ())):
            first = next(one for one in tellings[subject] if (one.at, one.ref) == (run.first.at, run.first.ref))
            key = names.key(subject, run)
            known = next((one for one in left if run.first.at <= one.occurred_at <= run.last.at), None)
            if known is None:
                new.append(names.row(key, subject, first, run, now))
                concerned.add(subject.component or 0)
                continue
            left.remove(known)
            values = (
                *(key, run.first.at, run.not_before, first.severity, first.message, first.bundle, first.digest),
                *(first.at, run.last.at),
            )
            if values != tuple(getattr(known, _attribute(name)) for name in _WRITTEN):
                changed.append((known.pk, *values))
                concerned.add(known.component_id or 0)
        gone += [row.pk for row in left]
        concerned |= {row.component_id or 0 for row in left}
    if gone:
        Failure.objects.filter(id__in=gone).delete()
    _free({row[1] for row in changed} | {row[LOGGED.index("key")] for row in new})
    update_rows(Failure, _WRITTEN, changed)
    insert_rows(Failure, LOGGED, new)
    return concerned - {0}


def _free(keys: Collection[str]) -> None:
    """Takes these keys from the failures that have them still.

    A key tells the part's identity. Who holds another's key was renamed, and gets its own when it is followed up.
    """
    for some in pieces(sorted(keys)):
        Failure.objects.filter(key__in=some).update(key=Concat(Value("~"), Cast("id", CharField())))


def _attribute(name: str) -> str:
    return "bundle_id" if name == "bundle" else name


def _looks(tellings: Mapping[Subject, Sequence[Told]]) -> dict[Subject, list[Look]]:
    found: dict[Subject, list[Look]] = {}
    at_parts = looks_at_components([one for told in tellings.values() for one in told])
    places = {subject.asset for subject in tellings if subject.asset is not None}
    at_assets = looks_at_assets(places) if places else {}
    for subject, told in tellings.items():
        if subject.component is not None:
            found[subject] = at_parts[subject.component, subject.mode]
            continue
        tellers: dict[int, set[str]] = defaultdict(set)
        for one in told:
            tellers[one.snapshot].add(one.parser)
        found[subject] = [
            replace(look, tellers=frozenset(tellers.get(snapshot, ())))
            for snapshot, look in at_assets.get(subject.asset or 0, ())
        ]
    return found


class _Names:
    """Names of subjects that are the same in every database."""

    def __init__(self, subjects: Collection[Subject]) -> None:
        components = {one.component for one in subjects if one.component is not None}
        assets = {one.asset for one in subjects if one.asset is not None}
        self._components = Component.objects.only("id", "identity", "lookup", "type").in_bulk(components)
        self._assets = Asset.objects.only("id", "identity", "serial").in_bulk(assets)

    def key(self, subject: Subject, run: Run) -> str:
        """The key of a failure that a run is."""
        if subject.component is not None:
            named = [self._components[subject.component].identity]
        else:
            named = [self._assets[subject.asset or 0].identity, subject.type, subject.lookup]
            named += [subject.slot_kind, subject.slot]
        content = [FailureSource.LOG, "state", *named, subject.mode, run.first.at, run.first.ref]
        return hashlib.sha256(orjson.dumps(content)).hexdigest()

    def row(self, key: str, subject: Subject, told: Told, run: Run, now: datetime) -> tuple[Any, ...]:
        """A new failure's columns."""
        lookup = self._components[subject.component].lookup if subject.component is not None else subject.lookup
        return logged_row(
            key,
            told,
            self._assets[subject.asset] if subject.asset is not None else None,
            subject.component,
            at=run.first.at,
            not_before=run.not_before,
            lookup=lookup,
            candidates=0,
            now=now,
            until=run.last.at,
        )
