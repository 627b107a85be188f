"""The timelines on the pages of components and assets: failures and tickets among what bundles tell."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from registry.admin.panels import Panel
from registry.models import Asset, Component
from tests.builders import NOON, make_asset, make_bundle, make_component, make_event, make_installation, make_staff
from tests.clients import client_as, walk
from tests.tickets.cases import make_failure, make_link, make_ticket
from timeline.admin.timelines import MOST_EVENTS

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


def address(thing: Any) -> str:
    """The page of a thing."""
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def timeline(client: Client, thing: Asset | Component) -> Panel:
    """The timeline on a thing's page."""
    panels: list[Panel] = client.get(address(thing)).context["panels"]
    return next(panel for panel in panels if panel.title == "Timeline")


def add_to_history(asset: Asset, component: Component, day: int) -> None:
    """One more event of each type; all but the closing at one moment."""
    at = NOON + day * DAY
    make_event(type="HEALTH_CHANGED", asset=asset, component=component, occurred_at=at)
    make_failure(asset=asset, component=component, occurred_at=at, source="log", bundle=make_bundle())
    about_asset = make_ticket(opened_at=at, closed_at=at + DAY)
    make_link(ticket=about_asset, asset=asset)
    about_part = make_ticket(opened_at=at)
    make_link(ticket=about_part, by="component_serial", name=component.serial, component=component)
    make_failure(asset=asset, component=component, occurred_at=at, source="ticket", ticket=about_part)


@pytest.fixture
def busy() -> tuple[Asset, Component]:
    """An asset and a component in it with events of all types, many of one moment."""
    stay = make_installation(installed_at=NOON - 9 * DAY)
    for day in range(3):
        add_to_history(stay.asset, stay.component, day)
    return stay.asset, stay.component


@pytest.mark.parametrize("whose", [Asset, Component])
def test_a_page_has_the_events_that_the_api_has_in_the_same_order(root, busy, whose):
    thing = next(one for one in busy if isinstance(one, whose))
    rows = walk(client_as("viewer"), f"/{whose.__name__.lower()}s/{thing.pk}/timeline?ordering=-occurred_at")

    shown = timeline(root, thing).rows

    assert [strip_tags(row[1]).strip() for row in shown] == [row["type"].replace("_", " ").title() for row in rows]
    assert [strip_tags(row[0])[:16] for row in shown] == [row["occurred_at"][:16].replace("T", " ") for row in rows]
    assert {row["type"] for row in rows} == {"HEALTH_CHANGED", "FAILURE", "TICKET_OPENED", "TICKET_CLOSED"}


def test_a_failure_leads_to_its_page_to_its_asset_and_to_who_tells_it(root):
    bundle, asset, component = make_bundle(), make_asset(), make_component()
    failure = make_failure(component=component, asset=asset, source="log", bundle=bundle)

    [row] = timeline(root, component).rows

    assert [address(thing) in cell for thing, cell in ((asset, row[2]), (failure, row[3]), (bundle, row[4]))] == [
        True
    ] * 3
    assert strip_tags(row[3]).split() == ["media_error", "fatal"]


def test_a_ticket_leads_to_its_page_and_to_the_part_that_it_is_about(root):
    stay = make_installation()
    ticket = make_ticket(opened_at=NOON + DAY, title="Disk gone")
    make_link(ticket=ticket, by="component_serial", name="S1", component=stay.component)

    [row] = timeline(root, stay.asset).rows

    assert address(stay.component) in row[2]
    assert strip_tags(row[3]).split() == ["Disk", "gone", "open"]
    assert address(ticket) in row[4]
    assert strip_tags(row[4]) == ticket.external_id


def test_what_was_told_by_hand_says_so_and_what_was_rejected_is_left_out(root):
    component = make_component()
    make_failure(component=component)
    make_failure(component=component, state="rejected", reason="No")

    assert [row[4] for row in timeline(root, component).rows] == ["manual"]


def test_the_latest_are_shown_whoever_tells_them(root):
    component = make_component()
    for number in range(MOST_EVENTS):
        make_event(type="HEALTH_CHANGED", component=component, occurred_at=NOON + number * DAY)
    make_failure(component=component, occurred_at=NOON + 200 * DAY)
    make_failure(component=component, occurred_at=NOON - DAY)

    shown = timeline(root, component)

    assert strip_tags(shown.rows[0][1]).strip() == "Failure"
    assert (len(shown.rows), shown.note) == (MOST_EVENTS, f"the latest {MOST_EVENTS}")
    assert {strip_tags(row[1]).strip() for row in shown.rows[1:]} == {"Health Changed"}


@pytest.mark.parametrize("whose", [Asset, Component])
def test_a_page_costs_the_same_queries_however_many_failures_and_tickets_there_are(root, busy, whose):
    thing = next(one for one in busy if isinstance(one, whose))
    root.get(address(thing))
    with CaptureQueriesContext(connection) as few:
        root.get(address(thing))
    for day in range(3, 15):
        add_to_history(busy[0], busy[1], day)

    with CaptureQueriesContext(connection) as many:
        root.get(address(thing))

    assert len(timeline(root, thing).rows) > 70
    assert len(many) == len(few)
