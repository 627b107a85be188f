"""Reliability as tables: CSV with the same numbers."""

import pytest

from tests.analytics.fleets import half, put_in
from tests.analytics.questions import YEAR, ask, table
from tests.builders import make_asset, make_component, make_lot

pytestmark = pytest.mark.django_db


def test_a_table_has_the_same_numbers_to_the_last_digit(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model,firmware")

    rows = table(viewer, "/analytics/reliability", **YEAR, group_by="model,firmware")

    assert list(rows[0])[:3] == ["model", "firmware", "components"]
    assert [float(row["afr_high"]) for row in rows] == [row["afr_high"] for row in body["results"]]
    assert [row["low_data"] for row in rows] == ["true"] * 3


@pytest.mark.parametrize("what", ["trend", "survival", "spares", "components", "failures", "runs"])
def test_every_list_is_a_table_too(viewer, fleet, what):
    query = {} if what == "runs" else {**YEAR, **({"min_at_risk": 1} if what == "survival" else {})}
    ask(viewer, "reliability")

    rows = table(viewer, f"/analytics/{what}", **query)

    assert len(rows) > 0


@pytest.mark.parametrize("what", ["components", "failures"])
def test_what_a_figure_is_made_of_is_one_whole_table(viewer, fleet, what):
    listed = ask(viewer, what)["results"]

    rows = table(viewer, f"/analytics/{what}", **YEAR, page_size=1)

    assert [row["component_serial"] for row in rows] == [row["component"]["serial"] for row in listed]


def test_a_run_and_a_comparison_are_tables(viewer, fleet):
    first = ask(viewer, "reliability", group_by="model", to="2026-02-10")["run"]["id"]
    second = ask(viewer, "reliability", group_by="model")["run"]["id"]

    run = table(viewer, f"/analytics/runs/{second}")
    moved = table(viewer, f"/analytics/runs/{second}/compare", **{"with": first})

    assert [row["model"] for row in run] == ["model 0", "model 1"]
    assert [(row["model"], row["after_failures"], row["by_window_failures"]) for row in moved] == [
        ("model 0", "0", "0"),
        ("model 1", "4", "2"),
    ]


def test_an_empty_table_has_its_header(viewer):
    answer = viewer.get("/analytics/reliability", {**YEAR, "group_by": "lot", "format": "csv"})

    assert answer.content.decode().splitlines()[0].startswith("lot,components,exposure_days,failures")


def test_no_cell_is_a_formula(viewer):
    lot = make_lot(code="=1+1")
    put_in(make_component(lot=lot), make_asset(last_seen_at=half(300)), half(0))

    rows = table(viewer, "/analytics/reliability", **YEAR, group_by="lot")

    assert [row["lot"] for row in rows] == ["'=1+1"]
