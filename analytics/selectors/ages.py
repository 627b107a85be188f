"""Components by age: histograms for life curves, and exposure by age band; both are sums that the database makes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from analytics.domain.ages import AgeHistogram
from analytics.domain.spells import DAY, FOREVER
from analytics.domain.windows import Window
from analytics.models import CountedFailure, Spell
from analytics.selectors.silence import Spells, served, service_ends
from analytics.selectors.sums import greatest, groups_table, least, rows, table, told_rows, whole
from registry.models import Asset

Counts = npt.NDArray[np.int64]

# Where age bands begin, in days. The last has no end; after it comes one for those whose age nobody knows.
BANDS = (0, 30, 90, 180, 365, 730, 1095, 1825)


class Clock(StrEnum):
    """What a life's age is counted from."""

    INSTALLED = "installed"  # the first installation; where nobody saw it, the manufacture
    MADE = "made"  # the manufacture
    POWERED = "powered"  # when the hours began that a disk counts itself


_BIRTHS = {
    Clock.INSTALLED: "COALESCE({0}.born_installed, {0}.born_made)",
    Clock.MADE: "{0}.born_made",
    Clock.POWERED: "{0}.born_powered",
}


def age_histograms(
    window: Window, group_of: Mapping[int, int], clock: Clock = Clock.INSTALLED
) -> dict[int, AgeHistogram]:
    """The lives of each group by age in days; `group_of` as for `count`. Those of unknown age are left out.

    A life ends with its component's first failure. Ages are rounded down, but for those of failures, which are rounded
    up: so every failure comes after its life began, and a life that goes on elsewhere adds up to the whole.
    """
    if window.end <= window.start or not group_of:
        return {}
    sums: dict[int, dict[int, Counts]] = defaultdict(lambda: defaultdict(lambda: np.zeros(3, np.int64)))
    for spells in served(window, group_of):
        for number, age, *counts in rows(_by_age(window, clock, spells), spells.group_of):
            sums[number][age] += spells.sign * np.array(counts)
    return {
        number: AgeHistogram.of_rows((age, *told.tolist()) for age, told in by_age.items() if told.any())
        for number, by_age in sums.items()
        if any(told.any() for told in by_age.values())
    }


def _by_age(window: Window, clock: Clock, spells: Spells) -> str:
    """(number, age, entries, failures, censored) of those spells."""
    # Alike lives are counted first, so that the spells are read once: then each kind of life begins, and ends.
    # That a life leaves after it entered is asked of all alike at once: asked of each, it would be reckoned anew.
    lives = (
        f"SELECT number, entry, leaving, failed, COUNT(*) AS many FROM ({_lives(window, clock, spells)}) life "
        f"GROUP BY number, entry, leaving, failed HAVING leaving > entry"
    )
    sums = ("(1 - e.ends) * many", "e.ends * failed * many", "e.ends * (1 - failed) * many")
    return (
        f"SELECT number, CASE WHEN e.ends = 1 THEN leaving ELSE entry END AS age, "
        f"{', '.join(f'SUM({one})' for one in sums)} "
        f"FROM ({lives}) alike CROSS JOIN (SELECT 0 AS ends UNION ALL SELECT 1) e GROUP BY number, age"
    )


def _lives(window: Window, clock: Clock, spells: Spells) -> str:
    """(number, entry, leaving, failed) of each spell's part of a life within the window; ages in days."""
    fails = f"q.failure = q.ends AND q.failure < {window.end}"
    # What fails before its birth by this clock fails on its first day.
    failing = whole(f"{greatest('q.ends - q.birth', '1')} + {DAY - 1}", DAY)
    return (
        f"SELECT q.number, {whole(greatest('q.begins - q.birth', '0'), DAY)} AS entry, "
        f"CASE WHEN {fails} THEN {failing} ELSE {whole(greatest('q.ends - q.birth', '0'), DAY)} END AS leaving, "
        f"CASE WHEN {fails} THEN 1 ELSE 0 END AS failed "
        f"FROM ({_parts(window, clock, spells)}) q WHERE q.birth IS NOT NULL AND q.ends > q.begins"
    )


def _parts(window: Window, clock: Clock, spells: Spells) -> str:
    """(number, birth, begins, ends, failure) of each spell, clipped to the window and the first failure."""
    return _within(window, clock, spells, "s.first_failure AS failure", f"COALESCE(s.first_failure, {FOREVER})")


def _within(window: Window, clock: Clock, spells: Spells, more: str, *ends: str) -> str:
    """(number, birth, begins, ends, `more`) of each of the spells, clipped to the window and to `ends`."""
    return (
        f"SELECT {spells.number} AS number, {_BIRTHS[clock].format('s')} AS birth, {more}, "
        f"{greatest('s.started', str(window.start))} AS begins, "
        f"{least(spells.ended, str(window.end), *ends)} AS ends FROM {spells.tables} WHERE {spells.where}"
    )


def _clipped(window: Window, clock: Clock, more: str, where: str = "") -> str:
    """(number, birth, begins, ends, `more`) of each spell `where`, clipped to the window."""
    return (
        f"SELECT g.number, {_BIRTHS[clock].format('s')} AS birth, {more}, "
        f"{greatest('s.started', str(window.start))} AS begins, "
        f"{least(service_ends(window), str(window.end))} AS ends "
        f"FROM {groups_table()} JOIN {table(Spell)} s ON s.cohort_id = g.cohort "
        f"LEFT JOIN {table(Asset)} a ON a.id = s.asset_id AND s.ended = {FOREVER} "
        f"WHERE s.started < {window.end} AND s.ended > {window.start}{f' AND {where}' if where else ''}"
    )


