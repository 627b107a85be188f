"""Life curves of groups, with the Weibull fit of each, and whether they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analytics.domain.ages import AgeHistogram
from analytics.domain.question import Question
from analytics.domain.spells import FOREVER
from analytics.domain.survival import Curve, life_curve, log_rank
from analytics.domain.weibull import TooFewFailures, fit_weibull
from analytics.domain.windows import Window
from analytics.models import Spell
from analytics.selectors.ages import Clock, age_histograms
from analytics.selectors.cohorts import cohort_names
from analytics.selectors.sums import evidence_ends, greatest, groups_table, rows, table
from registry.models import Asset


def survival_content(question: Question, *, clock: str, min_at_risk: int) -> tuple[dict[str, Any], list[Any]]:
    """(the answer, the whole numbers that were counted for it)."""
    names = cohort_names().chosen(question.filters)
    groups, group_of = names.groups(question.group_by)
    told = age_histograms(question.window, group_of, Clock(clock))
    # What begins in a group where it ended in another at the same age was never out of sight: so they simply add up.
    whole = _together(list(told.values()))
    unknown = _of_unknown_age(question.window, group_of, Clock(clock))
    shown = sorted(told.keys() | unknown.keys())
    none = _together([])
    told_rows = [
        {
            "group": dict(zip(question.group_by, groups[number], strict=True)),
            **_life(told.get(number, none), question.confidence, min_at_risk),
            "unknown_age": unknown.get(number, 0),
        }
        for number in shown
    ]
    body = {
        "totals": {**_life(whole, question.confidence, min_at_risk), "unknown_age": sum(unknown.values())},
        "results": told_rows,
        "log_rank": _differ([told[number] for number in sorted(told)]),
    }
    counts = [[list(groups[number]), _columns(told.get(number, none)), unknown.get(number, 0)] for number in shown]
    return body, counts


def _of_unknown_age(window: Window, group_of: Mapping[int, int], clock: Clock) -> dict[int, int]:
    """How many components of each group are left out, since this clock does not know when their age began."""
    if window.end <= window.start or not group_of:
        return {}
    begins = greatest("s.started", str(window.start))
    told = rows(
        f"SELECT g.number, COUNT(DISTINCT s.component_id) FROM {groups_table()} "
        f"JOIN {table(Spell)} s ON s.cohort_id = g.cohort "
        f"LEFT JOIN {table(Asset)} a ON a.id = s.asset_id AND s.ended = {FOREVER} "
        f"WHERE {_UNBORN[clock]} AND s.started < {window.end} AND s.ended > {window.start} "
        f"AND (a.id IS NULL OR {greatest(evidence_ends('a', window.silence), 's.last_failure')} > {begins}) "
        f"GROUP BY g.number",
        group_of,
    )
    return {row[0]: row[1] for row in told}


_UNBORN = {
    Clock.INSTALLED: "s.born_installed IS NULL AND s.born_made IS NULL",
    Clock.MADE: "s.born_made IS NULL",
    Clock.POWERED: "s.born_powered IS NULL",
}


def _together(histograms: Sequence[AgeHistogram]) -> AgeHistogram:
    return AgeHistogram.of_rows(
        (float(age), int(entries), int(failures), int(censored))
        for one in histograms
        for age, entries, failures, censored in zip(one.ages, one.entries, one.failures, one.censored, strict=True)
    )


def _columns(histogram: AgeHistogram) -> list[list[int]]:
    columns = (histogram.ages, histogram.entries, histogram.failures, histogram.censored)
    return [column.astype(np.int64).tolist() for column in columns]


def _life(histogram: AgeHistogram, confidence: float, min_at_risk: int) -> dict[str, Any]:
    """One group's curve and fit. `given_survival_to`: the age from which the curve speaks."""
    curve = life_curve(histogram, confidence=confidence, least_at_risk=min_at_risk)
    return {
        "failures": int(histogram.failures.sum()),
        "most_at_risk": int(histogram.at_risk().max()) if len(histogram) else 0,
        "given_survival_to": curve.start if curve else None,
        "watched_to": curve.end if curve else None,
        "median_days": curve.age_at(0.5) if curve else None,
        "curve": _points(curve) if curve else [],
        "no_curve": None if curve else f"There is no age at which {min_at_risk} or more are at risk.",
        **_weibull(histogram, confidence),
    }


def _points(curve: Curve) -> list[dict[str, Any]]:
    columns = (curve.ages, curve.survival, curve.low, curve.high, curve.at_risk, curve.failures, curve.hazard)
    return [
        {
            "age_days": int(age),
            "survival": survival,
            "low": None if np.isnan(low) else low,
            "high": None if np.isnan(high) else high,
            "at_risk": int(at_risk),
            "failures": int(failures),
            "hazard": hazard,
        }
        for age, survival, low, high, at_risk, failures, hazard in zip(*map(np.ndarray.tolist, columns), strict=True)
    ]


def _weibull(histogram: AgeHistogram, confidence: float) -> dict[str, Any]:
    try:
        fit = fit_weibull(histogram, confidence)
    except TooFewFailures as refusal:
        return {"weibull": None, "no_weibull": f"{str(refusal).capitalize()}."}
    found = {
        "shape": fit.shape,
        "shape_low": fit.shape_low,
        "shape_high": fit.shape_high,
        "scale_days": fit.scale,
        "scale_low": fit.scale_low,
        "scale_high": fit.scale_high,
        "failures": fit.failures,
        "few_failures": fit.few,
    }
    return {"weibull": found, "no_weibull": None}


def _differ(histograms: Sequence[AgeHistogram]) -> dict[str, Any] | None:
    """The log-rank test of several groups; None where there is nothing to compare."""
    if len(histograms) < 2:
        return None
    try:
        found = log_rank(histograms)
    except ValueError:
        return None
    return {"chi2": found.chi2, "degrees_of_freedom": len(histograms) - 1, "p": found.p}
