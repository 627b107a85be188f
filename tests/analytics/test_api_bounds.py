"""What is bounded of reliability over HTTP: who sees what, what is refused, and what an answer costs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from analytics.models import Lease
from tests.analytics.fleets import fail, half, put_in, run_under
from tests.analytics.questions import YEAR, ask, refused
from tests.builders import make_asset, make_component, make_customer, make_lot, make_project
from tests.clients import client_as

pytestmark = pytest.mark.django_db


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
        ("reliability", {"as_of": "1969-12-31"}, {"as_of"}),
        ("reliability", {"component_type": "flux"}, {"component_type"}),
        ("reliability", {"horizon": "90d"}, {"horizon"}),
        ("trend", {"clock": "made"}, {"clock"}),
        ("survival", {"clock": "sundial"}, {"clock"}),
        ("survival", {"min_at_risk": "0"}, {"min_at_risk"}),
        ("survival", {"min_at_risk": "2.5"}, {"min_at_risk"}),
        ("survival", {"clock": "sundial", "min_at_risk": "few"}, {"clock", "min_at_risk"}),
        ("spares", {"horizon": "soon", "service_level": "high"}, {"horizon", "service_level"}),
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
