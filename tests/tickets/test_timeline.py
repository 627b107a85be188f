"""Tickets and failures on the timelines of assets and components."""

from datetime import timedelta
from typing import Any

import pytest

from registry.models import Asset, Component
from tests.builders import NOON, make_asset, make_component, make_event, make_installation
from tests.clients import client_as, walk
from tests.tickets.cases import make_failure, make_link, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ASSETS, COMPONENTS = "assets", "components"


def timeline(whose: str, key: int, query: str = "") -> list[dict[str, Any]]:
    """All events of a timeline."""
    return walk(client_as("viewer"), f"/{whose}/{key}/timeline?page_size=3{query}")


def days(whose: str, key: int, query: str = "") -> list[tuple[str, float]]:
    """The types of the events, and the days after noon on which they happened."""
    rows = timeline(whose, key, query)
    return [(row["type"], _day(row["occurred_at"])) for row in rows]


def _day(text: str) -> float:
    since = text.replace("Z", "+00:00")
    return (type(NOON).fromisoformat(since) - NOON) / DAY


def ticket_of(opened: float, closed: float | None = None, **target: Any) -> Ticket:
    """A ticket linked to a thing."""
    end = None if closed is None else NOON + closed * DAY
    ticket = make_ticket(opened_at=NOON + opened * DAY, closed_at=end)
    make_link(ticket=ticket, **target)
    return ticket


def test_a_components_own_ticket_is_on_its_timeline_whenever_it_was_opened():
    component = make_component()
    ticket_of(-5, 5, component=component)

    assert days(COMPONENTS, component.pk) == [("TICKET_OPENED", -5), ("TICKET_CLOSED", 5)]


def test_an_assets_ticket_is_on_the_timeline_of_what_sat_in_it_at_that_moment():
    stay = make_installation(removed_at=NOON + 4 * DAY)
    ticket_of(1, 2, asset=stay.asset)
    ticket_of(3, 6, asset=stay.asset)
    ticket_of(-1, 1, asset=stay.asset)
    ticket_of(5, 7, asset=stay.asset)

    assert days(COMPONENTS, stay.component_id) == [
        ("TICKET_OPENED", 1),
        ("TICKET_CLOSED", 1),
        ("TICKET_CLOSED", 2),
        ("TICKET_OPENED", 3),
    ]


@pytest.mark.parametrize(
    ("opened", "closed", "events"),
    [
        (0, 4, ["TICKET_OPENED", "TICKET_CLOSED"]),  # it came and left with the ticket
        (4, 5, []),
        (-1, 0, []),
    ],
)
def test_the_moment_of_coming_is_within_a_stay_and_that_of_leaving_too_for_what_ends(
    opened: float, closed: float, events: list[str]
):
    stay = make_installation(removed_at=NOON + 4 * DAY)
    ticket_of(opened, closed, asset=stay.asset)

    assert [kind for kind, _ in days(COMPONENTS, stay.component_id)] == events


def test_an_asset_shows_its_own_tickets_and_those_of_what_sat_in_it():
    stay = make_installation(removed_at=NOON + 4 * DAY)
    ticket_of(-3, None, asset=stay.asset)
    ticket_of(1, 5, component=stay.component)

    opened = timeline(ASSETS, stay.asset_id)

    assert [(row["type"], row["component"] and row["component"]["id"]) for row in opened] == [
        ("TICKET_OPENED", None),
        ("TICKET_OPENED", stay.component_id),
    ]


def test_a_failure_is_on_the_timelines_of_its_component_and_asset_unless_it_was_rejected():
    component, asset = make_component(), make_asset()
    kept = make_failure(component=component, asset=asset, message="It clicks")
    make_failure(component=component, asset=asset, state="rejected", reason="No")

    (row,) = timeline(COMPONENTS, component.pk)

    assert timeline(ASSETS, asset.pk) == [row]
    assert (row["type"], row["failure"], row["ticket"], row["from"], row["to"]) == (
        "FAILURE",
        kept.pk,
        None,
        None,
        None,
    )
    assert (row["component"]["id"], row["asset"]["id"]) == (component.pk, asset.pk)
    assert row["details"]["mode"] == "media_error"


def test_a_ticket_is_told_with_what_it_is_about():
    stay = make_installation()
    ticket = ticket_of(1, asset=stay.asset)

    (row,) = timeline(COMPONENTS, stay.component_id)

    assert (row["ticket"], row["asset"]["id"], row["component"]["id"]) == (ticket.pk, stay.asset_id, stay.component_id)
    assert row["details"] == {
        "source": "jira",
        "external_id": ticket.external_id,
        "title": ticket.title,
        "status": "open",
        "severity": "major",
        "url": "",
    }
    assert row["key"] != timeline(ASSETS, stay.asset_id)[0]["key"]


