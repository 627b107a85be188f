"""The stock of spares reaches its service level."""

import numpy as np
import pytest
from scipy import stats

from analytics.domain.spares import expected_demand, spares


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("expected", [0.5, 3.0, 25.0])
def test_the_level_is_reached_however_little_is_known(level, expected):
    chance = np.random.default_rng(5)
    days, planned, runs = 10_000.0, 5_000.0, 20_000
    rate = expected / days

    stock = spares(chance.poisson(expected, runs), days, planned, level)

    enough = float((chance.poisson(rate * planned, runs) <= stock).mean())
    assert enough >= level - 0.012


def test_the_stock_is_the_smallest_that_suffices():
    stock = int(spares(4, 10_000, 20_000))

    demand = stats.nbinom(4.5, 10_000 / 30_000)
    assert demand.cdf(stock) >= 0.95 > demand.cdf(stock - 1)


def test_a_part_that_never_failed_still_may():
    assert int(spares(0, 1_000, 10_000)) > 0


def test_nothing_planned_needs_no_spares_and_nothing_exposed_tells_nothing():
    assert spares([3, 3], [1_000, 0], [0, 500]).tolist() == [0, -1]
    assert np.isnan(expected_demand(3, 0, 500))


@pytest.mark.parametrize(("failures", "days", "planned", "level"), [(1, 1, 1, 1.0), (-1, 1, 1, 0.9), (1, -1, 1, 0.9)])
def test_impossible_numbers_are_refused(failures, days, planned, level):
    with pytest.raises(ValueError, match=r"negative|between"):
        spares(failures, days, planned, level)
