"""The benchmark of reliability figures: its fleet, and that all engines agree; how long they take, no test asks."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from analytics.domain.spells import FOREVER
from benchmarks.reliability.fleet import NOW, Fleet, build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """A small one."""
    return build(5000)


def test_the_fleet_has_the_size_that_was_asked_for(fleet: Fleet) -> None:
    assert len(fleet.spells) == 5000


def test_the_same_fleet_is_built_each_time(fleet: Fleet) -> None:
    assert build(5000).spells.equals(fleet.spells)


def test_no_component_is_at_two_places_at_once(fleet: Fleet) -> None:
    ordered = fleet.spells.sort("component", "started")
    before = ordered.select(pl.col("ended").shift(1).over("component").alias("before"), "started").drop_nulls()

    assert len(before) > 500
    assert before.select((pl.col("before") <= pl.col("started")).all()).item()


def test_spells_end_after_they_began_and_none_begins_in_the_future(fleet: Fleet) -> None:
    assert fleet.spells.select((pl.col("started") < pl.col("ended")).all()).item()
    assert fleet.spells.filter(pl.col("ended") != FOREVER).select((pl.col("ended") < NOW).all()).item()


def test_what_has_failed_did_so_while_it_served(fleet: Fleet) -> None:
    at = pl.col("last_failure")

    assert len(fleet.failures) > 50
    assert fleet.failures.select(((pl.col("started") < at) & (at <= pl.col("ended"))).all()).item()


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("on_mariadb")
def test_a_small_run_compares_all_engines() -> None:
    command = [sys.executable, "-m", "benchmarks.reliability", "--sizes", "3000", "--rounds", "1", "--parts", "50"]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    engines = [[cell.strip() for cell in line.split("|")[2:4]] for line in printed.splitlines()[2:]]
    assert engines == [
        ["year", "duckdb"],
        ["year", "polars"],
        ["year", "MariaDB"],
        ["year", "MariaDB, rollup"],
        ["curve", "duckdb"],
        ["curve", "polars"],
        ["curve", "MariaDB"],
    ]
