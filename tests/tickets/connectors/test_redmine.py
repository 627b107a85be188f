"""Issues of a Redmine, as tickets."""

from datetime import timedelta

import pytest

from tests.builders import NOON
from tests.tickets.connectors.asking import asking, only_ticket, pages_of
from tests.tickets.connectors.servers import SECRET, answer, keys
from tickets.connectors import TrackerFault, check
from tickets.domain.naming import Name

LATER = NOON + timedelta(hours=5)


def test_an_issue_is_read_with_all_that_it_says(redmine):
    redmine.put(4711, LATER, "In Progress")

    ticket = only_ticket(redmine)

    assert (ticket.external_id, ticket.title, ticket.description) == ("4711", "PSU dead", "No power on feed B.")
    assert (ticket.status, ticket.severity) == ("In Progress", "Urgent")
    assert (ticket.opened_at, ticket.updated_at, ticket.closed_at) == (NOON - timedelta(days=1), LATER, None)
    assert ticket.url == f"{redmine.address}/issues/4711"


@pytest.mark.parametrize(
    ("status", "closed_on", "statuses", "closed_at"),
    [
        ("Closed", "2026-03-01T13:00:00Z", {}, NOON + timedelta(hours=1)),
        ("Closed", None, {}, LATER),
        # Redmine keeps `closed_on` when an issue is opened again.
        ("New", "2026-03-01T13:00:00Z", {}, None),
        ("In Progress", None, {"In Progress": "closed"}, LATER),
    ],
)
def test_a_ticket_ends_when_its_status_is_a_last_one(redmine, status, closed_on, statuses, closed_at):
    redmine.put(1, LATER, status, closed_on=closed_on)

    assert only_ticket(redmine, mapping={"statuses": statuses}).closed_at == closed_at


@pytest.mark.parametrize("field", ["Asset serial", "cf_12"])
@pytest.mark.parametrize("value", ["7XK2M93", ["7XK2M93", ""]])
def test_custom_fields_are_found_by_name_and_by_number(redmine, field, value):
    redmine.put(1, LATER, custom_fields=[{"id": 3, "name": "x"}, {"id": 12, "name": "Asset serial", "value": value}])

    assert only_ticket(redmine, mapping={"fields": {"asset_serial": field}}).links == (Name("asset_serial", "7XK2M93"),)


def test_project_and_condition_narrow_the_search_down(redmine):
    pages_of(redmine, project="operations", filter="tracker_id=3&cf_12=yes")

    params = redmine.lists[0].params
    assert (params["project_id"], params["tracker_id"], params["cf_12"], params["status_id"]) == (
        "operations",
        "3",
        "yes",
        "*",
    )


def test_only_what_changed_after_the_cursor_is_read_in_utc(redmine):
    redmine.put(1, NOON - timedelta(minutes=11))
    redmine.put(2, NOON - timedelta(minutes=9))

    assert keys(pages_of(redmine, NOON)) == ["2"]
    assert redmine.lists[0].params["updated_on"] == ">=2026-03-01T11:50:00Z"


def test_the_key_travels_in_its_header_alone(redmine):
    pages_of(redmine)

    assert {one.headers["X-Redmine-API-Key"] for one in redmine.asked} == {SECRET}
    assert not any(SECRET in str(one.params) for one in redmine.asked)


def test_an_issue_that_cannot_be_read_costs_only_itself(redmine):
    redmine.put(1, NOON, created_on=None)
    redmine.put(2, LATER)

    [page] = pages_of(redmine)

    assert keys([page]) == ["2"]
    assert [(one.external_id, one.reason) for one in page.refused] == [("1", "created_on: no time with an offset")]


def test_what_is_no_redmine_is_told_so(redmine):
    redmine.serve = lambda _: answer(200, {"issue_statuses": 4})

    with pytest.raises(TrackerFault, match="is this the address of a Redmine"):
        pages_of(redmine)


def test_a_check_tells_who_asks(redmine):
    redmine.put(1, NOON)

    seen = check(asking(redmine))

    assert (seen.who, seen.total, seen.having) == ("reader", 1, {"severity": 1})
