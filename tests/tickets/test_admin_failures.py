"""The pages of failures, and what the pages of components and assets show of tickets and failures."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from registry.admin.panels import Panel
from registry.models import Installation
from tests.builders import NOON, make_asset, make_component, make_installation, make_project
from tests.tickets.cases import make_failure, make_link, make_ticket
from tickets.admin.failures import FailureAdmin
from tickets.admin.tickets import TicketAdmin
from tickets.models import Failure, FailureEpisode, Ticket

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ADD = "/admin/tickets/failure/add/"


def told(**fields: Any) -> dict[str, Any]:
    """What a filled form sends."""
    usual = {"occurred_at_0": "2026-03-02", "occurred_at_1": "12:00:00", "mode": "Media error", "severity": "fatal"}
    return {**usual, "message": "", "slot": "", **fields}


def act(client: Client, name: str, failure: Failure, **body: Any) -> Any:
    """What a button of a failure's page does."""
    address = reverse(f"admin:tickets_failure_{name}", args=[failure.pk])
    return client.post(address, body) if body else client.get(address)


def panels(client: Client, thing: Any) -> dict[str, Panel]:
    """The panels of a thing's page, by title."""
    page = client.get(reverse(f"admin:registry_{thing._meta.model_name}_change", args=[thing.pk]))
    return {panel.title: panel for panel in page.context["panels"]}


def test_a_failure_of_a_component_is_told_by_hand(engineer: Client):
    stay = make_installation()

    answer = engineer.post(ADD, told(component=stay.component_id))

    assert answer.status_code == 302
    failure = Failure.objects.get()
    assert (failure.component, failure.asset, failure.mode) == (stay.component, stay.asset, "media_error")
    assert failure.recorded_by is not None
    assert failure.recorded_by.username == "erin"
    assert FailureEpisode.objects.count() == 1


def test_a_failure_of_a_slot_is_told_by_hand(engineer: Client):
    stay = make_installation(slot="Bay 3")

    engineer.post(ADD, told(asset=stay.asset_id, slot="Bay 3"))

    assert Failure.objects.get().component == stay.component


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Name a component, or an asset and the slot."),
        ({"asset": 1}, "Which part of the asset failed is told by its slot."),
        ({"component": 1, "occurred_at_0": "2126-03-02"}, "This time lies in the future."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(engineer: Client, fields: dict[str, Any], problem: str):
    make_asset(id=1)
    make_component(id=1)

    page = engineer.post(ADD, told(**fields))

    assert problem in page.content.decode()
    assert not Failure.objects.exists()


def test_a_failure_is_confirmed_rejected_for_a_reason_and_opened_again(engineer: Client):
    failure = make_failure(component=make_component())

    act(engineer, "confirm_one", failure)
    failure.refresh_from_db()
    confirmed = failure.state
    assert "reason" in act(engineer, "reject", failure).content.decode()
    act(engineer, "reject", failure, reason="A loose cable")
    failure.refresh_from_db()
    rejected = (failure.state, failure.reason, failure.decided_by and failure.decided_by.username)
    act(engineer, "reopen_one", failure)
    failure.refresh_from_db()

    assert confirmed == "confirmed"
    assert rejected == ("rejected", "A loose cable", "erin")
    assert (failure.state, failure.reason) == ("open", "")


def test_selected_failures_are_confirmed(engineer: Client):
    rows = [make_failure().pk, make_failure().pk]

    engineer.post("/admin/tickets/failure/", {"action": "confirm", "_selected_action": rows})

    assert set(Failure.objects.values_list("state", flat=True)) == {"confirmed"}


def test_the_list_shows_failures_with_what_is_not_known(engineer: Client):
    make_failure(component_serial="NOTYET1", source="log")
    make_failure(component=make_component(serial="DISK-1"))

    shown = strip_tags(engineer.get("/admin/tickets/failure/").content.decode())

    assert "not known: NOTYET1" in shown
    assert "disk DISK-1" in shown
    assert "NOTYET1" in strip_tags(engineer.get("/admin/tickets/failure/?known=no").content.decode())


def test_a_failures_page_shows_all_of_it(engineer: Client):
    failure = make_failure(component=make_component(serial="DISK-1"), message="<b>It clicks</b>")

    page = engineer.get(reverse("admin:tickets_failure_change", args=[failure.pk])).content.decode()

    assert "&lt;b&gt;It clicks" in page
    assert "not counted" in page


def test_a_components_page_shows_its_tickets_failures_and_neighbours(engineer: Client):
    asset = make_asset(hostname="db-17")
    stay = make_installation(asset=asset, removed_at=NOON + DAY)
    make_installation(asset=asset, component=make_component(serial="HEIR"), installed_at=NOON + 2 * DAY)
    make_link(ticket=make_ticket(external_id="OPS-1"), asset=asset)
    make_link(ticket=make_ticket(external_id="OPS-2"), component=stay.component)
    make_failure(component=stay.component, asset=asset)

    shown = panels(engineer, stay.component)

    assert [strip_tags(row[0]) for row in shown["Tickets"].rows] == ["OPS-2", "OPS-1"]
    assert [strip_tags(row[5]) for row in shown["Tickets"].rows] == ["itself", "db-17 Bay 1"]
    assert len(shown["Failures"].rows) == 1
    assert [strip_tags(cell) for cell in shown["In the same slot"].rows[0][:2]] == ["was replaced by", "disk HEIR"]


def test_an_assets_page_shows_its_tickets_and_failures(engineer: Client):
    stay = make_installation(asset=make_asset(project=make_project()))
    make_link(ticket=make_ticket(external_id="OPS-1"), project=stay.asset.project)
    make_link(ticket=make_ticket(external_id="OPS-2"), component=stay.component)
    make_failure(component=stay.component, asset=stay.asset)

    shown = panels(engineer, stay.asset)

    assert [strip_tags(row[5]) for row in shown["Tickets"].rows][1] == "its project"
    assert len(shown["Failures"].rows) == 1


def test_why_a_component_left_is_said_in_the_admin(engineer: Client):
    stay = make_installation(removed_at=NOON + DAY)
    body = {"component": stay.component_id, "asset": stay.asset_id, "reason": "planned"}

    answer = engineer.post("/admin/timeline/removalword/add/", body)

    assert answer.status_code == 302
    assert Installation.objects.get().removal_reason == "planned"


def test_what_never_left_has_no_reason(engineer: Client):
    stay = make_installation()

    page = engineer.post(
        "/admin/timeline/removalword/add/",
        {"component": stay.component_id, "asset": stay.asset_id, "reason": "planned"},
    )

    assert "It was never taken out of this asset." in page.content.decode()


def test_failures_come_in_the_order_in_which_they_happened_the_newest_first(engineer: Client):
    days = {make_failure(occurred_at=NOON + day * DAY).pk: day for day in (2, 5, 1)}

    page = engineer.get(reverse("admin:tickets_failure_changelist"))

    assert [days[row.pk] for row in page.context["cl"].result_list] == [5, 2, 1]


@pytest.mark.parametrize("pages", [FailureAdmin, TicketAdmin])
def test_an_index_has_the_order_in_which_rows_come(pages: Any):
    model = {FailureAdmin: Failure, TicketAdmin: Ticket}[pages]

    columns = tuple(name.lstrip("-") for name in pages.whole_ordering)

    assert columns in {tuple(index.fields) for index in model._meta.indexes}
