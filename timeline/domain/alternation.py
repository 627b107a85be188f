"""Finds a name that shows up at two assets in turn: one part cannot do that, two parts with one name can.

A component seen at A, B, A, B within the window, with no absence between, alternates. While it does, it stays where
it was first; the move to the last place is believed once it stayed there for longer than the window, or once the first
place enumerated its parts without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from timeline.domain.evidence import Absent, Asserted, Evidence, Seen


@dataclass(slots=True)
class Run:
    """Consecutive sightings at one asset, the first and last moments, and the parsers that saw it.

    `closed`: an absence or an assertion ended it. `gone`: the component left with that.
    """

    asset: str
    first: datetime
    last: datetime
    parsers: set[str] = field(default_factory=set)
    closed: bool = False
    gone: bool = False

    def lasts_longer(self, window: timedelta) -> bool:
        """Whether the component stayed there for longer than `window`."""
        return self.last - self.first > window


@dataclass(frozen=True, slots=True)
class Alternation:
    """One name at `home` and `others` in turn, from `first_at` to `last_at`."""

    home: str
    others: tuple[str, ...]
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Runs:
    """A component's sightings as runs.

    `doubted`: indexes into the evidence of sightings that are not to be believed.
    `unsettled`: whether more evidence may still change what the last runs mean.
    """

    alternations: tuple[Alternation, ...]
    doubted: frozenset[int]
    unsettled: bool
    recent: tuple[tuple[str, datetime, datetime], ...]


def find_alternations(evidence: Sequence[Evidence], window: timedelta) -> Runs:
    """The runs in `evidence`, which is in order, and what of it alternates within `window`."""
    runs, breaks, left, members = _runs(evidence)
    spans = _spans(runs, breaks, window)
    doubted: set[int] = set()
    alternations = []
    unsettled = False
    for first, last in spans:
        home = runs[first].asset
        settled = runs[last].lasts_longer(window) or (last, home) in left
        # A later run may still make the stretch longer, or the last one may grow until it is believed.
        unsettled |= not settled and last >= len(runs) - 3 and runs[-1].last - runs[last].last <= window
        inside = range(first, last if settled else last + 1)
        doubted.update(place for run in inside if runs[run].asset != home for place in members[run])
        others = tuple(sorted({runs[run].asset for run in range(first, last + 1)} - {home}))
        alternations.append(Alternation(home, others, runs[first].last, runs[last].first))
    recent = tuple((run.asset, run.first, run.last) for run in runs[-4:-1])
    return Runs(tuple(alternations), frozenset(doubted), unsettled, recent)


def _runs(
    evidence: Sequence[Evidence],
) -> tuple[list[Run], set[int], set[tuple[int, str]], dict[int, list[int]]]:
    """Runs; those after which an absence or assertion stands; (run, asset left in it) pairs; each run's sightings."""
    runs: list[Run] = []
    breaks: set[int] = set()
    left: set[tuple[int, str]] = set()
    members: dict[int, list[int]] = {}
    for place, item in enumerate(evidence):
        current = len(runs) - 1
        if isinstance(item, Seen):
            if current < 0 or runs[current].closed or runs[current].asset != item.asset:
                stays = current >= 0 and runs[current].asset == item.asset and not runs[current].gone
                runs.append(Run(item.asset, item.at, item.at, set(runs[current].parsers) if stays else set()))
                current += 1
                members[current] = []
            runs[current].last = item.at
            runs[current].parsers.update(item.parsers)
            members[current].append(place)
        elif isinstance(item, Asserted) and runs:
            breaks.add(current)
            runs[current].closed = True
            runs[current].gone |= not item.installs or item.asset != runs[current].asset
        elif isinstance(item, Absent) and runs and _left(runs, item):
            breaks.add(current)
            left.add((current, item.asset))
            if runs[current].asset == item.asset:
                runs[current].closed = runs[current].gone = True
    return runs, breaks, left, members


def _left(runs: Sequence[Run], absence: Absent) -> bool:
    """Whether the absence is from an asset where a parser that covers the type had seen the component lately."""
    latest = next((run for run in reversed(runs[-3:]) if run.asset == absence.asset), None)
    return latest is not None and not absence.parsers.isdisjoint(latest.parsers)


def _spans(runs: Sequence[Run], breaks: set[int], window: timedelta) -> list[tuple[int, int]]:
    """(first run, last run) of each stretch of alternation; stretches that overlap are one.

    A last run that is believed may be the first of another stretch.
    """
    spans: list[tuple[int, int]] = []
    for start in range(len(runs) - 3):
        a, b, c, d = runs[start : start + 4]
        alternates = a.asset == c.asset and b.asset == d.asset and a.asset != b.asset and d.first - a.last <= window
        if not alternates or not breaks.isdisjoint(range(start, start + 3)):
            continue
        if spans and (start < spans[-1][1] or (start == spans[-1][1] and not a.lasts_longer(window))):
            spans[-1] = (spans[-1][0], start + 3)
        else:
            spans.append((start, start + 3))
    return spans
