"""How long components were in service in a window, and how often they failed: sums that the database makes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from django.db import connection

from analytics.domain.spells import month_begins, month_of
from analytics.domain.windows import Window
from analytics.models import CountedFailure, MonthlyCount, Spell
from analytics.selectors.silence import keyed_groups, silent_spells
from analytics.selectors.sums import by_index, greatest, groups_table, least, rows, table

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
    for group, surplus, silent, unserved, unaged in _silences(window, group_of):
        found.exposure[group] -= surplus
        found.silent[group] += silent
        found.components[group] -= unserved
        found.unknown_age[group] -= unaged
    for group, components, unaged in _of_many_spells(window, group_of):
        found.components[group] += components
        found.unknown_age[group] += unaged
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


def _silences(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """Of parts still in service whose assets fell silent before the window's end.

    (group, surplus seconds, their number, those that had no exposure in the group, of these those of unknown age). A
    failure that was told later carries a part's service to its moment.
    """
    served, begun = greatest("a.ends", "s.last_failure"), greatest("s.started", str(window.start))
    surplus = greatest("0", f"{window.end} - {greatest(served, begun)}")
    elsewhere = (
        f"SELECT 1 FROM {table(Spell)} o JOIN {keyed_groups('h')} ON h.cohort = o.cohort_id "
        f"WHERE o.component_id = s.component_id AND o.id <> s.id AND h.number = g.number "
        f"AND o.started < {window.end} AND o.ended > {window.start}"
    )
    unserved = f"CASE WHEN {served} <= {begun} AND (s.single = 1 OR NOT EXISTS ({elsewhere})) THEN 1 ELSE 0 END"
    return rows(
        f"SELECT q.number, SUM(q.surplus), COUNT(*), SUM(q.unserved), SUM(CASE WHEN q.aged THEN 0 ELSE q.unserved END) "
        f"FROM (SELECT g.number, s.aged, {surplus} AS surplus, {unserved} AS unserved FROM {silent_spells(window)} "
        f"WHERE s.started < {window.end}) q GROUP BY q.number",
        group_of,
    )


def _of_many_spells(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """(group, components that have several spells, those of unknown age), as if no asset had fallen silent."""
    return rows(
        f"SELECT g.number, COUNT(DISTINCT s.component_id), "
        f"COUNT(DISTINCT CASE WHEN s.aged THEN NULL ELSE s.component_id END) "
        f"FROM {groups_table()} JOIN {table(Spell)} s {by_index('spell_of_many')} ON s.cohort_id = g.cohort "
        f"WHERE s.single = 0 AND s.started < {window.end} AND s.ended > {window.start} GROUP BY g.number",
        group_of,
    )


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
