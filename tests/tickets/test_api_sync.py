"""`POST /connectors/tickets/sync` and the tickets it brings."""

from datetime import timedelta

import pytest

from tests.builders import NOON, make_asset, make_component, make_project
from tests.clients import client_as, found, walk
from tests.tickets.cases import make_link, make_ticket
from tests.tickets.deliveries import ADDRESS, later, post, told
from tickets.models import Failure, Ticket

pytestmark = pytest.mark.django_db


def test_the_answer_counts_and_tells_of_each_ticket():
    make_asset(serial="7XK2M93")
    post(told("OPS-1"))

    answer = post(
        told("OPS-1"),
        told("OPS-2", links=[{"asset_serial": "7XK2M93"}, {"component_serial": "NOTYET1"}]),
        told("OPS-3", closed_at="yesterday"),
    )

    assert answer.status_code == 200
    body = answer.json()
    assert {word: body[word] for word in ("created", "updated", "unchanged", "rejected")} == {
        "created": 1, "updated": 0, "unchanged": 1, "rejected": 1,
    }  # fmt: skip
    assert body["results"] == [
        {
            "external_id": "OPS-1",
            "outcome": "unchanged",
            "id": Ticket.objects.get(external_id="OPS-1").id,
            "errors": {},
            "unresolved_links": [],
        },
        {
            "external_id": "OPS-2",
            "outcome": "created",
            "id": Ticket.objects.get(external_id="OPS-2").id,
            "errors": {},
            "unresolved_links": [{"component_serial": "NOTYET1", "reason": "unknown"}],
        },
        {
            "external_id": "OPS-3",
            "outcome": "rejected",
            "id": None,
            "errors": {"closed_at": ["Invalid RFC3339 encoded datetime."]},
            "unresolved_links": [],
        },
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"opened_at": "2026-03-01T10:00:00"}, "opened_at"),
        ({"updated_at": None}, "updated_at"),
        ({"external_id": 4711}, "external_id"),
        ({"links": [{"asset_serial": 5}]}, "links[0].asset_serial"),
        ({"links": [{}]}, "links[0]"),
        ({"links": [{"asset_serial": "A", "project": "B"}]}, "links[0]"),
        ({"links": [{"component_serial": "A", "component_type": "flux"}]}, "links[0].component_type"),
        ({"failures": [{"component_serial": "S5FNNA0R500123", "severity": "bad"}]}, "failures[0].severity"),
        ({"failures": [{"mode": "media_error"}]}, "failures[0].component_serial"),
    ],
)
def test_a_ticket_of_another_shape_is_rejected_by_field(change, field):
    answer = post({**told(), **change}, told("OPS-2"))

    bad, good = answer.json()["results"]
    assert (bad["outcome"], list(bad["errors"]), good["outcome"]) == ("rejected", [field], "created")


@pytest.mark.parametrize("ticket", [None, 5, "OPS-1", [], {}])
def test_what_is_no_ticket_costs_no_other(ticket):
    answer = post(ticket, told("OPS-2"))

    assert [one["outcome"] for one in answer.json()["results"]] == ["rejected", "created"]


def test_a_link_that_names_nothing_is_left_out_and_told():
    answer = post(told(links=[{"asset_serial": "To be filled by O.E.M."}, {"asset_hostname": " "}]))

    [result] = answer.json()["results"]
    assert (result["outcome"], list(result["errors"])) == ("created", ["links[0]", "links[1]"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"source": "jira"}, {"tickets"}),
        ({"tickets": []}, {"source"}),
        ({"source": " ", "tickets": {}}, {"source", "tickets"}),
        ({"source": "x" * 65, "tickets": []}, {"source"}),
        ({"source": "jira", "tickets": [], "project": "ACME"}, {"project"}),
        ([], set()),
    ],
)
def test_a_call_of_another_shape_is_a_problem(body, fields):
    answer = client_as("connector").post(ADDRESS, body)

    assert answer.status_code == 400
    assert set(answer.json().get("errors", {})) == fields


