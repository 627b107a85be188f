"""Life curves and Weibull fits: late entry, the start rule, and other packages' answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter, NelsonAalenFitter, WeibullFitter
from statsmodels.duration.survfunc import SurvfuncRight

from analytics.domain.ages import AgeHistogram
from analytics.domain.survival import life_curve, log_rank
from analytics.domain.weibull import TooFewFailures, fit_weibull

LIFE = st.tuples(st.integers(0, 60), st.integers(1, 60), st.booleans())


def _random_lives(seed: int, count: int = 400, shape: float = 1.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(entry, exit, failed) of parts of which some were old when they were first watched."""
    chance = np.random.default_rng(seed)
    death = np.ceil(1000 * chance.weibull(shape, count))
    entry = np.floor(chance.uniform(0, 400, count)) * (chance.random(count) < 0.5)
    end = np.ceil(entry + chance.uniform(50, 900, count))
    lived = death > entry
    return entry[lived], np.minimum(death, end)[lived], (death <= end)[lived]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curves_with_late_entry_are_those_of_lifelines(seed):
    entry, exit_, failed = _random_lives(seed)
    curve = life_curve(AgeHistogram.of_lives(entry, exit_, failed), least_at_risk=1)
    assert curve is not None
    kept = exit_ > curve.start  # lifelines is told the start by hand
    entered = np.maximum(entry, curve.start)[kept]

    oracle = KaplanMeierFitter().fit(exit_[kept], failed[kept], entry=entered)
    hazard = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(exit_[kept], failed[kept], entry=entered)

    assert curve.survival == pytest.approx(oracle.survival_function_at_times(curve.ages).to_numpy())
    assert curve.hazard == pytest.approx(hazard.cumulative_hazard_at_times(curve.ages).to_numpy())
    limits = oracle.confidence_interval_survival_function_.loc[curve.ages].to_numpy()
    inside = (curve.survival > 0) & (curve.survival < 1)
    assert curve.low[inside] == pytest.approx(limits[inside, 0])
    assert curve.high[inside] == pytest.approx(limits[inside, 1])


@pytest.mark.parametrize("seed", [4, 5])
def test_curves_with_late_entry_are_those_of_statsmodels(seed):
    entry, exit_, failed = _random_lives(seed)
    curve = life_curve(AgeHistogram.of_lives(entry, exit_, failed), least_at_risk=1)
    assert curve is not None

    oracle = SurvfuncRight(exit_, failed, entry=entry)

    assert curve.ages.tolist() == oracle.surv_times.tolist()
    assert curve.survival == pytest.approx(oracle.surv_prob)
    assert curve.survival * np.sqrt(curve.greenwood) == pytest.approx(oracle.surv_prob_se, nan_ok=True)


def test_an_early_risk_set_of_one_that_fails_does_not_pin_the_curve_to_0():
    rows = [(0.0, 1, 0, 0), (5.0, 0, 1, 0), (10.0, 40, 0, 0), (20.0, 0, 4, 0), (30.0, 0, 0, 36)]
    histogram = AgeHistogram.of_rows(rows)

    curve = life_curve(histogram)

    assert curve is not None
    assert curve.start == 10
    assert curve.survival.tolist() == [0.9]


def test_a_short_early_stretch_does_not_begin_the_curve():
    rows = [(0.0, 25, 0, 0), (5.0, 0, 1, 20), (10.0, 40, 0, 0), (20.0, 0, 4, 0), (30.0, 0, 0, 40)]

    curve = life_curve(AgeHistogram.of_rows(rows))

    assert curve is not None
    assert (curve.start, curve.end, curve.ages.tolist()) == (10, 30, [20])


def test_times_at_which_few_were_at_risk_do_not_count_as_watched_well():
    # 25 for five days and 19 for a thousand; then 39 for a hundred.
    rows = [(0.0, 25, 0, 0), (5.0, 0, 0, 6), (1005.0, 21, 1, 0), (1105.0, 0, 2, 37)]

    curve = life_curve(AgeHistogram.of_rows(rows))

    assert curve is not None
    assert (curve.start, curve.ages.tolist()) == (1005, [1105])


def test_a_short_late_stretch_does_not_hide_what_was_watched_well_before():
    rows = [(0.0, 1000, 0, 0), (400.0, 0, 30, 960), (500.0, 20, 0, 0), (510.0, 0, 1, 0), (520.0, 0, 0, 29)]

    curve = life_curve(AgeHistogram.of_rows(rows))

    assert curve is not None
    assert (curve.start, curve.end) == (0, 520)
    assert curve.survival.tolist() == pytest.approx([0.97, 0.97 * 29 / 30])


@pytest.mark.parametrize(
    ("gone", "end"),
    [
        ((500.0, 0, 0, 10), 500),  # nobody is left until others are watched at 600
        ((500.0, 0, 10, 0), 500),
        ((600.0, 0, 10, 0), 600),  # all fail as others begin to be watched
        ((600.0, 0, 0, 10), 700),
    ],
)
def test_a_curve_ends_where_nobody_is_left(gone, end):
    rows = [(0.0, 1000, 0, 0), (400.0, 0, 0, 990), gone, (600.0, 30, 0, 0), (700.0, 0, 1, 29)]

    curve = life_curve(AgeHistogram.of_rows(rows))

    assert curve is not None
    assert (curve.start, curve.end) == (0, end)