@pytest.fixture
def busy() -> tuple[Asset, Component]:
    """An asset and a component in it with events of all types, many of one moment."""
    asset, component = make_asset(), make_component()
    make_installation(asset=asset, component=component, installed_at=NOON - 9 * DAY)
    for number in range(4):
        for kind in ("INSTALLED", "HEALTH_CHANGED"):
            make_event(asset=asset, component=component, type=kind, occurred_at=NOON + number % 2 * DAY)
        make_failure(asset=asset, component=component, occurred_at=NOON + number % 2 * DAY)
        ticket_of(number % 2, 1 + number % 3, asset=asset)
        make_link(ticket=ticket_of(number % 2, 2, component=component), asset=asset)
    return asset, component


@pytest.mark.parametrize("ordering", ["occurred_at", "-occurred_at"])
@pytest.mark.parametrize("whose", [ASSETS, COMPONENTS])
@pytest.mark.parametrize("size", [1, 5, 200])
def test_pages_skip_and_double_none(busy: tuple[Asset, Component], whose: str, ordering: str, size: int):
    key = busy[whose == COMPONENTS].pk

    rows = walk(client_as("viewer"), f"/{whose}/{key}/timeline?page_size={size}&ordering={ordering}")

    assert len(rows) == 4 * (2 + 1 + 2 + 2)
    assert len({row["id"] for row in rows}) == len({row["key"] for row in rows}) == len(rows)
    times = [row["occurred_at"] for row in rows]
    assert times == sorted(times, reverse=ordering.startswith("-"))


def test_a_ticket_of_many_parts_takes_one_place_on_the_assets_pages():
    asset = make_asset()
    parts = [make_installation(asset=asset, slot=f"Bay {number}").component for number in range(5)]
    for day in range(4):
        ticket = ticket_of(day + 1, component=parts[0])
        for part in parts[1:]:
            make_link(ticket=ticket, by="component_serial", name=part.serial, component=part)
        make_failure(asset=asset, occurred_at=NOON + (day + 1.5) * DAY)

    rows = walk(client_as("viewer"), f"/assets/{asset.pk}/timeline?page_size=2")

    assert [row["type"] for row in rows] == ["TICKET_OPENED", "FAILURE"] * 4


def test_a_page_leads_back(busy: tuple[Asset, Component]):
    client = client_as("viewer")
    pages = [client.get(f"/components/{busy[1].pk}/timeline?page_size=5").json()]
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())

    back = [client.get(page["previous"]).json()["results"] for page in pages[1:]]

    assert back == [page["results"] for page in pages[:-1]]


def test_events_of_one_moment_stand_in_the_order_of_their_types(busy: tuple[Asset, Component]):
    kinds = [kind for kind, day in days(COMPONENTS, busy[1].pk) if day == 0]

    assert kinds == ["INSTALLED"] * 2 + ["HEALTH_CHANGED"] * 2 + ["FAILURE"] * 2 + ["TICKET_OPENED"] * 4


def test_a_timeline_is_filtered_by_type_and_span(busy: tuple[Asset, Component]):
    key = busy[1].pk

    assert {kind for kind, _ in days(COMPONENTS, key, "&type=FAILURE,INSTALLED")} == {"FAILURE", "INSTALLED"}
    assert days(COMPONENTS, key, "&type=TICKET_CLOSED&after=2026-03-04T12:00:00Z") == [("TICKET_CLOSED", 3)]
    assert {day for _, day in days(COMPONENTS, key, "&before=2026-03-02T12:00:00Z")} == {0}


@pytest.mark.parametrize(
    "cursor", ["WyJwb3NpdGlvbiIsWyJ4Il0sZmFsc2Vd", "WyJwb3NpdGlvbiIsWyJmZmZmZmZmZmZmZmZmZmYwMSJdLGZhbHNlXQ"]
)
def test_a_cursor_that_is_none_is_refused(cursor: str):
    assert client_as("viewer").get(f"/components/{make_component().pk}/timeline?cursor={cursor}").status_code == 400


def test_what_changes_of_a_ticket_changes_on_timelines():
    component = make_component()
    ticket = ticket_of(0, 1, component=component)
    key = component.pk

    Ticket.objects.update(closed_at=None, ends_at=type(NOON)(9999, 12, 31, tzinfo=NOON.tzinfo))
    reopened = days(COMPONENTS, key)
    Ticket.objects.update(closed_at=NOON + 3 * DAY, ends_at=NOON + 3 * DAY)
    closed_later = days(COMPONENTS, key)
    ticket.links.all().delete()

    assert reopened == [("TICKET_OPENED", 0)]
    assert closed_later == [("TICKET_OPENED", 0), ("TICKET_CLOSED", 3)]
    assert days(COMPONENTS, key) == []
