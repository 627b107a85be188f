"""Failures as they are counted: several tellings of one failure are one episode."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.domain.vocabulary import Severity
from tickets.domain.told import USUAL_MODE

COUNTED_SEVERITIES = (Severity.FATAL, Severity.CRITICAL)  # the worst first


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling of a failure of a component, by the id of its row.

    Of a state `at` is when it was seen first; it began after `not_before`, where that is known.
    """

    id: int
    at: datetime
    severity: str
    mode: str
    source: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """The component was in service during ``(start, end]``; `failed`: it was taken out because it failed."""

    start: datetime
    end: datetime | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """One failure of a component: `at` is its first telling, `counts_at` the moment at which it counts."""

    at: datetime
    last_at: datetime
    counts_at: datetime
    mode: str
    severity: str
    tellings: tuple[int, ...]
    sources: tuple[str, ...]


def episodes(
    tellings: Iterable[Telling], services: Sequence[Service], *, gap: timedelta, grace: timedelta
) -> list[Episode]:
    """The episodes of one component from all that is told of it, in any order; what is merely a warning is none.

    A telling within `gap` of the one before is of the same failure, whoever tells it; so is all that is told of the
    time within which a state began. One told within `grace` after a removal because of a failure counts at that
    removal.
    """
    groups: list[list[Telling]] = []
    for one in sorted((one for one in tellings if one.severity in COUNTED_SEVERITIES), key=_order):
        group = [one]
        while groups and _is_same(groups[-1][-1], one, gap):
            group = groups.pop() + group
        groups.append(group)
    return [_episode(group, services, grace) for group in groups]


def _is_same(before: Telling, one: Telling, gap: timedelta) -> bool:
    """Whether what was told `before` may be the failure that `one` is of."""
    return one.at - before.at <= gap or (one.not_before is not None and before.at > one.not_before)


def _order(one: Telling) -> tuple[datetime, str, str, int]:
    return (one.at, one.source, one.mode, one.id)


def _episode(group: Sequence[Telling], services: Sequence[Service], grace: timedelta) -> Episode:
    first = group[0].at
    foremost = min(group, key=_weight)
    return Episode(
        at=first,
        last_at=group[-1].at,
        counts_at=counts_at(first, services, grace),
        mode=foremost.mode,
        severity=foremost.severity,
        tellings=tuple(sorted(one.id for one in group)),
        sources=tuple(sorted({one.source for one in group})),
    )


def _weight(one: Telling) -> tuple[int, bool, datetime, str]:
    return (COUNTED_SEVERITIES.index(Severity(one.severity)), one.mode == USUAL_MODE, one.at, one.mode)


def counts_at(at: datetime, services: Iterable[Service], grace: timedelta) -> datetime:
    """When a failure at `at` counts: then, or at the removal shortly before that it was the reason of."""
    ordered = sorted(services, key=lambda one: one.start)
    if any(one.start < at and (one.end is None or at <= one.end) for one in ordered):
        return at
    before = [one for one in ordered if one.end is not None and one.end < at]
    if not before:
        return at
    last = before[-1]
    assert last.end is not None
    return last.end if last.failed and at - last.end <= grace else at
