"""Places that eat parts are found, whatever the sizes of the others."""

import numpy as np
import pytest

from analytics.domain.hotspots import HotSpots, hot_spots


def judged(seen: np.ndarray, expected: np.ndarray) -> HotSpots:
    """All places with three failures or more, beside all of them."""
    worst = seen >= 3
    return hot_spots(
        seen[worst],
        expected[worst],
        places=len(seen),
        total=float(seen.sum()),
        squares=float((seen**2).sum()),
        expected_squares=float((expected**2).sum()),
    )


def test_a_bay_that_ate_four_parts_where_hardly_any_fail_is_one():
    seen = np.array([4] + [1] * 10 + [0] * 989)

    found = judged(seen, np.full(1000, 0.014))

    assert found.alert.tolist() == [True]
    assert found.ratio[0] == pytest.approx(4 / 0.014)


def test_large_servers_among_small_ones_hide_no_hot_spot():
    # Nine in ten have 2 disks, the others 60; one of these has nine failures where 1.2 were due.
    expected = np.array([1.2] * 100 + [0.04] * 900)
    seen = np.random.default_rng(5).poisson(expected)
    seen[0] = 9

    found = judged(seen, expected)

    assert found.alert[0]
    assert not found.alert[1:].any()
    assert not found.widened[0]


def test_places_that_vary_by_nature_are_judged_by_how_they_vary():
    chance = np.random.default_rng(4)
    seen = chance.poisson(chance.gamma(0.5, 4.0, 400))

    found = judged(seen, np.full(400, seen.mean()))

    assert found.widened.all()
    assert found.dispersion[0] > 3


@pytest.mark.parametrize("sizes", [(0.02,), (1.0,), (0.04, 1.2), (5.0,)])
def test_where_no_place_is_worse_false_alerts_stay_under_their_level(sizes):
    chance = np.random.default_rng(7)
    expected = np.resize(sizes, 500)
    runs = 200

    alarms = sum(bool(judged(chance.poisson(expected), expected).alert.any()) for _ in range(runs))

    assert alarms / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_without_failures_there_is_nothing_to_judge():
    found = judged(np.zeros(10), np.zeros(10))

    assert found.alert.size == 0
