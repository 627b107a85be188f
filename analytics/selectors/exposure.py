"""How long components were in service in a window, and how often they failed: sums that the database makes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from django.db import connection

from analytics.domain.spells import FOREVER, month_begins, month_of
from analytics.domain.windows import Window
from analytics.models import CountedFailure, MonthlyCount, Spell
from analytics.selectors.silence import keyed_groups, silent_spells
from analytics.selectors.sums import evidence_ends, greatest, groups_table, least, rows, table
from registry.models import Asset

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures of each group: exposure in whole seconds, all else in numbers.

    `components`: with any exposure. `silent`: of whose assets nothing was heard for too long, `unknown_age`: whose age
    nobody knows. `failures`: attributed ones, `failed`: of how many components.
    """

    exposure: Counts
    components: Counts
    silent: Counts
    unknown_age: Counts
    failures: Counts
    failed: Counts

    @classmethod
    def none(cls, groups: int) -> "Counted":
        """Nothing at all, in so many groups."""
        return cls(*(np.zeros(groups, np.int64) for _ in fields(cls)))


def count(window: Window, group_of: Mapping[int, int], groups: int, *, from_rollup: bool = False) -> Counted:
    """The figures of `groups` groups; `group_of`: the number of each cohort's group. Cohorts not in it are left out.

    A component counts once in each group, however many spells it has there. `from_rollup`: the same from far fewer
    rows, for a window of whole months.
    """
    found = Counted.none(groups)
    if window.end <= window.start or not group_of:
        return found
    for cohort, seconds, single, unaged in _rolled_up(window) if from_rollup else _exposures(window):
        if (group := group_of.get(cohort)) is not None:
            found.exposure[group] += seconds
            found.components[group] += single
            found.unknown_age[group] += unaged
    _add_rest(found, window, group_of)
    return found


def _add_rest(found: Counted, window: Window, group_of: Mapping[int, int]) -> None:
    """Takes silent assets' time off, and adds components with several spells, and failures."""
    for cohort, surplus, silent, gone, unaged in _silences(window):
        if (group := group_of.get(cohort)) is not None:
            found.exposure[group] -= surplus
            found.silent[group] += silent
            found.components[group] -= gone
            found.unknown_age[group] -= unaged
    for group, components, unaged in _of_many_spells(window, group_of):
        found.components[group] += components
        found.unknown_age[group] += unaged
    for group, components, unaged in _silent_of_many_spells(window, group_of):
        found.components[group] -= components
        found.unknown_age[group] -= unaged
    for group, failures, failed in _failures(window, group_of):
        found.failures[group] += failures
        found.failed[group] += failed


def _exposures(window: Window) -> list[tuple[int, ...]]:
    """(cohort, seconds, components of one spell, those of unknown age), as if no asset had fallen silent."""
    clipped = f"{least('ended', str(window.end))} - {greatest('started', str(window.start))}"
    return rows(
        f"SELECT cohort_id, SUM({clipped}), SUM(single), SUM(CASE WHEN single AND NOT aged THEN 1 ELSE 0 END) "
        f"FROM {table(Spell)} WHERE started < {window.end} AND ended > {window.start} GROUP BY cohort_id"
    )


def _rolled_up(window: Window) -> list[tuple[int, ...]]:
    """As `_exposures`, from what changed in each month.

    What began at x, and has not ended, has served ``end - max(x, start)``; what ended takes as much away again.
    """
    first, last = month_of(window.start), month_of(window.end)
    if (month_begins(first), month_begins(last)) != (window.start, window.end):
        raise ValueError("the rollup knows whole months alone")
    change = connection.ops.quote_name("change")
    before, within = f"{window.end - window.start} * {change}", f"{window.end} * {change} - moment"
    return rows(
        f"SELECT cohort_id, SUM(CASE WHEN month < {first} THEN {before} ELSE {within} END), "
        f"SUM(CASE WHEN month < {first} THEN single_change ELSE begun END), "
        f"SUM(CASE WHEN month < {first} THEN unaged_change ELSE unaged_begun END) "
        f"FROM {table(MonthlyCount)} WHERE month < {last} GROUP BY cohort_id"
    )


def _silences(window: Window) -> list[tuple[int, ...]]:
    """Of parts still in service whose assets fell silent before the window's end.

    (cohort, surplus seconds, their number, those of one spell without any exposure, of these those of unknown age).
    A failure that was told later carries a part's service to its moment.
    """
    limit = evidence_ends("a", window.silence)
    served, begun = greatest("q.ends", "q.last_failure"), greatest("q.started", str(window.start))
    surplus = greatest("0", f"{window.end} - {greatest(served, begun)}")
    gone = f"q.single AND {served} <= {begun}"
    return rows(
        f"SELECT q.cohort_id, SUM({surplus}), COUNT(*), "
        f"SUM(CASE WHEN {gone} THEN 1 ELSE 0 END), SUM(CASE WHEN {gone} AND NOT q.aged THEN 1 ELSE 0 END) "
        f"FROM (SELECT s.cohort_id, s.started, s.single, s.aged, s.last_failure, {limit} AS ends "
        f"FROM {table(Asset)} a JOIN {table(Spell)} s ON s.asset_id = a.id AND s.ended = {FOREVER} "
        f"WHERE s.started < {window.end} AND {limit} < {window.end}) q GROUP BY q.cohort_id"
    )


def _of_many_spells(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """(group, components that have several spells, those of unknown age), as if no asset had fallen silent."""
    return rows(
        f"SELECT g.number, {_COMPONENTS} FROM {groups_table()} JOIN {table(Spell)} s ON s.cohort_id = g.cohort "
        f"WHERE s.single = 0 AND s.started < {window.end} AND s.ended > {window.start} GROUP BY g.number",
        group_of,
    )


def _silent_of_many_spells(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """Those of `_of_many_spells` that had no exposure: their asset was silent, and they were nowhere else."""
    begins = greatest("s.started", str(window.start))
    elsewhere = (
        f"SELECT 1 FROM {table(Spell)} o JOIN {keyed_groups('h')} ON h.cohort = o.cohort_id "
        f"WHERE o.component_id = s.component_id AND o.id <> s.id AND h.number = g.number "
        f"AND o.started < {window.end} AND o.ended > {window.start}"
    )
    return rows(
        f"SELECT g.number, {_COMPONENTS} FROM {silent_spells(window)} "
        f"WHERE s.single = 0 AND s.started < {window.end} AND {greatest('a.ends', 's.last_failure')} <= {begins} "
        f"AND NOT EXISTS ({elsewhere}) GROUP BY g.number",
        group_of,
    )


_COMPONENTS = "COUNT(DISTINCT s.component_id), COUNT(DISTINCT CASE WHEN s.aged THEN NULL ELSE s.component_id END)"


def _failures(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """(group, failures, components that failed)."""
    return rows(
        f"SELECT g.number, COUNT(*), COUNT(DISTINCT f.component_id) FROM {groups_table()} "
        f"JOIN {table(CountedFailure)} f ON f.cohort_id = g.cohort "
        f"WHERE f.unattributed = '' AND f.at >= {window.start} AND f.at < {window.end} GROUP BY g.number",
        group_of,
    )


def unattributed(window: Window, group_of: Mapping[int, int]) -> dict[str, int]:
    """How many failures of those cohorts count for no spell, by reason."""
    counted = CountedFailure.objects.filter(at__gte=window.start, at__lt=window.end).exclude(unattributed="")
    found = {"after_removal": 0, "no_spell": 0}
    for cohort, reason in counted.values_list("cohort_id", "unattributed"):
        found[reason] += cohort in group_of
    return found
