"""Rates, intervals, spares and tests as others printed them, to the printed digits."""

import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analytics.domain.outliers import compare
from analytics.domain.rates import half_up, is_low_data, poisson_interval, poisson_upper, rates
from analytics.domain.spares import expected_demand, spares
from tests.analytics.published import FOLDER, needs_published, places, table

pytestmark = needs_published

# Rows that no reading of their own numbers gives: days and failures as printed yield 0.42 and 2.46.
MISPRINTS = {("LIFE_2022-03-31", "HGST HMS5C4040BLE640"), ("LIFE_2022-03-31", "Seagate ST4000DM000")}
FOLDER_OF_TESTS = Path(__file__).parent
PUBLISHED = sorted(path.stem for path in FOLDER.glob("*.csv"))
ANNUAL = ("backblaze_annual_2018", "backblaze_annual_2022", "backblaze_annual_2024")


def _afr(failures: str, days: str) -> float:
    return float(rates(float(failures), float(days)).afr)


@pytest.mark.parametrize("name", [*ANNUAL, "backblaze_misc_rows"])
def test_backblaze_rates_come_out_as_printed(name):
    rows = [row for row in table(name) if (row.get("period"), row["model"]) not in MISPRINTS]

    wrong = [
        row
        for row in rows
        if half_up(_afr(row["failures"], row["drive_days"]), places(row["afr_pct_published"]))
        != Decimal(row["afr_pct_published"])
    ]

    assert len(rows) > 10
    assert wrong == []


def test_the_misprinted_rows_are_misprinted():
    rows = [row for row in table("backblaze_misc_rows") if (row["period"], row["model"]) in MISPRINTS]

    assert [half_up(_afr(row["failures"], row["drive_days"]), 2) for row in rows] == [Decimal("0.42"), Decimal("2.46")]


@pytest.mark.parametrize("row", table("backblaze_ci_through_2014"), ids=lambda row: row["model"])
def test_backblaze_intervals_are_those_of_some_whole_number_of_failures(row):
    # The page prints neither failures nor days. A count fits when one exposure rounds to all three printed numbers.
    counts = np.arange(3000)
    low, high = poisson_interval(counts)
    shortest, longest = np.zeros(len(counts)), np.full(len(counts), np.inf)
    for limit, name in ((counts, "afr_pct"), (low, "ci95_low_pct"), (high, "ci95_high_pct")):
        printed = float(row[name])
        shortest = np.maximum(shortest, limit / (printed + 0.05))
        if printed > 0.05:
            longest = np.minimum(longest, limit / (printed - 0.05))

    fitting = counts[shortest <= longest]

    assert len(fitting) > 0
    assert (fitting[0] == 0) == (row["afr_pct"] == "0.0")


@pytest.mark.parametrize("row", table("poisson_exact_ci"), ids=lambda row: f"{row['count']} at {row['conf'][:5]}")
def test_exact_poisson_intervals_come_out_as_printed(row):
    count, exposure, confidence = float(row["count"]), float(row["exposure"]), float(row["conf"])

    low, high = poisson_interval(count, confidence)
    one_sided = poisson_upper(count, confidence)

    # epitools prints the two-sided limit for no events too; the digits are those printed.
    upper = high if abs(high / exposure - float(row["upper"])) < 0.01 else one_sided
    assert float(low) / exposure == pytest.approx(float(row["lower"]), abs=10.0 ** -places(row["lower"]) * 0.51)
    assert float(upper) / exposure == pytest.approx(float(row["upper"]), abs=10.0 ** -places(row["upper"]) * 0.51)


