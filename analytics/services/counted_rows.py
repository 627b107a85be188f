"""The rows that a component's life becomes."""

from collections.abc import Iterable, Mapping

from analytics.domain.lives import CohortKey, Life
from analytics.domain.spells import to_seconds

Row = tuple[object, ...]


def spell_rows(life: Life, cohorts: Mapping[CohortKey, int]) -> Iterable[Row]:
    """A row for each of its spells, in the order of the columns that `counting` names."""
    placed = [(to_seconds(episode.at), place) for episode, place, _ in life.placed() if place is not None]
    first = min((at for at, _ in placed), default=None)
    for number, span in enumerate(life.spans):
        started, ended = span.seconds
        yield (
            life.component,
            cohorts[life.cohort(span)],
            span.asset,
            span.slot,
            started,
            ended,
            len(life.spans) == 1,
            life.births.installed,
            life.births.made,
            life.births.powered,
            life.births.installed is not None or life.births.made is not None,
            first,
            max((at for at, place in placed if place == number), default=0),
        )


def failure_rows(life: Life, cohorts: Mapping[CohortKey, int]) -> Iterable[Row]:
    """A row for each of its failures, in the order of the columns that `counting` names."""
    last = life.spans[-1] if life.spans else None
    for episode, place, reason in life.placed():
        span = last if place is None else life.spans[place]
        yield (
            episode.id,
            life.component,
            cohorts[life.cohort(span)],
            span.asset if span else None,
            span.slot if span else "",
            to_seconds(episode.at),
            reason,
            life.births.installed,
            life.births.made,
            life.births.powered,
        )
