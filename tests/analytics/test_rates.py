"""Rates and their intervals: the edges, and what intervals promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.rates import confint_poisson

from analytics.domain.rates import half_up, poisson_interval, rates

COUNTS = st.integers(0, 5000)
DAYS = st.floats(1e-3, 1e9)


def test_no_failures_give_a_rate_of_0_and_an_mtbf_with_a_lower_end_alone():
    found = rates(0, 36500)

    assert (float(found.afr), float(found.afr_low)) == (0, 0)
    assert float(found.afr_high) == pytest.approx(3.688879454)
    assert math.isnan(found.mtbf)
    assert math.isnan(found.mtbf_high)
    assert float(found.mtbf_low) == pytest.approx(24 * 36500 / 3.688879454)


def test_no_exposure_gives_no_figure_at_all():
    found = rates([0, 3], [0, 0])

    assert all(np.isnan(getattr(found, name)).all() for name in found.__slots__)


def test_the_one_sided_limit_is_a_figure_of_its_own_also_without_failures():
    found = rates([0, 4], [1000, 1000])

    assert (found.afr_upper_one_sided < found.afr_high).all()
    assert float(found.afr_upper_one_sided[0]) == pytest.approx(2.995732274 * 36.5)


def test_the_fleet_of_april_2013_has_the_known_rate():
    found = rates(43, 452_821)

    assert [round(float(value), 6) for value in (found.afr, found.afr_low, found.afr_high)] == [
        3.466049,
        2.508397,
        4.668746,
    ]


@given(COUNTS, DAYS)
def test_the_interval_contains_the_rate(failures, days):
    found = rates(failures, days)

    assert found.afr_low <= found.afr <= found.afr_high


@given(st.integers(1, 5000), DAYS)
def test_mtbf_and_afr_say_the_same(failures, days):
    found = rates(failures, days)

    assert float(found.mtbf * found.afr) == pytest.approx(876_000)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_intervals_are_those_of_statsmodels(confidence):
    counts = np.arange(200)

    found = poisson_interval(counts, confidence)

    oracle = [confint_poisson(count, 1, method="exact-c", alpha=1 - confidence) for count in counts]
    assert np.transpose(found) == pytest.approx(np.array(oracle, dtype=float))


@pytest.mark.parametrize("expected", [0.3, 2.0, 11.0, 80.0])
def test_ninety_five_percent_intervals_cover_the_truth_at_least_so_often(expected):
    counts = np.random.default_rng(7).poisson(expected, 20_000)

    low, high = poisson_interval(counts)

    covered = float(((low <= expected) & (expected <= high)).mean())
    assert covered >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 20_000)


@pytest.mark.parametrize(("failures", "days", "confidence"), [(-1, 10, 0.95), (1, -10, 0.95), (1, 10, 1), (1, 10, 0)])
def test_impossible_numbers_are_refused(failures, days, confidence):
    with pytest.raises(ValueError, match=r"negative|between"):
        rates(failures, days, confidence)


@pytest.mark.parametrize(("value", "shown"), [(0.125, "0.13"), (2.675, "2.68"), (1.005, "1.01"), (0.0, "0.00")])
def test_halves_are_rounded_up_as_people_do(value, shown):
    assert str(half_up(value, 2)) == shown