@settings(max_examples=60)
@given(st.lists(LIFE, min_size=1, max_size=60), st.randoms(use_true_random=False), st.integers(1, 20))
def test_how_lives_end_does_not_choose_where_the_curve_starts(lives, chance, least):
    entry, exit_, fates = zip(*((start, start + length, fate) for start, length, fate in lives), strict=True)
    others = chance.sample(fates, len(fates))

    one, other = (
        life_curve(AgeHistogram.of_lives(entry, exit_, told), least_at_risk=least) for told in (fates, others)
    )

    assert (one and one.start) == (other and other.start)


def test_too_few_at_risk_give_no_curve():
    assert life_curve(AgeHistogram.of_lives([0] * 19, [5] * 19, [True] * 19)) is None
    assert life_curve(AgeHistogram.of_rows([])) is None


def test_no_failures_give_a_curve_that_stays_at_1():
    curve = life_curve(AgeHistogram.of_lives([0] * 30, [9] * 30, [False] * 30))

    assert curve is not None
    assert len(curve.ages) == 0
    assert curve.at(9) == 1
    assert curve.age_at(0.5) is None


def test_failures_precede_censorings_at_one_age():
    curve = life_curve(AgeHistogram.of_lives([0, 0], [4, 4], [True, False]), least_at_risk=1)

    assert curve is not None
    assert curve.at_risk.tolist() == [2]
    assert curve.survival.tolist() == [0.5]


@settings(max_examples=60)
@given(st.lists(LIFE, min_size=1, max_size=60), st.data())
def test_curves_from_rows_and_from_a_histogram_of_ages_are_equal(lives, data):
    entry, exit_, failed = zip(*((start, start + length, fate) for start, length, fate in lives), strict=True)
    whole = AgeHistogram.of_lives(entry, exit_, failed)
    # The same lives cut in two somewhere on their way.
    cuts = [data.draw(st.integers(start, end - 1)) for start, end in zip(entry, exit_, strict=True)]
    halves = AgeHistogram.of_lives([*entry, *cuts], [*cuts, *exit_], [*([False] * len(cuts)), *failed])

    one, other = (life_curve(histogram, least_at_risk=1) for histogram in (whole, halves))

    assert one is not None
    assert other is not None
    assert (one.start, one.end, one.ages.tolist()) == (other.start, other.end, other.ages.tolist())
    assert one.survival.tolist() == pytest.approx(other.survival.tolist())


@pytest.mark.parametrize("rows", [[(-1.0, 1, 0, 0)], [(0.0, 1, 0, 0), (1.0, 0, 2, 0)], [(0.0, -1, 0, 0)]])
def test_impossible_histograms_are_refused(rows):
    with pytest.raises(ValueError, match=r"negative|more lives"):
        AgeHistogram.of_rows(rows)


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.5])
def test_weibull_fits_with_late_entry_are_those_of_lifelines(shape):
    entry, exit_, failed = _random_lives(5, shape=shape)

    fit = fit_weibull(AgeHistogram.of_lives(entry, exit_, failed))

    oracle = WeibullFitter().fit(exit_, failed, entry=entry)
    assert fit.shape == pytest.approx(oracle.rho_, rel=1e-4)
    assert fit.scale == pytest.approx(oracle.lambda_, rel=1e-4)
    assert fit.log_likelihood == pytest.approx(oracle.log_likelihood_, rel=1e-6)
    # lifelines' errors are of the parameters themselves; by the delta method those of logarithms are relative.
    errors = oracle.summary["se(coef)"]
    assert np.log(fit.shape_high / fit.shape) / 1.959964 == pytest.approx(errors["rho_"] / oracle.rho_, rel=1e-3)
    assert np.log(fit.scale_high / fit.scale) / 1.959964 == pytest.approx(errors["lambda_"] / oracle.lambda_, rel=1e-3)


def test_weibull_intervals_cover_the_truth():
    covered = 0
    for seed in range(200):
        fit = fit_weibull(AgeHistogram.of_lives(*_random_lives(seed, count=150)))
        covered += fit.shape_low <= 1.6 <= fit.shape_high

    assert covered >= 200 * 0.95 - 3 * np.sqrt(200 * 0.05 * 0.95)


@pytest.mark.parametrize("ages", [[3, 4, 5, 6], [3, 3, 3, 4, 4, 4]])
def test_too_few_failures_or_failure_ages_are_not_fitted(ages):
    lives = AgeHistogram.of_lives([0] * len(ages), ages, [True] * len(ages))

    with pytest.raises(TooFewFailures, match="a fit needs 5 failures at 3 different ages"):
        fit_weibull(lives)


def test_a_fit_of_under_ten_failures_is_flagged():
    def fitted(count: int) -> bool:
        ages = range(3, 3 + count)
        return fit_weibull(AgeHistogram.of_lives([0] * count, ages, [True] * count)).few

    assert fitted(9)
    assert not fitted(10)


def test_groups_that_were_never_at_risk_together_cannot_be_compared():
    early, late = AgeHistogram.of_lives([0], [4], [True]), AgeHistogram.of_lives([9], [12], [True])

    with pytest.raises(ValueError, match="at risk at one time"):
        log_rank([early, late])
