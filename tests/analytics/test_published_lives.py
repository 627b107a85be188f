"""Life curves, comparisons of lives and Weibull fits as others printed them, to the printed digits."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from lifelines.datasets import load_waltons
from scipy import special

from analytics.domain.ages import AgeHistogram
from analytics.domain.rates import half_up
from analytics.domain.survival import Curve, life_curve, log_rank
from analytics.domain.weibull import fit_weibull
from tests.analytics.published import needs_published, places, table

pytestmark = needs_published


def _whole(histogram: AgeHistogram) -> Curve:
    """The curve from the first age on, however few are at risk."""
    curve = life_curve(histogram, least_at_risk=1)
    assert curve is not None
    return curve


def _lives(rows: list[dict[str, str]], time: str, event: str, entry: str = "") -> AgeHistogram:
    return AgeHistogram.of_lives(
        [float(row[entry]) if entry else 0.0 for row in rows],
        [float(row[time]) for row in rows],
        [row[event] == "1" for row in rows],
    )


def test_nist_curve_comes_out_as_printed():
    rows = table("nist_km_data")
    histogram = AgeHistogram.of_rows(
        [(0.0, sum(int(row["n"]) for row in rows), 0, 0)]
        + [
            (float(row["time_hours"]), 0, int(row["n"]) * int(row["event"]), int(row["n"]) * (1 - int(row["event"])))
            for row in rows
        ]
    )

    curve = _whole(histogram)

    expected = table("nist_km_expected")
    at = [int(np.flatnonzero(curve.ages == float(row["time_hours"]))[0]) for row in expected]
    assert [curve.at_risk[place] for place in at] == [int(row["n_at_risk"]) for row in expected]
    assert [curve.survival[place] for place in at] == pytest.approx(
        [float(Fraction(row["R_exact_fraction"])) for row in expected]
    )
    assert [half_up(curve.survival[place], 10) for place in at] == [half_up(float(row["R"]), 10) for row in expected]


AML = table("r_aml_km_expected")


@pytest.mark.parametrize("group", ["Maintained", "Nonmaintained"])
def test_r_curves_of_aml_come_out_as_printed(group):
    rows = [row for row in AML if row["group"] == group]

    curve = _whole(_lives([row for row in table("r_aml_data") if row["x"] == group], "time", "status"))

    z = special.ndtri(0.975)
    for row in rows:
        place = int(np.flatnonzero(curve.ages == float(row["time"]))[0])
        survival, spread = curve.survival[place], np.sqrt(curve.greenwood[place])
        assert curve.at_risk[place] == float(row["n_risk"])
        assert curve.failures[place] == float(row["n_event"])
        assert survival == pytest.approx(float(row["survival"]), abs=0.6 * 10.0 ** -places(row["survival"]))
        if survival > 0:  # R prints no interval there; its interval is on the log scale
            assert survival * spread == pytest.approx(float(row["std_err"]), abs=0.6 * 10.0 ** -places(row["std_err"]))
            limits = (survival * np.exp(-z * spread), min(1, survival * np.exp(z * spread)))
            printed = (row["ci95_low_log"], row["ci95_high_log"])
            for limit, text in zip(limits, printed, strict=True):
                assert limit == pytest.approx(float(text), abs=0.6 * 10.0 ** -places(text))


def test_r_medians_and_log_rank_of_aml_come_out_as_printed():
    known = {row["quantity"]: row["published"] for row in table("r_aml_other_expected")}
    names, rows = ("Maintained", "Nonmaintained"), table("r_aml_data")
    groups = [_lives([row for row in rows if row["x"] == name], "time", "status") for name in names]

    test = log_rank(groups)

    for group, name in zip(groups, names, strict=True):
        curve = _whole(group)
        assert curve.age_at(0.5) == float(known[f"median {name}"])
        low = curve.survival * np.exp(-special.ndtri(0.975) * np.sqrt(curve.greenwood))
        below = curve.ages[np.nan_to_num(low) <= 0.5]
        assert below[0] == float(known[f"median {name} 0.95LCL"])
    assert half_up(test.chi2, 1) == Decimal(known["logrank chisq (1 df)"])
    assert half_up(test.p, 2) == Decimal(known["logrank p"])
    for place, name in enumerate(names):
        assert test.seen[place] == float(known[f"O {name}"])
        assert half_up(test.expected[place], 2) == Decimal(known[f"E {name}"])


@pytest.mark.parametrize("row", table("sksurv_left_truncated_simple"), ids=lambda row: f"case {row['case']}")
def test_left_truncated_curves_and_their_log_log_intervals_come_out_as_printed(row):
    enter, exit_, event = ([float(text) for text in row[name].split()] for name in ("enter", "exit", "event"))

    curve = _whole(AgeHistogram.of_lives(enter, exit_, event))

    ages = [float(text) for text in row["expected_x"].split()]
    for name, values in (("expected_S", curve.survival), ("ci_low_loglog", curve.low), ("ci_high_loglog", curve.high)):
        printed = [float(text) for text in row[name].split()]
        found = [_step(curve.ages, values, age) for age in ages]
        assert found == pytest.approx(printed, abs=1.1e-6)


def _step(ages: np.ndarray, values: np.ndarray, age: float) -> float:
    place = int(np.searchsorted(ages, age, side="right"))
    return float(values[place - 1]) if place else 1.0


@pytest.mark.parametrize("row", table("lifelines_late_entry_vs_R"), ids=lambda row: row["case"])
def test_late_entries_give_the_curve_that_r_gives(row):
    entry, time = ([float(text) for text in row[name].split()] for name in ("entry", "time"))

    curve = _whole(AgeHistogram.of_lives(entry, time, [True] * len(time)))

    printed = [float(text) for text in row["expected_S_index0_first"].split()]
    drops = [round(value, 3) for value in curve.survival]
    assert drops == [value for before, value in pairwise(printed) if value != before]


def test_left_truncated_lives_of_macs_come_out_as_printed():
    known = {row["quantity"]: float(row["published"]) for row in table("macs_left_truncated_expected")}

    curve = _whole(_lives(table("macs_left_truncated_data"), "T", "D", "W"))

    assert len(curve.ages) == known["number of distinct death times"]
    for quantity, value in known.items():
        if quantity.startswith("at risk at t="):
            age = float(quantity.removeprefix("at risk at t="))
            assert curve.at_risk[np.argmin(np.abs(curve.ages - age))] == value
    assert curve.at(0.791) == pytest.approx(known["KM S(0.791)"])
    median = curve.age_at(0.5)
    assert median is not None
    assert half_up(median, 0) == int(known["median (about)"])


def test_left_truncated_hazards_of_therneau_and_grambsch_are_exact():
    rows = table("tg_dataset2_left_truncated")

    curve = _whole(_lives(rows, "stop", "event", "start"))

    expected = table("tg_dataset2_expected")
    assert curve.ages.tolist() == [float(row["time"]) for row in expected]
    assert curve.at_risk.tolist() == [float(row["n_at_risk"]) for row in expected]
    steps = np.diff(curve.hazard, prepend=0)
    assert steps == pytest.approx([float(Fraction(row["hazard_increment_exact"])) for row in expected])
    assert curve.survival == pytest.approx([float(Fraction(row["KM_exact"])) for row in expected])


def test_lives_of_cars_come_out_as_printed():
    rows = table("reliability_km_automotive")

    curve = _whole(_lives(rows, "time", "event"))

    z = special.ndtri(0.975)
    for row in rows:
        if row["event"] != "1":
            continue
        place = int(np.flatnonzero(curve.ages == float(row["time"]))[0])
        survival = curve.survival[place]
        assert curve.at_risk[place] == float(row["n_at_risk"])
        assert survival == pytest.approx(float(row["km"]), abs=0.6 * 10.0 ** -max(places(row["km"]), 4))
        # That package's interval is the plain one, clipped.
        if survival > 0:
            width = z * survival * np.sqrt(curve.greenwood[place])
            assert max(0, survival - width) == pytest.approx(float(row["ci95_low_plain_clipped"]), abs=1e-4)
            assert min(1, survival + width) == pytest.approx(float(row["ci95_high_plain_clipped"]), abs=1e-4)


def test_the_mean_number_of_repairs_comes_out_as_printed():
    rows = {row["quantity"]: row["value"] for row in table("reliability_mcf")}
    lives: list[tuple[float, float, bool]] = []
    for system in rows.pop("systems").split(";")[:5]:
        times = [float(text) for text in system.split("(")[0].replace("+", "").split()]
        # A repaired system goes on: it ends with the failure and enters anew at that age.
        lives += [(start, end, end != times[-1]) for start, end in pairwise([0.0, *times])]

    curve = _whole(AgeHistogram.of_lives(*zip(*lives, strict=True)))

    variance = np.cumsum(curve.failures * (curve.at_risk - 1) / curve.at_risk**3)
    for quantity, printed in rows.items():
        place = int(np.flatnonzero(curve.ages == float(quantity.removeprefix("t=")))[0])
        mean, _, spread = printed.split()
        assert curve.hazard[place] == pytest.approx(float(mean), abs=1e-5)
        assert variance[place] == pytest.approx(float(spread), abs=1e-6)


def test_the_weibull_fit_of_waltons_flies_comes_out_as_printed():
    known = {row["quantity"]: row["published_in_docs"] for row in table("lifelines_waltons")}
    flies = load_waltons()

    fit = fit_weibull(AgeHistogram.of_lives(np.zeros(len(flies)), flies["T"], flies["E"] == 1))

    assert len(flies) == int(known["subjects"])
    assert fit.failures == int(known["events"])
    assert half_up(fit.log_likelihood, 3) == Decimal(known["log-likelihood"])
    assert half_up(fit.shape, 2) == Decimal(known["rho_"])
    # That package's interval is symmetric on the parameter, ours on its logarithm.
    z = special.ndtri(0.975)
    error = fit.shape * np.log(fit.shape_high / fit.shape) / z
    assert half_up(error, 2) == Decimal(known["rho_ se"])
    assert half_up(fit.shape - z * error, 2) == Decimal(known["rho_ lo"])
    assert half_up(fit.shape + z * error, 2) == Decimal(known["rho_ hi"])
    # Of the other rows the scale is of an older parametrisation, and the log-rank of other data.
    assert fit.scale == pytest.approx(55.73, abs=0.005)
    groups = [flies[flies["group"] == name] for name in ("miR-137", "control")]
    test = log_rank([AgeHistogram.of_lives(np.zeros(len(one)), one["T"], one["E"] == 1) for one in groups])
    assert test.chi2 == pytest.approx(122.249, abs=0.001)


def test_the_log_rank_of_three_groups_comes_out_as_documented():
    rows = table("lifelines_logrank3")

    test = log_rank([_lives([row for row in rows if row["group"] == name], "durations", "event") for name in "012"])

    # The data stand in lifelines' tests with the answer of a course's handbook.
    assert test.chi2 == pytest.approx(1.0800, abs=0.0005)
    assert test.p == pytest.approx(0.5827, abs=0.0005)