@pytest.mark.parametrize("row", table("poisson_other_ci"), ids=lambda row: row["method"])
def test_intervals_of_other_methods_are_close_to_the_exact_one_which_is_the_widest(row):
    low, high = poisson_interval(float(row["count"]))

    lower, upper = float(row["lower"]) * float(row["exposure"]), float(row["upper"]) * float(row["exposure"])

    assert float(low) < upper
    assert float(high) > lower
    assert float(high - low) > (upper - lower) * 0.99
    if row["method"] == "jeffreys":  # the posterior that the spares use
        assert stats.gamma.ppf(0.025, float(row["count"]) + 0.5) == pytest.approx(lower)
        assert stats.gamma.ppf(0.975, float(row["count"]) + 0.5) == pytest.approx(upper)


def test_the_poisson_distribution_is_that_of_the_printed_table():
    rows = table("poisson_cdf_table")

    wrong = [
        (row["x"], column, printed)
        for row in rows
        for column, printed in row.items()
        if column != "x"
        and printed
        and abs(stats.poisson.cdf(int(row["x"]), float(column[1:])) - float(printed)) > 0.000051
    ]

    assert sum(len(row) - 1 for row in rows) >= 170
    assert wrong == []


@pytest.mark.parametrize("row", table("backblaze_inclusion_thresholds"), ids=lambda row: row["period"])
def test_tables_leave_out_what_we_flag_as_little_data(row):
    window = {"quarterly": 91, "annual": 365, "lifetime": 4000}[row["period"]]
    components, days = int(row["min_drive_count_exclusive"]), int(row["min_drive_days_exclusive"])

    flags = is_low_data([components, components + 1, components + 1], [days + 1, days, days + 1], window)

    assert flags.tolist() == [True, True, False]


@pytest.mark.parametrize("row", table("reliability_test_planner"), ids=lambda row: row["failures"])
def test_mtbf_limits_of_a_time_terminated_test_come_out_as_printed(row):
    confidence = float(row["CI"])
    level = confidence if row["one_sided"] == "True" else (1 + confidence) / 2

    lower = float(row["test_duration"]) / float(poisson_upper(float(row["failures"]), level))

    assert lower == pytest.approx(float(row["published_mtbf_lower"]), rel=1e-9)


@pytest.mark.parametrize("row", table("rate_ratio_r_poisson_test"), ids=lambda row: row["source"])
def test_the_ratio_of_two_rates_has_the_exact_interval_that_r_prints(row):
    failures, exposure = [[float(row["x1"])], [float(row["x2"])]], [[float(row["t1"])], [float(row["t2"])]]

    found = compare(failures, exposure, [False, False])

    assert found.ratio[0] == pytest.approx(float(row["ratio"]), abs=1e-6)
    assert found.low[0] == pytest.approx(float(row["ci_low"]), abs=1e-7)
    assert found.high[0] == pytest.approx(float(row["ci_high"]), abs=1e-7)
    share = found.expected[0] / found.seen.sum()
    two_sided = stats.binomtest(int(row["x1"]), int(found.seen.sum()), share).pvalue
    assert two_sided == pytest.approx(float(row["p_two_sided"]), abs=1e-5)


@pytest.mark.parametrize("row", table("rate_ratio_pw_etest"), ids=lambda row: row["method"][:6])
def test_the_e_test_of_two_rates_agrees_that_there_is_nothing_to_see(row):
    known = stats.poisson_means_test(int(row["k1"]), int(row["n1"]), int(row["k2"]), int(row["n2"]))

    found = compare([[float(row["k1"])], [float(row["k2"])]], [[float(row["n1"])], [float(row["n2"])]], [False, False])

    assert known.pvalue == pytest.approx(float(row["p_two_sided_published"]))
    assert known.statistic == pytest.approx(float(row["statistic_published"]))
    assert not found.alert.any()


def test_false_discoveries_are_controlled_as_benjamini_and_hochberg_printed():
    rows = table("bh1995")

    adjusted = stats.false_discovery_control([float(row["p"]) for row in rows])

    assert [bool(p <= 0.05) for p in adjusted] == [row["rejected_at_q05"] == "1" for row in rows]


