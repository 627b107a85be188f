"""`GET /components/{id}/tickets` and `GET /assets/{id}/tickets`."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import NOON, make_asset, make_component, make_installation, make_project
from tests.clients import client_as, walk
from tests.tickets.cases import make_link, make_ticket

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def shown(address: str) -> list[tuple[str, str]]:
    """What a list shows: each ticket and its relation."""
    return [(row["ticket"]["external_id"], row["relation"]) for row in walk(client_as("viewer"), address)]


def ticket_of(external_id: str, opened: float, closed: float | None = None, **target: Any) -> Any:
    """A ticket opened and closed some days after noon, linked to a thing."""
    end = None if closed is None else NOON + closed * DAY
    ticket = make_ticket(external_id=external_id, opened_at=NOON + opened * DAY, closed_at=end)
    make_link(ticket=ticket, **target)
    return ticket


def test_a_component_shows_its_own_tickets_and_those_of_its_assets_of_their_time():
    component, first, second = make_component(), make_asset(), make_asset()
    make_installation(component=component, asset=first, removed_at=NOON + 3 * DAY)
    make_installation(component=component, asset=second, installed_at=NOON + 3 * DAY, slot="Bay 1")
    ticket_of("HERE", 2, asset=first)
    ticket_of("AFTER IT LEFT", 4, asset=first)
    ticket_of("WHERE IT WENT", 4, asset=second)
    ticket_of("OWN", -5, -4, component=component)
    ticket_of("BEFORE IT CAME", 1, 3, asset=second)

    assert shown(f"/components/{component.pk}/tickets") == [
        ("WHERE IT WENT", "inherited"),
        ("HERE", "inherited"),
        ("OWN", "direct"),
    ]


def test_an_inherited_ticket_says_through_what():
    installation = make_installation(slot="Bay 3", removed_at=NOON + 3 * DAY)
    ticket_of("OPS-1", 1, asset=installation.asset)

    (row,) = walk(client_as("viewer"), f"/components/{installation.component_id}/tickets")

    assert row["via"] == {
        "asset": {"id": installation.asset_id, "serial": installation.asset.serial, "hostname": "db-17"},
        "component": None,
        "installation": installation.pk,
        "slot": "Bay 3",
        "overlap_from": "2026-03-02T12:00:00Z",
        "overlap_to": "2026-03-04T12:00:00Z",
    }
    assert row["windows"] == [row["via"]]


def test_an_asset_shows_its_own_tickets_its_projects_and_those_of_what_sat_in_it():
    asset = make_asset(project=make_project())
    installation = make_installation(asset=asset, removed_at=NOON + 3 * DAY)
    ticket_of("ASSET", 0, asset=asset)
    ticket_of("PROJECT", 1, project=asset.project)
    ticket_of("DISK", 2, component=installation.component)
    ticket_of("DISK LATER", 3, component=installation.component)
    ticket_of("OTHER", 4, asset=make_asset())

    rows = walk(client_as("viewer"), f"/assets/{asset.pk}/tickets")

    assert [(row["ticket"]["external_id"], row["relation"]) for row in rows] == [
        ("DISK", "inherited"),
        ("PROJECT", "project"),
        ("ASSET", "direct"),
    ]
    assert rows[0]["via"]["component"]["id"] == installation.component_id


@pytest.mark.parametrize("state", ["proposed", "dismissed"])
def test_links_that_do_not_count_show_nothing(state: str):
    component = make_component()
    make_link(component=component, origin="text", state=state)

    assert shown(f"/components/{component.pk}/tickets") == []


def test_a_ticket_with_two_links_to_an_asset_shows_once():
    installation = make_installation()
    ticket = ticket_of("OPS-1", 0, asset=installation.asset)
    make_link(ticket=ticket, by="asset_hostname", name="db-17", asset=installation.asset)

    assert shown(f"/components/{installation.component_id}/tickets") == [("OPS-1", "inherited")]


@pytest.mark.parametrize("ordering", ["opened_at", "-opened_at", "id", "-updated_at"])
def test_pages_skip_and_double_none(ordering: str):
    installation = make_installation()
    for number in range(25):
        target = {"component": installation.component} if number % 3 == 0 else {"asset": installation.asset}
        ticket_of(f"OPS-{number}", number % 4, **target)

    rows = shown(f"/components/{installation.component_id}/tickets?page_size=4&ordering={ordering}")

    assert sorted(name for name, _ in rows) == sorted(f"OPS-{number}" for number in range(25))


def test_a_page_leads_back():
    component = make_component()
    for number in range(5):
        ticket_of(f"OPS-{number}", number, component=component)
    client = client_as("viewer")

    first = client.get(f"/components/{component.pk}/tickets?page_size=2").json()
    second = client.get(first["next"]).json()
    back = client.get(second["previous"]).json()

    assert back["results"] == first["results"]


def test_tickets_are_filtered():
    component = make_component()
    ticket_of("OPEN", 0, component=component)
    ticket_of("CLOSED", 1, 2, component=component)
    address = f"/components/{component.pk}/tickets"

    assert shown(f"{address}?open=true") == [("OPEN", "direct")]
    assert shown(f"{address}?opened_after=2026-03-02T00:00:00Z") == [("CLOSED", "direct")]
    assert client_as("viewer").get(f"{address}?colour=red").status_code == 400


@pytest.mark.parametrize("whose", ["components", "assets"])
def test_how_many_queries_it_takes_does_not_depend_on_how_many_tickets(whose: str):
    installation = make_installation(asset=make_asset(project=make_project()))
    address = f"/{whose}/{installation.component_id if whose == 'components' else installation.asset_id}/tickets"
    client, counts = client_as("viewer"), []

    for number in range(30):
        ticket_of(f"A-{number}", 0, asset=installation.asset)
        ticket_of(f"C-{number}", 0, component=installation.component)
        ticket_of(f"P-{number}", 0, project=installation.asset.project)
        if number in {2, 29}:
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))

    assert counts == ([9, 9] if whose == "assets" else [8, 8])


def test_a_thing_that_is_not_there_has_no_tickets():
    assert client_as("viewer").get("/components/4711/tickets").status_code == 404
    assert client_as("viewer").get("/assets/4711/tickets").status_code == 404
