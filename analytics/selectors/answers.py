"""What is answered to each kind of question: values for JSON, and the whole numbers that were counted for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Min

from analytics.domain.question import Question
from analytics.domain.spares import expected_demand, spares
from analytics.domain.spells import DAY, month_begins, month_of, to_moment
from analytics.domain.windows import Window
from analytics.models import MonthlyCount
from analytics.selectors.cohorts import CohortNames, cohort_names
from analytics.selectors.exposure import count
from analytics.selectors.figures import Figures, answer, figures
from analytics.selectors.life_curves import survival_content
from analytics.selectors.standings import standing_content

MOST_MONTHS = 240
REPEATED = 1.2


class TooMuchAsked(Exception):
    """The answer would be too long; the message says what to ask instead."""


@dataclass(frozen=True, slots=True)
class Content:
    """`body`: the answer, its rows under ``results``. `counts`: what names it, the same on every engine."""

    body: dict[str, Any]
    counts: Sequence[Any]


def reliability(question: Question) -> Content:
    """Failure rates of the whole and of each group."""
    found = answer(question)
    body = {
        "totals": found.totals.row(0),
        "results": _rows(question, found.results),
        "unattributed": dict(found.unattributed),
        "warnings": list(_warnings(question, found.totals, found.results)),
    }
    return Content(body, found.counts)


def trend(question: Question) -> Content:
    """The same figures for each calendar month of the window, whose first and last may be parts of one."""
    names = cohort_names().chosen(question.filters)
    rows: list[dict[str, Any]] = []
    counts = []
    for part in _months(question):
        told = figures(part, names, question.group_by)
        counts.append(told.counts())
        period = {
            "month": f"{part.start:%Y-%m}",
            "from": part.start,
            "to": to_moment(part.window.end),
        }
        rows += [{**period, **row} for row in _rows(question, told)]
    return Content({"results": rows}, counts)


def _months(question: Question) -> Iterator[Question]:
    """The question for each month; months before the first spell are left out."""
    window = question.window
    first = MonthlyCount.objects.aggregate(first=Min("month"))["first"]
    if first is None or window.end <= window.start:
        return
    start = max(window.start, month_begins(first))
    months = range(month_of(start), month_of(window.end - 1) + 1) if start < window.end else range(0)
    if len(months) > MOST_MONTHS:
        raise TooMuchAsked(f"The window has {len(months)} months; {MOST_MONTHS} are the most.")
    for month in months:
        begins, ends = max(start, month_begins(month)), min(window.end, month_begins(month + 1))
        yield replace(question, start=to_moment(begins), end=to_moment(ends))


def stock(question: Question, *, horizon_days: int, service_level: float) -> Content:
    """How many spares of each group, and of all together, suffice for the days to come."""
    names = cohort_names().chosen(question.filters)
    totals, all_rows = _spares(question, names, (), horizon_days, service_level)
    results, rows = _spares(question, names, question.group_by, horizon_days, service_level)
    body = {"totals": {key: value for key, value in all_rows[0].items() if key != "group"}, "results": rows}
    return Content(body, [totals, results])


def _spares(
    question: Question, names: CohortNames, keys: tuple[str, ...], horizon_days: int, level: float
) -> tuple[list[Any], list[dict[str, Any]]]:
    told = figures(question, names, keys)
    groups, group_of = names.groups(keys) if keys else ([()], dict.fromkeys(names.values, 0))
    # Who serves in the window's last second is in service at its end; silent ones are not.
    end = question.window.end
    serving = count(Window(end - 1, end, question.window.silence), group_of, len(groups)).components
    numbers = {group: number for number, group in enumerate(groups)}
    in_service = [int(serving[numbers[group]]) for group in told.groups]
    planned = [number * horizon_days for number in in_service]
    days = told.counted.exposure / DAY
    needed = spares(told.counted.failures, days, planned, level).tolist()
    mean = expected_demand(told.counted.failures, days, planned).tolist()
    rows = [
        {
            **row,
            "in_service": in_service[place],
            "planned_component_days": planned[place],
            "expected_demand": mean[place] if needed[place] >= 0 else None,
            "stock": needed[place] if needed[place] >= 0 else None,
        }
        for place, row in enumerate(_rows(question, told, keys))
    ]
    return [told.counts(), in_service], rows


def _rows(question: Question, told: Figures, keys: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    names = question.group_by if keys is None else keys
    return [
        {"group": dict(zip(names, group, strict=True)), **told.row(place)} for place, group in enumerate(told.groups)
    ]


def _warnings(question: Question, totals: Figures, results: Figures) -> Iterator[dict[str, Any]]:
    """What makes figures doubtful: failures that repeat themselves, and failures without any service."""
    for told in (totals, results) if question.group_by else (totals,):
        keys = question.group_by if told is results else ()
        for place, group in enumerate(told.groups):
            failures, failed = int(told.counted.failures[place]), int(told.counted.failed[place])
            about = {"group": dict(zip(keys, group, strict=False))}
            if failures > REPEATED * failed:
                yield {"warning": "repeated_failures", **about}
            if failures and not told.counted.exposure[place]:
                yield {"warning": "failures_without_exposure", **about}


def _survival(question: Question, **options: Any) -> Content:
    return Content(*survival_content(question, **options))


def _alerts(question: Question, *, kind: str) -> Content:
    return Content(*standing_content(question, kind=kind))


ANSWERS: Mapping[str, Callable[..., Content]] = {
    "reliability": reliability,
    "trend": trend,
    "survival": _survival,
    "spares": stock,
    "alerts": _alerts,
}