@pytest.mark.parametrize("row", table("spares_tclwiki"), ids=lambda row: row["mtbf_hours"])
def test_spares_of_a_well_known_rate_are_those_of_the_printed_example(row):
    drives, mtbf = int(row["drives"]), float(row["mtbf_hours"])
    # "Well known": so many failures that the rate is certain, as the example takes it to be.
    failures = 10_000_000
    days = failures * mtbf / 24
    planned = drives * float(row["days"])

    stock = spares(failures, days, planned)

    assert half_up(_afr(str(failures), str(days)), 2) == Decimal(row["afr_pct_published"])
    yearly = float(expected_demand(failures, days, drives * 365))
    assert yearly == pytest.approx(float(row["expected_failures_per_year_published"]), abs=0.05)
    # The example's normal approximation gives 2 for 300,000 hours, where the exact quantile is 1.
    assert int(stock) == (1 if row["mtbf_hours"] == "300000" else int(row["spares_95_published_normal_approx"]))


def test_shares_of_llama_3_interruptions_come_out_but_for_the_misprinted_row():
    rows = table("llama3_interruptions")
    total = sum(int(row["interruptions"]) for row in rows)

    wrong = [
        row["component"]
        for row in rows
        if half_up(100 * int(row["interruptions"]) / total, 1) != Decimal(row["pct_published"])
    ]

    assert total == 419
    assert wrong == ["Faulty GPU"]  # 148 of 419 are 35.3 %; the printed 30.1 % are 126


# (days, events in them, parts that fail alike)
GPU_FIGURES = {
    "projected MTTF, 16384 GPUs": (1000, 6.5, 16384 / 8),
    "projected MTTF, 131072 GPUs": (1000, 6.5, 131072 / 8),
    "GSP system MTBE A100": (895, 3857, 1),
    "GSP system MTBE H100": (146, 3, 1),
}


@pytest.mark.parametrize("row", [row for row in table("gpu_mtbf_quantities") if row["quantity"] in GPU_FIGURES])
def test_hours_between_gpu_failures_come_out_as_printed(row):
    days, events, parts = GPU_FIGURES[row["quantity"]]

    mtbf = float(rates(events, days).mtbf) / parts

    assert half_up(mtbf, places(row["published_value"])) == Decimal(row["published_value"])


def test_a_llama_3_job_was_interrupted_about_every_three_hours():
    assert half_up(float(rates(419, 54).mtbf), 0) == 3


def test_the_other_gpu_quantities_follow_from_each_other():
    known = {row["quantity"]: float(row["published_value"]) for row in table("gpu_mtbf_quantities")}

    assert half_up(448 * 895 * 24 / 1e6, 1) == Decimal(str(known["A100 GPU-hours"]))
    assert half_up(608 * 146 * 24 / 1e6, 1) == Decimal(str(known["H100 GPU-hours"]))
    a100, h100 = known["per-GPU MTBE memory A100"], known["per-GPU MTBE memory H100"]
    assert half_up(a100 / h100, 1) == Decimal(str(known["ratio of the two"]))
    assert half_up(a100 * 40 / 1e6, 1) == Decimal(str(known["per-GB MTBE A100 (40 GB)"]))
    assert half_up(h100 * 96 / 1e6, 1) == Decimal(str(known["per-GB MTBE H100 (96 GB)"]))
    assert known["unexpected interruptions"] == sum(int(row["interruptions"]) for row in table("llama3_interruptions"))
    # 58.7 % GPU needs the 126 that the misprinted row's share stands for.
    gpu = sum(int(row["interruptions"]) for row in table("llama3_interruptions") if row["category"] == "GPU")
    assert half_up(100 * (gpu - 148 + 126) / 419, 1) == Decimal(str(known["GPU share of unexpected"]))


def test_every_published_table_is_read_by_a_test():
    source = "".join(path.read_text() for path in FOLDER_OF_TESTS.glob("test_published*.py"))

    unread = [name for name in PUBLISHED if not re.search(rf"\b{name}\b", source)]

    assert unread == []
