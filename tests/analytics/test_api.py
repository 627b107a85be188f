"""Reliability over HTTP: what is answered."""

from datetime import timedelta

import pytest

from registry.models import Component
from tests.analytics.fleets import fail, half, put_in
from tests.analytics.questions import ask
from tests.builders import make_asset, make_component
from tests.clients import client_as, walk

pytestmark = pytest.mark.django_db


def test_an_answer_has_the_shape_of_the_contract(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model,firmware", component_type="disk")

    assert body.keys() == {"run", "up_to_date", "totals", "results", "unattributed", "warnings"}
    assert body["run"].keys() == {"id", "digest", "as_of", "from", "to", "computed_at", "code_version"}
    figures = {
        "components", "exposure_days", "failures", "failed_components", "afr_percent", "afr_low", "afr_high",
        "afr_upper_one_sided", "mtbf_hours", "mtbf_low", "mtbf_high", "low_data", "unknown_age", "silent",
    }  # fmt: skip
    assert body["totals"].keys() == figures | {"links"}
    assert body["results"][0].keys() == figures | {"group", "links"}
    assert body["unattributed"] == {"after_removal": 0, "no_spell": 0}
    assert body["up_to_date"] is True


def test_groups_add_up_to_the_whole(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model,firmware,location")

    for name in ("exposure_days", "failures"):
        assert sum(row[name] for row in body["results"]) == body["totals"][name]
    assert (body["totals"]["components"], body["totals"]["failures"]) == (3, 4)


def test_failures_that_repeat_themselves_are_warned_of(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model")

    assert body["warnings"] == [
        {"warning": "repeated_failures", "group": {}},
        {"warning": "repeated_failures", "group": {"model": "model 1"}},
    ]


def test_without_group_by_there_is_the_total_alone(viewer, fleet):
    body = ask(viewer, "reliability")

    (row,) = body["results"]
    assert row["group"] == {}
    assert {name: row[name] for name in body["totals"]} == body["totals"]


def test_nothing_at_all_is_an_answer(viewer):
    totals = ask(viewer, "reliability", group_by="lot")["totals"]

    assert (totals["components"], totals["exposure_days"], totals["afr_percent"]) == (0, 0.0, None)


def test_months_add_up_to_the_window(viewer, fleet):
    months = ask(viewer, "trend", group_by="model")["results"]
    whole = ask(viewer, "reliability", group_by="model")

    for name in ("exposure_days", "failures"):
        assert sum(row[name] for row in months) == whole["totals"][name]
    assert sorted({row["month"] for row in months}) == [
        "2026-01",
        "2026-02",
        "2026-03",
        "2026-04",
        "2026-05",
        "2026-06",
    ]


def test_the_months_of_a_lifetime_begin_with_the_first_installation(viewer, fleet):
    months = viewer.get("/analytics/trend", {"window": "lifetime", "as_of": "2026-03-10"}).json()["results"]

    assert [row["month"] for row in months] == ["2026-01", "2026-02", "2026-03"]
    assert months[-1]["to"] == "2026-03-10T00:00:00Z"


def test_a_life_curve_tells_from_which_age_it_speaks(viewer, fleet):
    body = ask(viewer, "survival", min_at_risk=1, clock="made", group_by="model")

    assert (body["clock"], body["min_at_risk"]) == ("made", 1)
    life = next(row for row in body["results"] if row["group"] == {"model": "model 1"})
    assert [(point["age_days"], point["at_risk"], point["failures"]) for point in life["curve"]] == [(125, 2, 2)]
    assert life["given_survival_to"] == 100.0
    assert "a fit needs 5 failures" in life["no_weibull"]
    assert body["totals"]["unknown_age"] == 1


def test_too_few_at_risk_give_no_curve_but_a_reason(viewer, fleet):
    body = ask(viewer, "survival")

    assert body["totals"]["curve"] == []
    assert body["totals"]["no_curve"] == "There is no age at which 20 or more are at risk."


def test_spares_are_planned_for_what_serves_now(viewer, fleet):
    body = ask(viewer, "spares", to="2026-04-01", horizon="30d", service_level=0.9, group_by="model")

    assert (body["horizon_days"], body["service_level"]) == (30, 0.9)
    assert [(row["in_service"], row["planned_component_days"]) for row in body["results"]] == [(1, 30), (2, 60)]
    assert body["totals"]["planned_component_days"] == 90
    assert 0 < body["totals"]["stock"] <= sum(row["stock"] for row in body["results"])


def test_what_figures_link_to_is_what_they_count(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model,firmware,project", component_type="disk")

    for row in (body["totals"], *body["results"]):
        components, failures = (walk(viewer, row["links"][name]) for name in ("components", "failures"))
        assert sum(part["exposure_days"] for part in components) == row["exposure_days"]
        assert sum(part["failures"] for part in components) == row["failures"] == len(failures)
        assert len([part for part in components if part["exposure_days"]]) == row["components"]


def test_a_counted_failure_leads_to_those_who_told_of_it(viewer, fleet):
    (first, *_) = ask(viewer, "failures")["results"]

    assert first["mode"] == "media_error"
    assert first["component"]["id"] == fleet[0].pk
    assert first["links"]["failures"] == f"/failures?episode={first['id']}"
    assert viewer.get(first["links"]["failures"]).status_code == 200


def test_failures_that_count_for_no_service_are_listed_apart(viewer):
    component = make_component()
    put_in(component, make_asset(last_seen_at=half(20)), half(0), half(10))
    fail(component, half(15))

    assert ask(viewer, "reliability")["unattributed"] == {"after_removal": 1, "no_spell": 0}
    assert ask(viewer, "failures")["results"] == []
    (row,) = ask(viewer, "failures", unattributed="true")["results"]
    assert row["unattributed"] == "after_removal"


def test_a_window_ends_at_the_moment_as_of_which_it_is_asked(viewer):
    run = viewer.get("/analytics/reliability", {"window": "30d", "as_of": "2026-03-31T12:00:00Z"}).json()["run"]

    assert (run["from"], run["to"], run["as_of"]) == (
        "2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z", "2026-03-31T12:00:00Z",
    )  # fmt: skip


def test_a_failure_of_this_very_moment_counts(viewer):
    component = make_component()
    put_in(component, make_asset(), half(0))
    client = client_as("viewer")

    fail(component, Component.objects.get(pk=component.pk).created_at + timedelta(microseconds=1))

    assert client.get("/analytics/reliability", {"window": "lifetime"}).json()["totals"]["failures"] == 1


def test_names_with_commas_can_be_asked_for(viewer):
    component = make_component(model="Disk, large")
    put_in(component, make_asset(last_seen_at=half(300)), half(0))

    body = ask(viewer, "reliability", model=["Disk, large", "another"], group_by="model")

    assert [row["group"]["model"] for row in body["results"]] == ["Disk, large"]


def test_a_place_named_by_its_id_includes_what_lies_within(viewer, fleet):
    place = fleet[2].installations.get().asset.location

    by_id = ask(viewer, "reliability", location=place.pk)["totals"]
    by_name = ask(viewer, "reliability", location=place.name)["totals"]

    assert by_id == by_name
    assert by_id["components"] == 3
