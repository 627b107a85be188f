"""Bad lots are found, and good ones left alone."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analytics.domain.outliers import compare

ENOUGH = 20_000.0


def test_a_lot_that_fails_three_times_as_often_is_an_alert():
    failures, days = [[60], [20], [22], [18]], [[ENOUGH]] * 4

    found = compare(failures, days, [False] * 4)

    assert found.alert.tolist() == [True, False, False, False]
    assert found.ratio[0] == pytest.approx(3.0)
    assert found.low[0] > 1.5


def test_an_old_lot_is_not_bad_because_the_old_fail_more():
    # Two bands of age with rates 1 and 10; the first lot is all old, the others mostly young.
    days = np.array([[0, 1000.0], [9000, 1000.0], [9000, 1000.0]])
    failures = np.array([[10, 0][::-1], [9, 10], [9, 10]])

    found = compare(failures, days, [False] * 3)

    assert found.crude[0] > 4
    assert found.ratio[0] == pytest.approx(1.0)
    assert not found.alert.any()


def test_lots_with_few_failures_or_little_data_are_not_tested():
    found = compare([[2], [40], [4]], [[10.0], [ENOUGH], [5.0]], [False, False, True])

    assert np.isnan(found.p[[0, 2]]).all()
    assert not found.alert.any()


def test_without_failures_nothing_is_tested():
    found = compare([[0], [0]], [[ENOUGH], [ENOUGH]], [False, False])

    assert np.isnan(found.p).all()
    assert not found.alert.any()


def test_a_lone_lot_has_no_peers_to_be_worse_than():
    found = compare([[50]], [[ENOUGH]], [False])

    assert not found.alert.any()
    assert np.isnan(found.ratio[0])


def test_a_slightly_worse_lot_is_no_alert_however_certain():
    found = compare([[13_000], [20_000]], [[1e6], [2e6]], [False, False])

    assert found.adjusted[0] < 0.001
    assert found.ratio[0] == pytest.approx(1.3)
    assert not found.alert.any()


def test_the_test_given_all_failures_is_the_exact_binomial_one():
    found = compare([[9], [20], [21]], [[ENOUGH], [3 * ENOUGH], [3 * ENOUGH]], [False] * 3)

    assert found.p[0] == pytest.approx(stats.binomtest(9, 50, 1 / 7, alternative="greater").pvalue)


def test_adjusted_probabilities_are_those_of_statsmodels():
    chance = np.random.default_rng(3)
    failures, sparse = chance.poisson(6, (60, 1)), chance.random(60) < 0.3

    found = compare(failures, np.full((60, 1), ENOUGH), sparse)

    # All that could be alerts are among those compared, as not significant where they were not tested.
    counted = np.where(np.isfinite(found.p), found.p, 1.0)[~sparse]
    tested = np.isfinite(found.p)[~sparse]
    assert 0 < tested.sum() < len(counted)
    assert found.adjusted[~sparse][tested] == pytest.approx(multipletests(counted, method="fdr_bh")[1][tested])


def test_a_bad_lot_does_not_hide_itself_behind_the_variance_that_it_makes():
    failures = [[90]] + [[20 + place % 3] for place in range(9)]

    found = compare(failures, [[ENOUGH]] * 10, [False] * 10)

    assert found.alert[0]
    assert not found.widened[0]
    assert not found.alert[1:].any()


def test_where_lots_vary_by_nature_the_test_widens_and_says_so():
    chance = np.random.default_rng(3)
    failures = chance.poisson(chance.gamma(2, 10, 40))[:, None]

    found = compare(failures, [[ENOUGH]] * 40, [False] * 40)

    tested = ~np.isnan(found.p)
    assert tested.sum() > 30
    assert found.widened[tested].all()
    assert (found.dispersion > 1.5).all()


@pytest.mark.parametrize(
    ("lots", "mean", "dispersion"),
    # Many failures a lot and few; no variance beyond chance, some, and much.
    [
        (30, 15.0, 1.0),
        (30, 2.0, 1.0),
        (100, 1.0, 1.0),
        (80, 0.5, 1.0),
        (30, 15.0, 1.4),
        (100, 2.0, 1.3),
        (30, 15.0, 5.0),
    ],
)
def test_without_bad_lots_false_alerts_stay_under_their_level(lots, mean, dispersion):
    chance = np.random.default_rng(11)
    runs, alarms = 200, 0
    spread = (dispersion - 1) / mean
    for _ in range(runs):
        true_rates = chance.gamma(1 / spread, mean * spread, lots) if spread else np.full(lots, mean)
        found = compare(chance.poisson(true_rates)[:, None], [[ENOUGH]] * lots, [False] * lots)
        alarms += bool(found.alert.any())

    # All hypotheses are true, so the false discovery rate is the share of runs with any alert.
    assert alarms / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_lots_that_hardly_failed_count_among_those_that_could_have():
    few = compare([[5]] + [[1]] * 9, [[ENOUGH]] * 10, [False] * 10)
    many = compare([[5]] + [[1]] * 9 + [[0]] * 90, [[ENOUGH]] * 10 + [[1.0]] * 90, [False] * 100)
    sparse = compare([[5]] + [[1]] * 9 + [[0]] * 90, [[ENOUGH]] * 10 + [[1.0]] * 90, [False] * 10 + [True] * 90)

    assert few.adjusted[0] == pytest.approx(10 * few.p[0])
    assert many.adjusted[0] == pytest.approx(100 * many.p[0])
    assert sparse.adjusted[0] == pytest.approx(10 * sparse.p[0])
