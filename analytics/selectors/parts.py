"""What figures are made of: the components of a group with their service, and its failures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from analytics.domain.question import Question
from analytics.domain.spells import FOREVER
from analytics.domain.windows import Window
from analytics.models import CountedFailure, Spell
from analytics.selectors.cohorts import CohortNames, cohort_names
from analytics.selectors.silence import service_ends
from analytics.selectors.sums import greatest, groups_table, least, rows, table
from registry.models import Asset, Component


@dataclass(frozen=True, slots=True)
class Service:
    """One component's time in the window, in seconds; `first` and `last` since 1970, None without any."""

    exposure: int
    first: int | None
    last: int | None
    failures: int


def chosen_cohorts(question: Question) -> CohortNames:
    """The cohorts that the question is about."""
    return cohort_names().chosen(question.filters)


def components_in(question: Question, cohorts: CohortNames) -> "QuerySet[Component]":
    """The components with a spell in those cohorts that meets the window; silent ones may have no service in it."""
    window = question.window
    spells = Spell.objects.filter(started__lt=window.end, ended__gt=window.start, component__isnull=False)
    if question.filters:
        spells = spells.filter(cohort__in=list(cohorts.values))
    return Component.objects.filter(pk__in=spells.order_by().values("component"))


def services(window: Window, cohorts: CohortNames, components: Collection[int]) -> Mapping[int, Service]:
    """The service of each of some components in those cohorts; two queries."""
    if not components:
        return {}
    group_of = dict.fromkeys(cohorts.values, 0)
    keys = ", ".join(map(str, sorted(components)))
    failures = _failures(window, group_of, keys)
    return {
        key: Service(seconds, first if seconds else None, last if seconds else None, failures.get(key, 0))
        for key, seconds, first, last in rows(_served(window, keys), group_of)
    }


def _served(window: Window, keys: str) -> str:
    """(component, seconds, first second, last second): a part of a silent asset serves as long as there is evidence."""
    ends = least(service_ends(window), str(window.end))
    begins = greatest("s.started", str(window.start))
    parts = (
        f"SELECT s.component_id, {begins} AS begins, {ends} AS ends "
        f"FROM {groups_table()} JOIN {table(Spell)} s ON s.cohort_id = g.cohort "
        f"LEFT JOIN {table(Asset)} a ON a.id = s.asset_id AND s.ended = {FOREVER} "
        f"WHERE s.component_id IN ({keys}) AND s.started < {window.end} AND s.ended > {window.start}"
    )
    return (
        f"SELECT p.component_id, SUM({greatest('0', 'p.ends - p.begins')}), "
        f"MIN(CASE WHEN p.ends > p.begins THEN p.begins END), MAX(CASE WHEN p.ends > p.begins THEN p.ends END) "
        f"FROM ({parts}) p GROUP BY p.component_id"
    )


def _failures(window: Window, group_of: Mapping[int, int], keys: str) -> dict[int, int]:
    told = rows(
        f"SELECT f.component_id, COUNT(*) FROM {groups_table()} "
        f"JOIN {table(CountedFailure)} f ON f.cohort_id = g.cohort "
        f"WHERE f.component_id IN ({keys}) AND f.unattributed = '' "
        f"AND f.at >= {window.start} AND f.at < {window.end} GROUP BY f.component_id",
        group_of,
    )
    return {row[0]: row[1] for row in told}


def failures_in(question: Question, cohorts: CohortNames, *, attributed: bool) -> "QuerySet[CountedFailure]":
    """The failures that are counted for those cohorts in the window; or those that are not, for want of a spell."""
    window = question.window
    found = CountedFailure.objects.filter(at__gte=window.start, at__lt=window.end)
    if question.filters:
        found = found.filter(cohort__in=list(cohorts.values))
    return found.filter(unattributed="") if attributed else found.exclude(unattributed="")
