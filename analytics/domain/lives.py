"""One component's life with all that its counting depends on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from analytics.domain.spells import Span, span_at, why_unattributed


class CohortKey(NamedTuple):
    """What components share that are counted together; ids of lot, project and location, 0 where unknown."""

    component_type: str
    vendor: str
    model: str
    firmware: str
    lot: int
    project: int
    location: int


@dataclass(frozen=True, slots=True)
class Births:
    """When a component's life began, in seconds since 1970, by each clock; None where that clock does not tell."""

    installed: int | None = None
    made: int | None = None
    powered: int | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One failure of the component, by the id of its row, and when it counts."""

    id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """`spans`: in order. `owners`: per asset its (project, location) ids. `episodes`: in order."""

    component: int
    component_type: str
    vendor: str
    model: str
    lot: int
    births: Births
    spans: Sequence[Span]
    owners: Mapping[int, tuple[int, int]]
    episodes: Sequence[Episode]

    def cohort(self, span: Span | None) -> CohortKey:
        """Whom it is counted with in that spell; without one, with those of which no more is known."""
        project, location = self.owners.get(span.asset, (0, 0)) if span else (0, 0)
        firmware = span.firmware if span else ""
        return CohortKey(self.component_type, self.vendor, self.model, firmware, self.lot, project, location)

    def cohorts(self) -> Iterable[CohortKey]:
        """All that its rows will name."""
        yield from (self.cohort(span) for span in self.spans)
        if self.episodes and not self.spans:
            yield self.cohort(None)

    def placed(self) -> list[tuple[Episode, int | None, str]]:
        """Each failure with the place of its spell, or None and why it has none."""
        found = []
        for episode in self.episodes:
            place = span_at(self.spans, episode.at)
            found.append((episode, place, "" if place is not None else why_unattributed(self.spans, episode.at)))
        return found
