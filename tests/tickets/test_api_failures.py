"""`/failures`: told by hand, looked at, confirmed and rejected."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import Component
from tests.builders import NOON, make_asset, make_component, make_installation, make_user
from tests.clients import client_as, found
from tests.tickets.cases import make_failure, make_ticket
from tests.timeline.histories import bring, disk, document, moment
from tickets.models import Failure, FailureEpisode

pytestmark = pytest.mark.django_db

AT = "2026-03-02T12:00:00Z"
DAY = timedelta(days=1)


def tell(role: str = "engineer", *, client: Any = None, key: str = "", **body: Any) -> Any:
    """The answer to a failure told by hand."""
    headers = {"Idempotency-Key": key} if key else None
    return (client or client_as(role)).post("/failures", {"occurred_at": AT, **body}, headers=headers)


def test_a_failure_of_a_component_is_recorded_where_the_component_sat_then():
    installation = make_installation(component=make_component(serial="DISK-1"))

    answer = tell(component=installation.component_id, mode="Media error", severity="critical", message=" It  clicks ")

    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["source"], shown["state"], shown["mode"], shown["message"]) == (
        "manual", "open", "media_error", "It clicks",
    )  # fmt: skip
    assert shown["component"]["serial"] == "DISK-1"
    assert shown["asset"]["id"] == installation.asset_id
    assert shown["episode"] == FailureEpisode.objects.get().pk
    assert shown["recorded_by"] is not None


def test_a_failure_of_a_serial_number_is_recorded():
    component = make_component(serial="DISK-1")

    shown = tell(component_serial=" disk-1 ", component_type="disk").json()

    assert shown["component"]["id"] == component.pk
    assert (shown["mode"], shown["severity"], shown["asset"]) == ("self_reported", "fatal", None)


def test_a_failure_of_a_slot_is_of_the_component_that_sat_there_at_that_time():
    asset = make_asset(serial="SRV-A")
    old = make_installation(asset=asset, slot="Bay 3", removed_at=NOON + 2 * DAY)
    make_installation(asset=asset, slot="Bay 3", installed_at=NOON + 2 * DAY)

    shown = tell(asset_serial="srv-a", slot="bay 3").json()

    assert shown["component"]["id"] == old.component_id
    assert shown["asset"]["id"] == asset.pk


def test_a_failure_of_what_is_not_known_waits_for_it():
    shown = tell(component_serial="DISK-1").json()

    bring(document(0, "SRV-A", disk("DISK-1", "Bay 1")))

    assert shown["component"] is None
    failure = Failure.objects.get()
    assert failure.component == Component.objects.get()
    assert failure.asset is not None
    assert failure.asset.serial == "SRV-A"
    assert FailureEpisode.objects.get().component == failure.component


def test_a_failure_dated_before_its_installation_was_known_finds_it_when_a_late_bundle_comes():
    bring(document(9, "SRV-A", disk("DISK-1", "Bay 1")))
    shown = tell(component_serial="DISK-1").json()

    bring(document(0, "SRV-A", disk("DISK-1", "Bay 1")))

    assert shown["asset"] is None
    assert client_as("viewer").get(f"/failures/{shown['id']}").json()["asset"]["serial"] == "SRV-A"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "component_serial"),
        ({"component": 1, "asset": 1, "slot": "Bay 1"}, "component"),
        ({"component": 4711}, "component"),
        ({"component_serial": "N/A"}, "component_serial"),
        ({"asset_serial": "SRV-A"}, "slot"),
        ({"asset_serial": "SRV-A", "slot": " "}, "slot"),
        ({"component_serial": "DISK-1", "slot": "Bay 1"}, "slot"),
        ({"component_serial": "DISK-1", "severity": "bad"}, "severity"),
        ({"component_serial": "DISK-1", "colour": "red"}, "colour"),
        ({"component_serial": "DISK-1", "occurred_at": "2126-01-01T00:00:00Z"}, "occurred_at"),
        ({"component_serial": "DISK-1", "occurred_at": "1126-01-01T00:00:00Z"}, "occurred_at"),
        ({"component_serial": "DISK-1", "component_type": "flux"}, "component_type"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(body: dict[str, Any], field: str):
    make_component(id=1)
    make_asset(id=1)

    answer = tell(**body)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Failure.objects.exists()


def test_one_key_records_one_failure():
    make_component(serial="DISK-1")
    client = client_as("engineer")

    first = tell(client=client, key="a key", component_serial="DISK-1")
    second = tell(client=client, key="a key", component_serial="DISK-1")
    other = tell(client=client, key="a key", component_serial="DISK-2")
    of_another = tell(key="a key", component_serial="DISK-1")

    assert (first.status_code, second.status_code, other.status_code, of_another.status_code) == (201, 200, 409, 201)
    assert first.json() == second.json()
    assert other.json()["failure"] == {"id": first.json()["id"]}


def test_without_a_key_the_same_words_are_told_twice():
    tell(component_serial="DISK-1")
    tell(component_serial="DISK-1")

    assert Failure.objects.count() == 2


def test_who_may_tell_and_who_may_decide():
    failure = make_failure()

    roles = ("viewer", "collector", "connector")
    assert [tell(role, component_serial="X1234").status_code for role in roles] == [403, 403, 201]
    assert client_as("connector").patch(f"/failures/{failure.pk}", {"state": "confirmed"}).status_code == 403


def test_a_rejected_failure_counts_nowhere_and_stays_with_who_when_and_why():
    component = make_component()
    shown = tell(component=component.pk).json()
    Component.objects.update(counted=True)
    engineer = client_as("engineer", user=make_user(username="anna"))

    answer = engineer.patch(f"/failures/{shown['id']}", {"state": "rejected", "reason": "A loose cable"}).json()

    assert (answer["state"], answer["reason"], answer["decided_by"], answer["episode"]) == (
        "rejected", "A loose cable", "anna", None,
    )  # fmt: skip
    assert answer["decided_at"] is not None
    assert not FailureEpisode.objects.exists()
    assert not Component.objects.get().counted


def test_a_decision_is_taken_back():
    shown = tell(component=make_component().pk).json()
    engineer = client_as("engineer")
    engineer.patch(f"/failures/{shown['id']}", {"state": "rejected", "reason": "A loose cable"})

    answer = engineer.patch(f"/failures/{shown['id']}", {"state": "open"}).json()

    assert (answer["state"], answer["reason"], answer["decided_by"], answer["decided_at"]) == ("open", "", None, None)
    assert FailureEpisode.objects.count() == 1


def test_a_failure_is_rejected_for_a_reason():
    failure = make_failure()

    answer = client_as("engineer").patch(f"/failures/{failure.pk}", {"state": "rejected"})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reason"])


def test_failures_are_filtered():
    viewer, component, asset = client_as("viewer"), make_component(serial="DISK-1"), make_asset(serial="SRV-A")
    first = make_failure(component=component, asset=asset, mode="media_error").pk
    second = make_failure(
        source="ticket", ticket=make_ticket(), severity="warning", state="confirmed", occurred_at=NOON + DAY
    ).pk

    assert found(viewer, "/failures") == [second, first]
    assert found(viewer, "/failures", ordering="occurred_at") == [first, second]
    for query in (
        {"component": component.pk},
        {"component_serial": "disk-1"},
        {"asset": asset.pk},
        {"asset_serial": "SRV-A"},
        {"source": "manual,log"},
        {"severity": "fatal"},
        {"state": "open"},
        {"unresolved": "false"},
        {"occurred_before": "2026-03-02T00:00:00Z"},
    ):
        assert found(viewer, "/failures", **query) == [first], query
    assert found(viewer, "/failures", occurred_after="2026-03-02T00:00:00Z") == [second]
    assert viewer.get("/failures", {"severity": "bad"}).status_code == 400


def test_a_list_of_failures_costs_the_same_queries_for_three_rows_and_for_thirty():
    viewer, counts = client_as("viewer"), []

    for number in range(30):
        make_failure(component=make_component(), asset=make_asset(), decided_by=make_user(), ticket=None)
        if number in {2, 29}:
            with CaptureQueriesContext(connection) as captured:
                viewer.get("/failures")
            counts.append(len(captured))

    assert counts == [4, 4]


def test_log_ticket_and_hand_tell_one_episode():
    failing = {
        "component": {"type": "disk", "serial": "DISK-1"},
        "occurred_at": moment(1).isoformat(),
        "mode": "media_error",
        "severity": "fatal",
    }
    bring(
        document(0, "SRV-A", disk("DISK-1", "Bay 1")), document(2, "SRV-A", disk("DISK-1", "Bay 1"), failures=[failing])
    )
    client_as("connector").post("/connectors/tickets/sync", {"source": "jira", "tickets": [{
        "external_id": "OPS-1", "opened_at": moment(1.2).isoformat(), "updated_at": moment(1.2).isoformat(),
        "failures": [{"component_serial": "DISK-1", "occurred_at": moment(1.1).isoformat()}]}]})  # fmt: skip
    tell(component_serial="DISK-1", occurred_at=moment(1.5).isoformat())

    (episode,) = FailureEpisode.objects.all()

    assert (episode.failures, episode.sources, episode.mode) == (3, ["log", "manual", "ticket"], "media_error")
    assert set(Failure.objects.values_list("episode", flat=True)) == {episode.pk}