def test_no_tickets_are_no_problem():
    assert post().json() == {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0, "results": []}


@pytest.mark.parametrize(
    ("role", "status"), [("connector", 200), ("engineer", 200), ("admin", 200), ("viewer", 403), ("collector", 403)]
)
def test_connectors_and_those_who_edit_may_sync(role, status):
    assert post(told(), role=role).status_code == status


def test_times_are_kept_in_utc_whatever_their_zone():
    post(told(opened_at="2026-03-01T13:00:00+01:00"))

    assert Ticket.objects.get().opened_at == NOON


def test_a_failure_without_a_time_is_of_the_tickets_opening():
    post(told(failures=[{"component_serial": "S5FNNA0R500123", "mode": "Media Error!"}]))

    failure = Failure.objects.get()
    assert (failure.occurred_at, failure.mode) == (NOON, "media_error")


def test_a_ticket_is_shown_with_its_links_and_what_was_sent():
    asset = make_asset(serial="7XK2M93", hostname="db-17")
    sent = told(links=[{"asset_serial": "7XK2M93"}], priority="P2")
    post(sent)
    ticket = Ticket.objects.get()

    shown = client_as("viewer").get(f"/tickets/{ticket.id}").json()

    assert (shown["external_id"], shown["opened_at"], shown["closed_at"]) == ("OPS-1", "2026-03-01T12:00:00Z", None)
    assert shown["raw"] == sent
    [link] = shown["links"]
    assert link["asset"] == {"id": asset.id, "serial": "7XK2M93", "hostname": "db-17"}
    assert (link["by"], link["state"], link["project"], link["component"]) == ("asset_serial", "confirmed", None, None)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"source": "jira"}, [0]),
        ({"external_id": "RM-2"}, [1]),
        ({"status": "CLOSED"}, [1]),
        ({"severity": "minor"}, [1]),
        ({"open": "true"}, [0]),
        ({"open": "false"}, [1]),
        ({"opened_after": later(24).isoformat()}, [1]),
        ({"opened_before": later(24).isoformat()}, [0]),
        ({"closed_after": NOON.isoformat()}, [1]),
        ({"updated_before": later(1).isoformat()}, [0]),
        ({"search": "fan"}, [1]),
        ({"search": "ops-"}, [0]),
        ({"ordering": "-opened_at"}, [1, 0]),
    ],
)
def test_tickets_are_filtered(query, ids):
    tickets = [
        make_ticket(external_id="OPS-1", title="Disk gone"),
        make_ticket(
            source="redmine",
            external_id="RM-2",
            title="Fan loud",
            severity="minor",
            opened_at=NOON + timedelta(days=1),
            closed_at=NOON + timedelta(days=2),
        ),
    ]

    assert found(client_as("viewer"), "/tickets", **query) == [tickets[place].id for place in ids]


def test_tickets_are_filtered_by_what_they_are_linked_to():
    project, asset, component = make_project(code="ACME-EU"), make_asset(), make_component()
    of_project, of_asset, of_component = make_ticket(), make_ticket(), make_ticket()
    make_link(ticket=of_project, by="project", project=project)
    make_link(ticket=of_asset, asset=asset)
    make_link(ticket=of_component, by="component_serial", component=component)
    make_link(ticket=of_project, asset=asset, origin="text", state="proposed")
    client = client_as("viewer")

    assert found(client, "/tickets", project="ACME-EU") == [of_project.id]
    assert found(client, "/tickets", asset=asset.id) == [of_asset.id]
    assert found(client, "/tickets", component=component.id) == [of_component.id]


def test_a_list_of_tickets_has_pages():
    ids = [make_ticket().id for _ in range(5)]

    assert [row["id"] for row in walk(client_as("viewer"), "/tickets?page_size=2&ordering=-id")] == ids[::-1]


def test_an_unknown_filter_is_refused():
    assert client_as("viewer").get("/tickets", {"asset_serial": "A"}).status_code == 400
