"""Alerts in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics.admin.alerts import in_words
from analytics.admin.tables import chance
from analytics.models import Alert, Run
from analytics.services.alerts import acknowledge
from registry.models import Asset, Component
from tests.analytics import test_alerts_api
from tests.analytics.fleets import START
from tests.analytics.test_alerts_api import NOW, _little_data_is_enough, alert_row
from tests.builders import make_asset, make_component, make_lot, make_staff

pytestmark = pytest.mark.django_db
bad_lot = test_alerts_api.bad_lot
little_data_is_enough = _little_data_is_enough


@pytest.fixture
def engineer(client: Client) -> Client:
    client.force_login(make_staff("view_*", "change_alert", username="mara"))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def of(alert: Alert, what: str = "change") -> str:
    return reverse(f"admin:analytics_alert_{what}", args=[alert.pk])


def test_the_list_has_open_ones_first_with_ratio_and_interval(engineer):
    alert_row("GONE", closed_at=NOW, ratio=7.0)
    alert_row("SURE", adjusted=0.0001, opened_at=START, ratio=4.25, low=2.0, high=9.95)
    alert_row("LESS SURE", adjusted=0.04)

    text = page(engineer, reverse("admin:analytics_alert_changelist"))

    assert text.index("SURE") < text.index("LESS SURE") < text.index("GONE")
    assert "4.3</span>" in text
    assert "2.0 to 10.0" in text


@pytest.mark.parametrize(
    ("state", "shown"),
    [("new", {"NEW"}), ("open", {"NEW", "SEEN"}), ("closed", {"GONE"}), ("", {"NEW", "SEEN", "GONE"})],
)
def test_the_list_is_filtered_by_state(engineer, state, shown):
    alert_row("NEW")
    alert_row("SEEN", acknowledged_at=NOW)
    alert_row("GONE", closed_at=NOW)

    answer = engineer.get(reverse("admin:analytics_alert_changelist"), {"state": state} if state else {})

    assert {alert.value for alert in answer.context["cl"].result_list} == shown


def test_the_page_says_it_in_words_and_lists_the_parts(engineer, bad_lot):
    text = page(engineer, of(bad_lot))

    for sentence in in_words(bad_lot):
        assert sentence in text
    for words in ("6 failures", "24.0 times", "BAD-0", "host-BAD", "fra / rack 12", "ACME-EU", "components?format=csv"):
        assert words in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "4 failures from 2026-01-01 to 2026-10-28, where 1.5 were to be expected"),
        ({"low": 1.2, "high": 8.0}, "3.0 times as often (95 % interval 1.2 to 8.0)"),
        ({"low": 1.2, "high": None}, "1.2 to no upper end"),
        ({"ratio": None}, "Nothing but this lot failed at all"),
        ({"widened": True, "dispersion": 2.14}, "differ by more than chance (dispersion 2.1)"),
        ({"crude": 5.0}, "Without regard to age the ratio would be 5.0."),
        ({"kind": "slot", "asset_id": 7}, "like all others of their type, model and age"),
        ({"p": 3e-9, "adjusted": 0.012}, "probability under 1e-8; allowing for how many lots there are, p is 0.012"),
    ],
)
def test_figures_are_told_in_words(fields, words):
    alert = alert_row("L", **fields)

    assert words in " ".join(in_words(alert))


@pytest.mark.parametrize(("p", "text"), [(None, "–"), (0.0421, "0.042"), (0.0001, "0.0001"), (0.0, "under 1e-12")])
def test_probabilities_are_told_in_their_order_of_magnitude(p, text):
    assert chance(p) == text


def test_an_engineer_acknowledges_with_a_note(engineer, bad_lot):
    asked = page(engineer, of(bad_lot, "acknowledge"))

    answer = engineer.post(of(bad_lot, "acknowledge"), {"note": " vendor told "})

    bad_lot.refresh_from_db()
    assert "stays open for as long as" in asked
    assert answer.status_code == 302
    assert (str(bad_lot.acknowledged_by), bad_lot.note) == ("mara", "vendor told")
    assert "vendor told" in page(engineer, of(bad_lot))


def test_an_engineer_takes_it_back(engineer, bad_lot):
    acknowledge(bad_lot.pk, user=None, note="vendor told", now=NOW)

    asked = engineer.get(of(bad_lot, "withdraw"))
    engineer.post(of(bad_lot, "withdraw"))

    assert "Take back" in asked.content.decode()
    bad_lot.refresh_from_db()
    assert (bad_lot.acknowledged_at, bad_lot.note) == (None, "")


def test_who_only_looks_acknowledges_nothing(client, bad_lot):
    client.force_login(make_staff("view_*"))

    assert client.post(of(bad_lot, "acknowledge"), {"note": "x"}).status_code == 403
    assert of(bad_lot, "acknowledge") not in page(client, of(bad_lot))


def test_a_part_of_a_model_that_is_spelled_otherwise_says_nothing(engineer, bad_lot):
    part = Component.objects.get(serial="BAD-0")
    Component.objects.filter(pk=part.pk).update(model="mz7")

    text = page(engineer, reverse("admin:registry_component_change", args=[part.pk]))

    assert "times as often as their peers" not in text


def test_a_part_of_a_bad_lot_and_a_server_that_eats_parts_say_so(engineer, bad_lot):
    part = Component.objects.get(serial="BAD-0")
    other = make_component(lot=make_lot(), model="MZ7")
    asset = make_asset()
    alert_row("SRV", kind="asset", asset_id=asset.pk, component_type="", model="")

    def says(row: Any) -> bool:
        name = f"admin:registry_{row._meta.model_name}_change"
        return "times as often as their peers" in page(engineer, reverse(name, args=[row.pk]))

    assert (says(part), says(other)) == (True, False)
    assert (says(asset), says(Asset.objects.get(serial="SRV-BAD"))) == (True, False)


def test_a_run_of_alerts_has_a_page(engineer, bad_lot):
    run = Run.objects.get(standard="alerts by lot")

    text = page(engineer, reverse("admin:analytics_run_change", args=[run.pk]))

    assert "worse" in text
    assert "GOOD-4" in text
