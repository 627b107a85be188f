"""Keeps the episodes of components, and why they were taken out, in line with what is told of them."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings

from registry.compiled import update_ids
from registry.domain.vocabulary import RemovalReason
from registry.models import Component, Installation
from registry.models.bulk import insert_rows, update_rows
from tickets.domain.episodes import COUNTED_SEVERITIES, Episode, Service, Telling, episodes
from tickets.domain.removals import Left, Resolution, Word, reasons, resolution_of
from tickets.domain.vocabulary import LinkState
from tickets.models import Failure, FailureEpisode, Ticket
from timeline.models import RemovalWord

_COLUMNS = ("key", "component", "occurred_at", "last_at", "counts_at", "mode", "severity", "failures", "sources")


def settle_components(ids: Collection[int]) -> None:
    """Makes the removal reasons and the episodes of these components what the evidence gives.

    Components whose episodes change are to be counted anew by the reliability figures.
    """
    tellings = _tellings(ids)
    stays = list(Installation.objects.filter(component__in=ids).order_by("installed_at"))
    by_component: dict[int, list[Installation]] = defaultdict(list)
    for stay in stays:
        by_component[stay.component_id].append(stay)
    _write_reasons(by_component, tellings)
    gap = timedelta(hours=settings.FAILURE_EPISODE_HOURS)
    grace = timedelta(days=settings.FAILURE_AFTER_REMOVAL_DAYS)
    identities = dict(Component.objects.filter(id__in=ids).values_list("id", "identity"))
    wanted: dict[str, tuple[int, Episode]] = {}
    for component, identity in identities.items():
        services = [
            Service(one.installed_at, one.removed_at, one.removal_reason == RemovalReason.FAILED)
            for one in by_component[component]
        ]
        for episode in episodes(tellings[component], services, gap=gap, grace=grace):
            wanted[_key(identity, episode.at)] = (component, episode)
    _store(ids, wanted)


def _tellings(ids: Collection[int]) -> Mapping[int, list[Telling]]:
    found: dict[int, list[Telling]] = defaultdict(list)
    rows = Failure.objects.counted().filter(component__in=ids, severity__in=COUNTED_SEVERITIES).order_by()
    columns = ("id", "occurred_at", "severity", "mode", "source", "not_before")
    for component, *told in rows.values_list("component_id", *columns):
        found[component or 0].append(Telling(*told))
    return found


def _key(identity: str, at: datetime) -> str:
    return hashlib.sha256(orjson.dumps([identity, at])).hexdigest()[:32]


def _store(ids: Collection[int], wanted: Mapping[str, tuple[int, Episode]]) -> None:
    known = {row.key: row for row in FailureEpisode.objects.filter(component__in=ids)}
    rows = {key: _row(key, component, episode) for key, (component, episode) in wanted.items()}
    gone = [row for key, row in known.items() if key not in rows]
    changed = [(known[key].pk, *row) for key, row in rows.items() if key in known and row != _as_row(known[key])]
    new = [row for key, row in rows.items() if key not in known]
    recount = {row[2] for row in changed} | {row[1] for row in new} | {row.component_id for row in gone}
    if gone:
        Failure.objects.filter(episode__in=gone).update(episode=None)
        FailureEpisode.objects.filter(id__in=[row.pk for row in gone]).delete()
    insert_rows(FailureEpisode, _COLUMNS, new)
    update_rows(FailureEpisode, _COLUMNS, changed)
    _tie(ids, wanted)
    if recount:
        update_ids(Component, {"counted": False}, recount)


def _row(key: str, component: int, episode: Episode) -> tuple[Any, ...]:
    return (
        key,
        component,
        episode.at,
        episode.last_at,
        episode.counts_at,
        episode.mode,
        episode.severity,
        len(episode.tellings),
        orjson.dumps(episode.sources).decode(),
    )


def _as_row(known: FailureEpisode) -> tuple[Any, ...]:
    return (
        known.key,
        known.component_id,
        known.occurred_at,
        known.last_at,
        known.counts_at,
        known.mode,
        known.severity,
        known.failures,
        orjson.dumps(known.sources).decode(),
    )


def _tie(ids: Collection[int], wanted: Mapping[str, tuple[int, Episode]]) -> None:
    """Leads each telling to its episode, and to none what was of these components and is not any more."""
    keys = dict(FailureEpisode.objects.filter(component__in=ids).values_list("key", "id"))
    led = {failure: keys[key] for key, (_, episode) in wanted.items() for failure in episode.tellings}
    rows = {
        row: episode
        for told in (Failure.objects.filter(component__in=ids), Failure.objects.filter(episode__in=keys.values()))
        for row, episode in told.order_by().values_list("id", "episode_id")
    }
    update_rows(
        Failure, ("episode",), [(row, led.get(row)) for row, episode in rows.items() if led.get(row) != episode]
    )


def _write_reasons(stays: Mapping[int, Sequence[Installation]], tellings: Mapping[int, Sequence[Telling]]) -> None:
    words = _words(stays)
    resolutions = _resolutions(stays)
    span = timedelta(days=settings.REMOVAL_FAILURE_DAYS)
    news = []
    for component, told in stays.items():
        following = [*told[1:], None]
        ended = [
            (one, Left(one.asset_id, one.installed_at, one.removed_at, _next(one, after)))
            for one, after in zip(told, following, strict=True)
            if one.removed_at is not None
        ]
        found = reasons(
            [left for _, left in ended],
            words=words[component],
            resolutions=resolutions[component],
            failures=[one.at for one in tellings[component]],
            span=span,
        )
        why = dict(zip((one.pk for one, _ in ended), found, strict=True))
        for one in told:
            if one.removal_reason != why.get(one.pk):
                one.removal_reason = why.get(one.pk)
                news.append((one.pk, one.removal_reason))
    update_rows(Installation, ("removal_reason",), news)


def _next(one: Installation, after: Installation | None) -> int | None:
    return after.asset_id if after is not None and after.installed_at == one.removed_at else None


def _words(components: Collection[int]) -> Mapping[int, list[Word]]:
    found: dict[int, list[Word]] = defaultdict(list)
    rows = RemovalWord.objects.filter(component__in=list(components)).order_by("id")
    for component, asset, at, reason, key in rows.values_list("component_id", "asset_id", "at", "reason", "id"):
        found[component].append(Word(asset, at, reason, key))
    return found


def _resolutions(components: Collection[int]) -> Mapping[int, list[Resolution]]:
    """How the closed tickets about each component itself ended."""
    found: dict[int, list[Resolution]] = defaultdict(list)
    rows = Ticket.objects.filter(
        links__component__in=list(components), links__state=LinkState.CONFIRMED, closed_at__isnull=False
    ).order_by()
    for component, opened, closed, raw in rows.values_list("links__component_id", "opened_at", "closed_at", "raw"):
        if closed is not None and (reason := resolution_of(raw)):
            found[component].append(Resolution(opened, closed, reason))
    return found
