"""The figures that answer a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings

from analytics.domain.question import Question
from analytics.domain.rates import Rates, is_low_data, rates
from analytics.domain.spells import DAY
from analytics.models import MonthlyCount, Spell
from analytics.selectors.cohorts import CohortNames, cohort_names
from analytics.selectors.exposure import Counted, count, unattributed


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in each group and what follows from it; `groups` as `group_by` has them, sorted."""

    groups: list[tuple[str, ...]]
    counted: Counted
    rates: Rates
    low_data: list[bool]

    def row(self, number: int) -> dict[str, Any]:
        """One group's figures for JSON, at full precision; None where a figure does not exist."""
        told = self.counted
        return {
            "components": int(told.components[number]),
            "exposure_days": int(told.exposure[number]) / DAY,
            "failures": int(told.failures[number]),
            "failed_components": int(told.failed[number]),
            "afr_percent": _known(self.rates.afr[number]),
            "afr_low": _known(self.rates.afr_low[number]),
            "afr_high": _known(self.rates.afr_high[number]),
            "afr_upper_one_sided": _known(self.rates.afr_upper_one_sided[number]),
            "mtbf_hours": _known(self.rates.mtbf[number]),
            "mtbf_low": _known(self.rates.mtbf_low[number]),
            "mtbf_high": _known(self.rates.mtbf_high[number]),
            "low_data": self.low_data[number],
            "unknown_age": int(told.unknown_age[number]),
            "silent": int(told.silent[number]),
        }

    def counts(self) -> list[list[Any]]:
        """What was counted, for the answer's digest."""
        columns = [getattr(self.counted, name).tolist() for name in Counted.__slots__]
        return [[list(group), *numbers] for group, *numbers in zip(self.groups, *columns, strict=True)]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """`totals`: of all that the filters leave, as one group. `counts`: the whole numbers it all follows from."""

    totals: Figures
    results: Figures
    unattributed: Mapping[str, int]
    counts: list[Any]


def answer(question: Question) -> Answer:
    """The figures of the whole and of each group that has any."""
    names = cohort_names().chosen(question.filters)
    totals = figures(question, names, ())
    results = figures(question, names, question.group_by) if question.group_by else totals
    lost = unattributed(question.window, dict.fromkeys(names.values, 0))
    counts = [totals.counts(), results.counts(), sorted(lost.items())]
    return Answer(totals, results, lost, counts)


def figures(question: Question, names: CohortNames, keys: tuple[str, ...]) -> Figures:
    """The figures of each group by `keys` that has components, silent parts or failures; of the whole for no keys."""
    groups, group_of = names.groups(keys) if keys else ([()], dict.fromkeys(names.values, 0))
    window = question.window
    counted = count(window, group_of, len(groups), from_rollup=_rollup_pays(question))
    told = [number for number in range(len(groups)) if not keys or _has_any(counted, number)]
    kept = Counted(*(getattr(counted, name)[told] for name in Counted.__slots__))
    days = kept.exposure / DAY
    return Figures(
        [groups[number] for number in told],
        kept,
        rates(kept.failures, days, question.confidence),
        is_low_data(kept.components, days, window.days).tolist(),
    )


def _has_any(counted: Counted, number: int) -> bool:
    return any(getattr(counted, name)[number] for name in ("exposure", "failures", "silent"))


def _rollup_pays(question: Question) -> bool:
    """Whether the rollup can answer, and is so much smaller than the spells that it is worth it."""
    if not question.is_of_whole_months:
        return False
    last = Spell.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return last >= settings.RELIABILITY_ROLLUP_SPELLS and MonthlyCount.objects.exists()
