"""Alerts and standings over HTTP."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from analytics.models import Alert, Run
from analytics.services import count_changes
from analytics.services.alerts import evaluate_alerts
from registry.models import Asset, Component
from tests.analytics.fleets import START, fail, put_in
from tests.builders import make_asset, make_component, make_customer, make_location, make_lot, make_project, make_user
from tests.clients import client_as, walk

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=300)
WINDOW = {"from": "2025-10-28", "to": "2026-10-28"}
LOTS = {"BAD": 6, "GOOD-1": 1, "GOOD-2": 0, "GOOD-3": 0, "GOOD-4": 0}


@pytest.fixture(autouse=True)
def _little_data_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.selectors.peers.is_low_data", lambda components, *_: components < 4)


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer", user=make_user(username="mara"))


def build_lots(failures: dict[str, int], parts: int = 6) -> Any:
    """Lots of one model, each in a server of its own, and so many of its parts failing; gives the project."""
    project = make_project(code="ACME-EU", customer=make_customer(code="ACME"))
    rack = make_location(name="rack 12", parent=make_location(name="fra"))
    for code, count in failures.items():
        lot = make_lot(code=code)
        asset = make_asset(serial=f"SRV-{code}", hostname=f"host-{code}", project=project, location=rack)
        for number in range(parts):
            part = make_component(
                lot=lot, model="MZ7", serial=f"{code}-{number}", firmware="FW1", asset=asset, slot=f"Bay {number}"
            )
            put_in(part, asset, START)
            if number < count:
                fail(part, START + timedelta(days=20 + number))
    Asset.objects.update(last_seen_at=NOW)
    return project


@pytest.fixture
def bad_lot() -> Alert:
    """An alert for a lot of which every part failed."""
    build_lots(LOTS)
    count_changes()
    evaluate_alerts(now=NOW)
    return Alert.objects.get()


@pytest.fixture
def hungry() -> Asset:
    """A server, of which one bay ate five parts of several lots; it and the bay are alerts."""
    lots = [make_lot() for _ in range(3)]
    for number in range(60):
        put_in(make_component(model="MZ7", lot=lots[number % 3]), make_asset(), START)
    asset = make_asset(serial="HUNGRY")
    for number in range(5):
        part = make_component(model="MZ7", lot=lots[number % 3])
        since, until = (START + timedelta(days=40 * number + days) for days in (0, 39))
        row = put_in(part, asset, since, until)
        type(row).objects.filter(id=row.id).update(slot="Bay 7")
        fail(part, until)
    make_component(model="MZ7", asset=asset, slot="Bay 7")
    make_component(model="MZ7", asset=asset, slot="Bay 8")
    Asset.objects.update(last_seen_at=NOW)
    count_changes()
    evaluate_alerts(now=NOW)
    return asset


def listed(client: APIClient, **query: Any) -> Any:
    answer = client.get("/analytics/alerts", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def alert_row(value: str, **fields: Any) -> Alert:
    opened: datetime = fields.pop("opened_at", NOW)
    usual = {
        "kind": "lot",
        "component_type": "disk",
        "model": "MZ7",
        "window_start": START,
        "window_end": NOW,
        "components": 5,
        "exposure_days": 500.0,
        "seen": 4,
        "expected": 1.5,
        "ratio": 3.0,
        "p": 0.001,
        "adjusted": 0.01,
        "evaluated_at": NOW,
    }
    closed = fields.get("closed_at")
    key = f"{value:0>32}"
    row = {**usual, "subject": key, "open_subject": None if closed else key, "opened_at": opened, **fields}
    return Alert.objects.create(value=value, **row)


def test_an_alert_tells_its_figures_and_what_it_is_made_of(viewer, bad_lot):
    (row,) = listed(viewer)

    assert (row["kind"], row["component_type"], row["model"], row["value"]) == ("lot", "disk", "MZ7", "BAD")
    assert (row["seen"], row["expected"], row["components"]) == (6, pytest.approx(7 / 5), 6)
    assert row["ratio"] == pytest.approx(24.0)
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert 0 < row["p"] < row["p_adjusted"] < 0.05
    assert (row["widened"], row["asset"], row["closed_at"], row["acknowledged"]) == (False, None, None, None)
    assert (row["from"], row["to"]) == ("2025-10-28T00:00:00Z", "2026-10-28T00:00:00Z")
    assert len(walk(viewer, row["links"]["failures"])) == row["seen"]
    assert len(walk(viewer, row["links"]["components"])) == row["components"]


def test_an_alert_leads_to_the_whole_comparison(viewer, bad_lot):
    (row,) = listed(viewer)

    standings = viewer.get(row["links"]["standings"]).json()

    (worst, *_) = standings["results"]
    assert worst["group"]["lot"] == "BAD"
    assert {name: worst[name] for name in ("seen", "expected", "ratio", "p_adjusted")} == {
        name: row[name] for name in ("seen", "expected", "ratio", "p_adjusted")
    }


def test_places_name_their_asset_and_lead_to_the_failures_there(viewer, hungry):
    rows = {row["kind"]: row for row in listed(viewer)}

    assert rows.keys() == {"asset", "slot"}
    for row in rows.values():
        assert row["asset"] == {"id": hungry.pk, "serial": "HUNGRY", "hostname": "db-17"}
        assert len(walk(viewer, row["links"]["failures"])) == row["seen"] == 5
    assert (rows["slot"]["value"], rows["slot"]["slot"]) == ("HUNGRY Bay 7", "Bay 7")
    assert len(walk(viewer, rows["asset"]["links"]["components"])) == 2
    assert len(walk(viewer, rows["slot"]["links"]["components"])) == 1


def test_the_standings_of_places_are_told_too(viewer, hungry):
    body = viewer.get("/analytics/standings", {**WINDOW, "kind": "slot"}).json()

    (row,) = body["results"]
    assert (row["group"], row["asset_id"], row["alert"]) == ({"asset": "HUNGRY", "slot": "Bay 7"}, hungry.pk, True)
    assert len(walk(viewer, row["links"]["failures"])) == 5


def test_one_alert_is_found_by_its_id(viewer, bad_lot):
    found = viewer.get(f"/analytics/alerts/{bad_lot.pk}")

    assert found.json() == listed(viewer)[0]
    assert viewer.get("/analytics/alerts/0").status_code == 404


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ({}, ["NEW", "OLD"]),
        ({"open": "true"}, ["NEW", "OLD"]),
        ({"open": "false"}, ["GONE"]),
        ({"open": "any"}, ["NEW", "GONE", "OLD"]),
        ({"kind": "firmware"}, ["NEW"]),
        ({"kind": "firmware,lot"}, ["NEW", "OLD"]),
        ({"component_type": "memory"}, ["OLD"]),
        ({"model": "MZ8"}, ["NEW"]),
        ({"value": "OLD"}, ["OLD"]),
        ({"acknowledged": "true"}, ["OLD"]),
        ({"acknowledged": "false"}, ["NEW"]),
        ({"opened_after": "2026-10-27T00:00:00Z"}, ["NEW"]),
        ({"opened_before": "2026-10-27T00:00:00Z"}, ["OLD"]),
        ({"asset": "7"}, []),
        ({"ordering": "ratio"}, ["OLD", "NEW"]),
        ({"ordering": "-p_adjusted", "open": "any"}, ["GONE", "OLD", "NEW"]),
    ],
)
def test_alerts_are_filtered_and_ordered(viewer, query, values):
    alert_row("OLD", component_type="memory", opened_at=START, acknowledged_at=NOW, ratio=2.0)
    alert_row("GONE", opened_at=START + timedelta(days=1), closed_at=NOW, adjusted=0.04)
    alert_row("NEW", kind="firmware", model="MZ8", adjusted=0.001)

    assert [row["value"] for row in listed(viewer, **query)] == values


@pytest.mark.parametrize("ordering", ["p_adjusted", "-ratio", "opened_at"])
def test_pages_by_any_figure_skip_and_double_none(viewer, ordering):
    for number, ratio in enumerate((None, 10 / 3, 0.1 + 0.2, 1e9, None)):
        alert_row(f"L{number}", ratio=ratio, adjusted=0.01 / (number // 2 + 3))

    rows = walk(viewer, f"/analytics/alerts?page_size=1&ordering={ordering}")

    assert sorted(row["value"] for row in rows) == ["L0", "L1", "L2", "L3", "L4"]


@pytest.mark.parametrize(
    ("address", "query", "field"),
    [
        ("alerts", {"kind": "rack"}, "kind"),
        ("alerts", {"open": "maybe"}, "open"),
        ("alerts", {"colour": "red"}, "colour"),
        ("alerts", {"ordering": "note"}, "ordering"),
        ("alerts", {"opened_after": "yesterday"}, "opened_after"),
        ("standings", {"kind": "rack"}, "kind"),
        ("standings", {"group_by": "lot"}, "group_by"),
        ("standings", {"window": "12h"}, "window"),
        ("failures", {"asset": "x"}, "asset"),
    ],
)
def test_what_is_asked_wrongly_is_refused_by_field(viewer, address, query, field):
    answer = viewer.get(f"/analytics/{address}", query)

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}


def test_an_engineer_acknowledges_and_takes_it_back(engineer, bad_lot):
    address = f"/analytics/alerts/{bad_lot.pk}"

    seen = engineer.post(f"{address}/acknowledge", {"note": "vendor told"})
    later = engineer.get(address).json()["acknowledged"]
    undone = engineer.post(f"{address}/unacknowledge")

    assert (seen.status_code, seen.json()["acknowledged"]) == (200, later)
    assert (later["by"], later["note"]) == ("mara", "vendor told")
    assert (undone.status_code, undone.json()["acknowledged"]) == (200, None)
    assert listed(engineer, acknowledged="true") == []


def test_what_nobody_knows_in_an_acknowledgement_is_refused(engineer, bad_lot):
    answer = engineer.post(f"/analytics/alerts/{bad_lot.pk}/acknowledge", {"closed": True})

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"closed"}


@pytest.mark.parametrize("call", ["acknowledge", "unacknowledge"])
def test_who_only_reads_acknowledges_nothing(viewer, bad_lot, call):
    assert viewer.post(f"/analytics/alerts/{bad_lot.pk}/{call}").status_code == 403


def test_alerts_are_neither_made_nor_removed_by_hand(bad_lot):
    admin = client_as("admin")

    assert admin.post("/analytics/alerts", {}).status_code == 405
    assert admin.delete(f"/analytics/alerts/{bad_lot.pk}").status_code == 405


def test_the_recall_list_says_where_each_part_is_now(viewer, bad_lot):
    Component.objects.filter(serial="BAD-5").update(asset=None, slot="", status="removed", installed_at=None)

    rows = walk(viewer, f"/analytics/alerts/{bad_lot.pk}/components?page_size=4")

    assert [row["component"]["serial"] for row in rows] == [f"BAD-{number}" for number in range(6)]
    first, last = rows[0], rows[-1]
    assert (first["asset"]["hostname"], first["slot"], first["status"]) == ("host-BAD", "Bay 0", "installed")
    assert (first["location"], first["project"], first["customer"]) == ("fra / rack 12", "ACME-EU", "ACME")
    assert (first["lot"], first["firmware"], first["failures"]) == ("BAD", "FW1", 1)
    assert (last["asset"], last["status"], last["location"], last["customer"]) == (None, "removed", "", None)


@pytest.mark.parametrize(
    ("kind", "value", "model", "slot"),
    [("lot", "BAD", "mz7", ""), ("firmware", "fw1", "MZ7", ""), ("slot", "SRV-BAD bay 1", "", "bay 1")],
)
def test_parts_that_are_spelled_otherwise_are_not_recalled(viewer, bad_lot, kind, value, model, slot):
    place = Asset.objects.get(serial="SRV-BAD").pk if slot else None
    other = alert_row(value, kind=kind, model=model, slot=slot, asset_id=place)

    assert walk(viewer, f"/analytics/alerts/{other.pk}/components") == []


def test_the_recall_list_is_a_whole_table_too(viewer, bad_lot):
    answer = viewer.get(f"/analytics/alerts/{bad_lot.pk}/components", {"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="alert-{bad_lot.pk}-components.csv"'
    assert [row["component_serial"] for row in rows] == [f"BAD-{number}" for number in range(6)]
    assert {row["customer"] for row in rows} == {"ACME"}
    assert rows[0]["asset_hostname"] == "host-BAD"


def test_alerts_are_a_table_too(viewer, bad_lot):
    answer = viewer.get("/analytics/alerts", {"format": "csv"})

    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["value"], float(row["ratio"]), row["widened"]) == ("BAD", bad_lot.ratio, "false")
    assert row["from"] == "2025-10-28T00:00:00Z"


def test_standings_are_a_table_too(viewer, bad_lot):
    answer = viewer.get("/analytics/standings", {**WINDOW, "format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert list(rows[0])[:3] == ["component_type", "model", "lot"]
    assert [row["lot"] for row in rows if row["alert"] == "true"] == ["BAD"]


def test_standings_show_every_lot_also_where_nothing_is_wrong(viewer):
    build_lots({"ONE": 1, "TWO": 1, "THREE": 0})
    build = make_component(model="MZ7", lot=make_lot(code="FEW"))
    put_in(build, Asset.objects.get(serial="SRV-ONE"), START)

    body = viewer.get("/analytics/standings", WINDOW).json()

    assert body["kind"] == "lot"
    told = {row["group"]["lot"]: row for row in body["results"]}
    assert told.keys() == {"ONE", "TWO", "THREE", "FEW"}
    assert not any(row["alert"] for row in told.values())
    assert (told["FEW"]["low_data"], told["ONE"]["low_data"]) == (True, False)
    assert told["ONE"]["p"] is None
    assert sum(row["expected"] for row in told.values()) == pytest.approx(2.0)


def test_a_filter_by_what_is_compared_leaves_its_peers_in(viewer, bad_lot):
    body = viewer.get("/analytics/standings", {**WINDOW, "lot": "BAD"}).json()

    (row,) = body["results"]
    assert row["ratio"] == pytest.approx(24.0)


def test_standings_are_a_run_with_a_digest(viewer, bad_lot):
    runs = Run.objects.filter(kind="alerts")
    nightly = runs.get(standard="alerts by lot")

    asked = viewer.get("/analytics/standings", {**WINDOW, "kind": "lot"}).json()["run"]

    assert sorted(runs.values_list("standard", flat=True)) == [
        "alerts by asset", "alerts by firmware", "alerts by lot", "alerts by slot",
    ]  # fmt: skip
    assert (asked["id"], asked["digest"]) == (nightly.pk, nightly.digest)
    assert viewer.get(f"/analytics/runs/{nightly.pk}").json()["answer"]["results"][0]["group"]["lot"] == "BAD"


def test_who_is_bound_to_a_customer_sees_alerts_of_own_servers_alone(viewer, bad_lot, monkeypatch):
    customer = make_customer()
    own = make_asset(project=make_project(customer=customer))
    alert_row("MINE", kind="asset", asset_id=own.pk)
    alert_row("THEIRS", kind="asset", asset_id=make_asset(project=make_project()).pk)
    for module in ("alerts", "standings"):
        monkeypatch.setattr(f"analytics.api.{module}.customer_of", lambda _: customer.code)

    assert [row["value"] for row in listed(viewer, open="any")] == ["MINE"]
    assert viewer.get(f"/analytics/alerts/{bad_lot.pk}").status_code == 404
    assert viewer.get(f"/analytics/alerts/{bad_lot.pk}/components").status_code == 404
    assert viewer.get("/analytics/standings", WINDOW).json()["results"] == []


@pytest.mark.parametrize("what", ["alerts", "recall list", "standings"])
def test_how_many_queries_a_list_costs_does_not_depend_on_its_length(viewer, bad_lot, what):
    address = {
        "alerts": "/analytics/alerts?open=any",
        "recall list": f"/analytics/alerts/{bad_lot.pk}/components",
        "standings": "/analytics/standings",
    }[what]
    few = _queries(viewer, address, {})
    lot = Component.objects.get(serial="BAD-0").lot
    for number in range(3):
        asset = make_asset(project=make_project(), location=make_location())
        alert_row(f"A{number}", kind="asset", asset_id=asset.pk, acknowledged_by=make_user(), acknowledged_at=NOW)
        part = make_component(model="MZ7", lot=lot, asset=asset)
        put_in(part, asset, START)
        put_in(make_component(model="MZ7", lot=make_lot()), asset, START)
        fail(part, START + timedelta(days=9))
    count_changes()

    # An alert of a place asks for its asset.
    assert _queries(viewer, address, {}) == few + (what == "alerts")


def _queries(client: APIClient, address: str, query: dict[str, Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, query).status_code == 200
    return len(captured)
