"""Reliability over HTTP."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from analytics.models import Lease, Run
from registry.models import Component
from tests.analytics.fleets import Fleet, Part, build, fail, half, put_in, run_under
from tests.builders import make_asset, make_component, make_customer, make_lot, make_project
from tests.clients import client_as, walk

pytestmark = pytest.mark.django_db

YEAR = {"from": "2026-01-01", "to": "2026-07-01"}


@pytest.fixture
def viewer() -> APIClient:
    return client_as("viewer")


@pytest.fixture
def fleet() -> list[Component]:
    """Two disks that move, change firmware and fail, and one of another lot that does neither."""
    moved = Part(model=1, lot=1, moves=((0, 0), (30, 1)), updates=((40, 1),), failures=(50, 100))
    still = Part(model=0, lot=2, moves=((5, 0),), updates=(), failures=())
    return build(Fleet(parts=(moved, moved, still), heard=(300, 200, 0)))


def ask(client: APIClient, what: str, **query: Any) -> Any:
    answer = client.get(f"/analytics/{what}", {**YEAR, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(client: APIClient, what: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/analytics/{what}", query)
    assert answer.status_code == 400, answer.content
    errors: dict[str, Any] = answer.json()["errors"]
    return errors


def table(client: APIClient, address: str, **query: Any) -> list[dict[str, str]]:
    answer = client.get(address, {**query, "format": "csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_an_answer_has_the_shape_of_the_contract(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model,firmware", component_type="disk")

    assert body.keys() == {"run", "up_to_date", "totals", "results", "unattributed", "warnings"}
    assert body["run"].keys() == {"id", "digest", "as_of", "from", "to", "computed_at", "code_version"}
    figures = {
        "components", "exposure_days", "failures", "failed_components", "afr_percent", "afr_low", "afr_high",
        "afr_upper_one_sided", "mtbf_hours", "mtbf_low", "mtbf_high", "low_data", "unknown_age", "silent",
    }  # fmt: skip
    assert body["totals"].keys() == figures
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


def test_the_same_question_finds_the_same_run(viewer, fleet):
    first = ask(viewer, "reliability", group_by="model")
    again = ask(viewer, "reliability", group_by="model")
    other = ask(viewer, "reliability", group_by="lot")

    assert again == first
    assert other["run"]["id"] != first["run"]["id"]
    assert Run.objects.count() == 2


def test_late_evidence_makes_a_new_run_and_the_old_one_stays(viewer, fleet):
    before = ask(viewer, "reliability", group_by="model")

    _fail_late(fleet[2])

    after = ask(viewer, "reliability", group_by="model")
    assert after["run"]["digest"] != before["run"]["digest"]
    kept = viewer.get(f"/analytics/runs/{before['run']['id']}").json()
    assert kept["answer"]["totals"] == before["totals"]
    assert kept["answer"]["results"] == before["results"]


def _fail_late(component: Component) -> None:
    fail(component, half(60))
    Component.objects.filter(pk=component.pk).update(counted=False)


def test_what_came_late_is_told_from_what_the_window_brought(viewer, fleet):
    first = ask(viewer, "reliability", group_by="model", to="2026-02-10")["run"]["id"]
    _fail_late(fleet[2])
    second = ask(viewer, "reliability", group_by="model", to="2026-03-10")["run"]["id"]

    body = viewer.get(f"/analytics/runs/{second}/compare", {"with": first}).json()

    assert body["totals"]["by_late_evidence"] == {"exposure_days": 0.0, "failures": 1}
    assert body["totals"]["by_window"] == {"exposure_days": 84.0, "failures": 2}
    assert (body["totals"]["before"]["failures"], body["totals"]["after"]["failures"]) == (2, 5)
    assert [(row["group"], row["by_late_evidence"]["failures"]) for row in body["results"]] == [
        ({"model": "model 0"}, 1),
        ({"model": "model 1"}, 0),
    ]


@pytest.mark.parametrize("other", ["", "x", "999999", "trend", "lots"])
def test_runs_that_answer_other_questions_are_not_compared(viewer, fleet, other):
    run = ask(viewer, "reliability", group_by="model")["run"]["id"]
    others = {
        "trend": lambda: ask(viewer, "trend", group_by="model")["run"]["id"],
        "lots": lambda: ask(viewer, "reliability", group_by="lot")["run"]["id"],
    }

    asked = others.get(other, lambda: other)()

    assert refused(viewer, f"runs/{run}/compare", **{"with": asked}).keys() == {"with"}


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


def test_what_a_row_links_to_is_what_it_counts(viewer, fleet):
    body = ask(viewer, "reliability", group_by="model,firmware,project", component_type="disk")

    for row in body["results"]:
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


@pytest.mark.parametrize(
    ("what", "query", "fields"),
    [
        ("reliability", {"group_by": "colour"}, {"group_by"}),
        ("reliability", {"group_by": "lot,lot"}, {"group_by"}),
        ("reliability", {"colour": "red"}, {"colour"}),
        ("reliability", {"window": "12h"}, {"window"}),
        ("reliability", {"window": "0d"}, {"window"}),
        ("reliability", {"window": "30d", "from": "2026-01-01"}, {"window"}),
        ("reliability", {"from": "2026-02-01", "to": "2026-02-01"}, {"from"}),
        ("reliability", {"from": "yesterday", "to": "2026-13-01"}, {"from", "to"}),
        ("reliability", {"as_of": "2999-01-01"}, {"as_of"}),
        ("reliability", {"component_type": "flux"}, {"component_type"}),
        ("reliability", {"horizon": "90d"}, {"horizon"}),
        ("trend", {"clock": "made"}, {"clock"}),
        ("survival", {"clock": "sundial"}, {"clock"}),
        ("survival", {"min_at_risk": "0"}, {"min_at_risk"}),
        ("survival", {"min_at_risk": "2.5"}, {"min_at_risk"}),
        ("spares", {"horizon": "soon"}, {"horizon"}),
        ("spares", {"service_level": "1"}, {"service_level"}),
        ("components", {"group_by": "lot"}, {"group_by"}),
        ("components", {"page_size": "0"}, {"page_size"}),
        ("failures", {"unattributed": "maybe"}, {"unattributed"}),
        ("runs", {"kind": "guess"}, {"kind"}),
        ("runs", {"colour": "red"}, {"colour"}),
    ],
)
def test_what_is_asked_wrongly_is_refused_by_field(viewer, what, query, fields):
    assert refused(viewer, what, **query).keys() == fields


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


def test_who_is_bound_to_a_customer_sees_no_others_data(viewer, monkeypatch):
    mine, other = (make_customer() for _ in range(2))
    for customer, failures in ((mine, 1), (other, 2)):
        component = make_component()
        put_in(component, make_asset(project=make_project(customer=customer), last_seen_at=half(300)), half(0))
        for number in range(failures):
            fail(component, half(10 + number))
    everything = ask(viewer, "reliability")["run"]["id"]
    for module in ("answers", "parts", "runs"):
        monkeypatch.setattr(f"analytics.api.{module}.customer_of", lambda _: mine.code)

    body = ask(viewer, "reliability", group_by="customer")

    assert [row["group"]["customer"] for row in body["results"]] == [mine.code]
    assert body["totals"]["failures"] == 1
    assert ask(viewer, "reliability", customer=other.code)["totals"]["failures"] == 0
    assert len(ask(viewer, "components")["results"]) == len(ask(viewer, "failures")["results"]) == 1
    assert viewer.get(f"/analytics/runs/{everything}").status_code == 404
    assert everything not in [row["id"] for row in viewer.get("/analytics/runs").json()["results"]]


def test_while_another_one_counts_the_answer_is_of_what_is_counted_and_says_so(viewer, fleet):
    Lease.objects.create(name="count", until=half(10_000))

    body = ask(viewer, "reliability")

    assert (body["up_to_date"], body["totals"]["components"]) == (False, 0)


def test_one_request_counts_a_bounded_amount(viewer, fleet, settings, monkeypatch):
    settings.RELIABILITY_COUNT_MOST = 2
    monkeypatch.setattr("analytics.services.counting._BATCH", 2)

    first, second = ask(viewer, "reliability"), ask(viewer, "reliability")

    assert (first["up_to_date"], first["totals"]["components"]) == (False, 2)
    assert (second["up_to_date"], second["totals"]["components"]) == (True, 3)


@pytest.mark.parametrize("role", ["collector", "connector"])
def test_who_only_delivers_does_not_read(role):
    assert client_as(role).get("/analytics/reliability").status_code == 403


# What an answer costs: the token, whether anything changed, the names of groups (4), figures (5 for each of totals,
# groups, and what is in service), the run (looked for, made in a savepoint).
@pytest.mark.parametrize("what", ["reliability", "trend", "survival", "spares", "components", "failures", "runs"])
def test_how_many_queries_an_answer_costs_does_not_depend_on_the_fleet(viewer, fleet, what):
    query = {} if what == "runs" else {**YEAR, **({} if what in ("components", "failures") else {"group_by": "model"})}
    ask(viewer, "reliability")
    few = _queries(viewer, what, query)
    for number in range(3):
        part = make_component(model=f"other {number}", lot=make_lot())
        put_in(part, make_asset(project=make_project(), last_seen_at=half(300)), half(number))
        run_under(part, f"firmware {number}", half(number))
        fail(part, half(50))
    ask(viewer, "reliability", to="2026-06-01")

    assert _queries(viewer, what, query) == few
    assert few <= 60


def _queries(client: APIClient, what: str, query: dict[str, Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/analytics/{what}", query).status_code == 200
    return len(captured)
