"""The pages of tickets: what operators see of them, and what they decide."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from registry.admin.panels import Panel
from tests.builders import make_asset, make_component, make_staff
from tests.tickets.cases import make_failure, make_link, make_ticket
from tickets.models import TicketLink

pytestmark = pytest.mark.django_db


def panels(client, ticket) -> dict[str, Panel]:
    """The panels of a ticket's page, by title."""
    page = client.get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))
    return {panel.title: panel for panel in page.context["panels"]}


def act(client, name, link, **answer):
    """What a button of a link's page does."""
    return client.get(reverse(f"admin:tickets_ticketlink_{name}", args=[link.pk]), answer)


def test_a_tickets_page_shows_its_links_failures_and_what_was_sent(engineer):
    ticket, disk = make_ticket(raw={"priority": "P2"}), make_component(serial="S5FNNA0R500123")
    make_link(ticket=ticket, by="component_serial", name="S5FNNA0R500123", component=disk)
    make_link(ticket=ticket, name="NOTYET1")
    make_failure(source="ticket", ticket=ticket, component=disk)

    shown = panels(engineer, ticket)

    assert [strip_tags(row[1]).strip() for row in shown["Links"].rows] == ["disk S5FNNA0R500123", "unresolved"]
    assert len(shown["Failures"].rows) == 1
    assert "P2" in strip_tags(shown["As it was sent"].rows[0][0])


def test_a_ticket_says_that_something_is_undecided(engineer):
    ticket = make_ticket()
    make_link(ticket=ticket, origin="text", state="proposed", asset=make_asset())

    page = engineer.get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))

    assert "1 proposed by its text" in page.content.decode()


def test_what_a_source_sends_is_never_markup(engineer):
    ticket = make_ticket(title="<script>alert(1)</script>", url="https://x.example/<b>", raw={"a": "<img src=x>"})

    page = engineer.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()

    assert "<script>alert(1)" not in page
    assert "<img src=x>" not in page


@pytest.mark.parametrize(
    "term",
    ["ops-47", "OPS-4711", "7xk2m", "db-17", "notyet1", "gone"],
    ids=["id", "whole id", "serial", "host", "name", "title"],
)
def test_tickets_are_found_by_what_people_remember(engineer, term):
    ticket = make_ticket(external_id="OPS-4711")
    make_ticket(external_id="RM-1", title="Fan loud")
    make_link(ticket=ticket, asset=make_asset(serial="7XK2M93", hostname="db-17"))
    make_link(ticket=ticket, name="NOTYET1")

    page = engineer.get(reverse("admin:tickets_ticket_changelist"), {"q": term})

    assert list(page.context["cl"].result_list) == [ticket]


@pytest.mark.parametrize(("choice", "number"), [("yes", 1), ("no", 2), ("", 3)])
def test_open_and_closed_tickets_are_told_apart(engineer, choice, number):
    first = make_ticket()
    make_ticket(closed_at=first.opened_at)
    make_ticket(closed_at=first.opened_at)

    page = engineer.get(reverse("admin:tickets_ticket_changelist"), {"open": choice} if choice else {})

    assert len(page.context["cl"].result_list) == number


@pytest.mark.parametrize(("button", "state"), [("confirm_one", "confirmed"), ("dismiss_one", "dismissed")])
def test_a_proposal_is_decided_with_one_click_and_taken_back_with_another(engineer, button, state):
    link = make_link(origin="text", state="proposed", asset=make_asset())

    act(engineer, button, link)

    link.refresh_from_db()
    assert (link.state, str(link.decided_by), link.decided_at is not None) == (state, "erin", True)
    act(engineer, "take_back_one", link)
    link.refresh_from_db()
    assert (link.state, link.decided_by) == ("proposed", None)


def test_an_engineer_says_which_of_two_things_is_meant(engineer):
    first, second = make_component(type="disk", serial="SHARED01"), make_component(type="gpu", serial="SHARED01")
    link = make_link(by="component_serial", name="SHARED01")
    address = reverse("admin:tickets_ticketlink_resolve", args=[link.pk])
    assert {strip_tags(row[0]) for row in engineer.get(address).context["panels"][0].rows} == {str(first), str(second)}

    engineer.post(address, {"component": second.pk})

    link.refresh_from_db()
    assert (link.component, link.state) == (second, "confirmed")


def test_saying_nothing_resolves_nothing(engineer):
    link = make_link()

    page = engineer.post(reverse("admin:tickets_ticketlink_resolve", args=[link.pk]), {"asset": ""})

    assert "Choose one thing." in page.content.decode()


def test_an_engineer_links_a_ticket_by_hand(engineer):
    ticket, asset = make_ticket(), make_asset()

    engineer.post(reverse("admin:tickets_ticket_link_to", args=[ticket.pk]), {"asset": asset.pk})

    link = TicketLink.objects.get()
    assert (link.origin, link.asset, link.name) == ("operator", asset, asset.serial)


def test_the_queue_shows_what_waits_and_what_could_be_meant(engineer):
    first, second = make_component(type="disk", serial="SHARED01"), make_component(type="gpu", serial="SHARED01")
    make_link(by="component_serial", name="SHARED01", candidates=2)
    make_link(asset=make_asset())
    make_link(name="NOTYET1", state="dismissed")

    page = engineer.get(reverse("admin:tickets_unresolvedlink_changelist"))

    assert [link.name for link in page.context["cl"].result_list] == ["SHARED01"]
    assert str(first) in page.content.decode()
    assert str(second) in page.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [({"why": "ambiguous"}, ["SHARED01"]), ({"why": "unknown"}, ["NOTYET1"]), ({"q": "notyet"}, ["NOTYET1"])],
)
def test_the_queue_is_narrowed_and_searched(engineer, query, found):
    make_link(by="component_serial", name="SHARED01", candidates=2)
    make_link(name="NOTYET1")

    page = engineer.get(reverse("admin:tickets_unresolvedlink_changelist"), query)

    assert [link.name for link in page.context["cl"].result_list] == found


def test_links_are_dismissed_together(engineer):
    links = [make_link(), make_link()]

    engineer.post(
        reverse("admin:tickets_unresolvedlink_changelist"),
        {"action": "dismiss", "_selected_action": [link.pk for link in links]},
    )

    assert set(TicketLink.objects.values_list("state", flat=True)) == {"dismissed"}


def test_a_viewer_decides_nothing(client):
    client.force_login(make_staff("view_*"))
    link = make_link(origin="text", state="proposed", asset=make_asset())

    answers = [act(client, name, link).status_code for name in ("confirm_one", "dismiss_one", "resolve")]

    assert answers == [403, 403, 403]
    assert TicketLink.objects.get().state == "proposed"