def by_age_band(
    window: Window, group_of: Mapping[int, int], groups: int, clock: Clock = Clock.INSTALLED
) -> tuple[Counts, Counts]:
    """(exposure in seconds, failures), each of the shape (groups, age bands), the last band for unknown ages."""
    exposure, failures = (np.zeros((groups, len(BANDS) + 1), np.int64) for _ in range(2))
    if window.end > window.start and group_of:
        for spells in served(window, group_of):
            for number, *seconds in rows(_exposure_by_band(window, clock, spells), spells.group_of):
                exposure[number] += spells.sign * np.array(seconds)
        for number, *counts in rows(_failures_by_band(window, clock), group_of):
            failures[number] = counts
    return exposure, failures


def _exposure_by_band(window: Window, clock: Clock, spells: Spells) -> str:
    return (
        f"SELECT q.number, {_seconds_by_band()} "
        f"FROM ({_within(window, clock, spells, 's.id')}) q WHERE q.ends > q.begins GROUP BY q.number"
    )


def _seconds_by_band() -> str:
    sums = [_overlap(low, high) for low, high in _bands()]
    unknown = "CASE WHEN q.birth IS NULL THEN q.ends - q.begins ELSE 0 END"
    return ", ".join(f"SUM({one})" for one in [*sums, unknown])


def at_places(
    window: Window, group_of: Mapping[int, int], fields: Sequence[str], assets: Collection[int]
) -> list[tuple[tuple[int | str, ...], int, int, Counts]]:
    """(place, group, components, seconds by age band) for each place in those assets and each group that served there.

    `fields`: the columns of `Spell` that name a place.
    """
    if window.end <= window.start or not group_of or not assets:
        return []
    here = f"s.asset_id IN ({', '.join(str(int(key)) for key in sorted(assets))})"
    named = ", ".join(f"q.{name}" for name in fields)
    spells = _clipped(window, Clock.INSTALLED, "s.asset_id, s.slot, s.component_id", where=here)
    found = told_rows(
        f"SELECT {named}, q.number, COUNT(DISTINCT q.component_id), {_seconds_by_band()} FROM ({spells}) q "
        f"WHERE q.ends > q.begins GROUP BY {named}, q.number",
        group_of,
    )
    size = len(fields)
    return [(row[:size], row[size], row[size + 1], np.array(row[size + 2 :], np.int64)) for row in found]


def expected_at_places(
    window: Window, group_of: Mapping[int, int], rates: Sequence[float], fields: Sequence[str]
) -> tuple[int, float]:
    """(places at which anything served, the sum of squares of what each of them was to have of failures).

    `rates`: each group's failures in a second. Whole numbers, so that both engines come to the same.
    """
    if window.end <= window.start or not group_of:
        return 0, 0.0
    named = ", ".join(f"q.{name}" for name in fields)
    unnamed = "s.slot <> ''" if "slot" in fields else ""
    spells = _clipped(window, Clock.INSTALLED, "s.asset_id, s.slot, g.weight", where=unnamed)
    millionths = whole("SUM((q.ends - q.begins) * q.weight)", _FINE // _MILLION)
    ((places, squares),) = rows(
        f"SELECT COUNT(*), SUM(p.due * p.due) FROM (SELECT {millionths} AS due FROM ({spells}) q "
        f"WHERE q.ends > q.begins GROUP BY {named}) p",
        group_of,
        [round(rate * _FINE) for rate in rates],
    )
    return places, squares / _MILLION**2


_MILLION, _FINE = 10**6, 10**15


def _bands() -> list[tuple[int, int]]:
    """(from, to) of each band in seconds; what was installed before it was made is in the first."""
    edges = [day * DAY for day in BANDS]
    return list(zip([-FOREVER, *edges[1:]], [*edges[1:], FOREVER], strict=True))


def _overlap(low: int, high: int) -> str:
    begins, ends = greatest("q.begins", f"q.birth + {low}"), least("q.ends", f"q.birth + {high}")
    return f"CASE WHEN q.birth IS NULL THEN 0 ELSE {greatest('0', f'{ends} - {begins}')} END"


def _failures_by_band(window: Window, clock: Clock) -> str:
    age = f"f.at - {_BIRTHS[clock].format('f')}"
    # An age that ends a band belongs to it, as a failure at the end of a spell does.
    sums = [f"SUM(CASE WHEN {age} > {low} AND {age} <= {high} THEN 1 ELSE 0 END)" for low, high in _bands()]
    unknown = f"SUM(CASE WHEN {_BIRTHS[clock].format('f')} IS NULL THEN 1 ELSE 0 END)"
    return (
        f"SELECT g.number, {', '.join([*sums, unknown])} FROM {groups_table()} "
        f"JOIN {table(CountedFailure)} f ON f.cohort_id = g.cohort "
        f"WHERE f.unattributed = '' AND f.at >= {window.start} AND f.at < {window.end} GROUP BY g.number"
    )
