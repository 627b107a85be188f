"""How long components were in service in a window, and how often they failed: sums that the database makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import orjson
from django.db import connection

from analytics.domain.spells import FOREVER
from analytics.domain.windows import Window
from analytics.models import CountedFailure, Spell
from analytics.selectors.moments import evidence_ends, greatest, least
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


def count(window: Window, group_of: Mapping[int, int], groups: int) -> Counted:
    """The figures of `groups` groups; `group_of`: the number of each cohort's group. Cohorts not in it are left out.

    A component counts once in each group, however many spells it has there.
    """
    found = Counted.none(groups)
    if window.end <= window.start or not group_of:
        return found
    for cohort, seconds, single, unaged in _exposures(window):
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
    for group, failures, failed in _failures(window, group_of):
        found.failures[group] += failures
        found.failed[group] += failed


def _rows(sql: str, parameters: Iterable[int | str]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return [tuple(int(value or 0) for value in row) for row in cursor.fetchall()]


def _exposures(window: Window) -> list[tuple[int, ...]]:
    """(cohort, seconds, components of one spell, those of unknown age), as if no asset had fallen silent."""
    clipped = f"{least('ended', '%s')} - {greatest('started', '%s')}"
    return _rows(
        f"SELECT cohort_id, SUM({clipped}), SUM(single), SUM(CASE WHEN single AND NOT aged THEN 1 ELSE 0 END) "
        f"FROM {_table(Spell)} WHERE started < %s AND ended > %s GROUP BY cohort_id",
        (window.end, window.start, window.end, window.start),
    )


def _silences(window: Window) -> list[tuple[int, ...]]:
    """Of parts still in service whose assets fell silent before the window's end.

    (cohort, surplus seconds, their number, those of one spell without any exposure, of these those of unknown age).
    A failure that was told later carries a part's service to its moment.
    """
    limit = evidence_ends("a", window.silence)
    served = greatest("q.ends", "q.last_failure")
    begun = greatest("q.started", "%s")
    gone = f"q.single AND {served} <= {begun}"
    return _rows(
        f"SELECT q.cohort_id, SUM({greatest('0', f'%s - {greatest(served, begun)}')}), COUNT(*), "
        f"SUM(CASE WHEN {gone} THEN 1 ELSE 0 END), SUM(CASE WHEN {gone} AND NOT q.aged THEN 1 ELSE 0 END) "
        f"FROM (SELECT s.cohort_id, s.started, s.single, s.aged, s.last_failure, {limit} AS ends "
        f"FROM {_table(Asset)} a JOIN {_table(Spell)} s ON s.asset_id = a.id AND s.ended = {FOREVER} "
        f"WHERE s.started < %s AND {limit} < %s) q GROUP BY q.cohort_id",
        (window.end, window.start, window.start, window.start, window.end, window.end),
    )


def _of_many_spells(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """(group, components that have several spells, those of unknown age): each once, where it has any exposure."""
    limit = greatest(evidence_ends("a", window.silence), "s.last_failure")
    return _rows(
        f"SELECT g.number, COUNT(DISTINCT s.component_id), "
        f"COUNT(DISTINCT CASE WHEN s.aged THEN NULL ELSE s.component_id END) "
        f"FROM {_groups()} JOIN {_table(Spell)} s ON s.cohort_id = g.cohort "
        f"LEFT JOIN {_table(Asset)} a ON a.id = s.asset_id AND s.ended = {FOREVER} "
        f"WHERE NOT s.single AND s.started < %s AND s.ended > %s "
        f"AND (a.id IS NULL OR {limit} > {greatest('s.started', '%s')}) GROUP BY g.number",
        (_told(group_of), window.end, window.start, window.start),
    )


def _failures(window: Window, group_of: Mapping[int, int]) -> list[tuple[int, ...]]:
    """(group, failures, components that failed)."""
    return _rows(
        f"SELECT g.number, COUNT(*), COUNT(DISTINCT f.component_id) FROM {_groups()} "
        f"JOIN {_table(CountedFailure)} f ON f.cohort_id = g.cohort "
        f"WHERE f.unattributed = '' AND f.at >= %s AND f.at < %s GROUP BY g.number",
        (_told(group_of), window.start, window.end),
    )


def unattributed(window: Window, group_of: Mapping[int, int]) -> dict[str, int]:
    """How many failures of those cohorts count for no spell, by reason."""
    counted = CountedFailure.objects.filter(at__gte=window.start, at__lt=window.end).exclude(unattributed="")
    found = {"after_removal": 0, "no_spell": 0}
    for cohort, reason in counted.values_list("cohort_id", "unattributed"):
        found[reason] += cohort in group_of
    return found


def _groups() -> str:
    """The number of each cohort's group, as a table made of `_told`."""
    if connection.vendor == "mysql":
        return "JSON_TABLE(%s, '$[*]' COLUMNS (cohort BIGINT PATH '$[0]', number INT PATH '$[1]')) g"
    return "(SELECT json_extract(value, '$[0]') AS cohort, json_extract(value, '$[1]') AS number FROM json_each(%s)) g"


def _told(group_of: Mapping[int, int]) -> str:
    return orjson.dumps(sorted(group_of.items())).decode()


def _table(model: type[Asset] | type[CountedFailure] | type[Spell]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
