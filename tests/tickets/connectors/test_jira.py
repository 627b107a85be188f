"""Issues of a Jira, as tickets."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import NOON
from tests.tickets.connectors.asking import asking, only_ticket, pages_of
from tests.tickets.connectors.servers import SECRET, answer, keys
from tickets.connectors import Account, TrackerFault, check
from tickets.domain.naming import Name
from tickets.domain.told import ToldFailure

LATER = NOON + timedelta(hours=5)


def test_an_issue_is_read_with_all_that_it_says(jira):
    jira.put("OPS-4711", LATER, "In Progress")

    ticket = only_ticket(jira)

    assert (ticket.external_id, ticket.title, ticket.description) == (
        "OPS-4711",
        "Disk gone from bay 3",
        "No light since the morning.",
    )
    assert (ticket.status, ticket.severity) == ("In Progress", "High")
    assert (ticket.opened_at, ticket.updated_at, ticket.closed_at) == (NOON - timedelta(days=1), LATER, None)
    assert ticket.url == f"{jira.address}/browse/OPS-4711"


def test_the_resolution_stays_in_what_is_kept(jira):
    jira.put("OPS-1", LATER, "Done", resolution={"id": "7", "name": "Part replaced"})

    assert only_ticket(jira).raw["fields"]["resolution"]["name"] == "Part replaced"


@pytest.mark.parametrize(
    ("status", "fields", "statuses", "closed_after"),
    [
        ("Open", {}, {}, None),
        ("Done", {"resolutiondate": "2026-03-01T14:00:00.000+0100"}, {}, timedelta(hours=1)),
        ("Done", {"statuscategorychangedate": "2026-03-01T15:00:00.000+0100"}, {}, timedelta(hours=2)),
        ("Done", {}, {}, timedelta(hours=5)),
        # Opened again by a workflow that does not clear the resolution.
        ("Open", {"resolutiondate": "2026-03-01T14:00:00.000+0100"}, {}, None),
        ("Waiting", {}, {"waiting": "closed"}, timedelta(hours=5)),
        ("Done", {"resolutiondate": "2026-03-01T14:00:00.000+0100"}, {"Done": "open"}, None),
    ],
)
def test_a_ticket_ends_when_its_status_is_a_last_one(jira, status, fields, statuses, closed_after):
    jira.put("OPS-1", LATER, status, **fields)

    ticket = only_ticket(jira, mapping={"statuses": statuses})

    assert ticket.closed_at == (None if closed_after is None else NOON + closed_after)


MAPPED = {
    "fields": {
        "asset_serial": "customfield_10101",
        "asset_hostname": "customfield_10102",
        "component_serial": "customfield_10103",
        "component_type": "customfield_10104",
        "project": "customfield_10105.code",
    }
}


@pytest.mark.parametrize(
    ("fields", "links"),
    [
        ({"customfield_10101": " 7xk2m93 "}, [Name("asset_serial", "7XK2M93")]),
        ({"customfield_10101": "7XK2M93, 7XK2M94\n7XK2M93"}, [Name("asset_serial", s) for s in ("7XK2M93", "7XK2M94")]),
        ({"customfield_10102": ["db-1.example.com"]}, [Name("asset_hostname", "db-1.example.com")]),
        (
            {"customfield_10103": "S5FNNA0R500123", "customfield_10104": {"value": "Disk", "id": "1"}},
            [Name("component_serial", "S5FNNA0R500123", "disk")],
        ),
        (
            {"customfield_10103": "S5FNNA0R500123", "customfield_10104": {"value": "Flux capacitor"}},
            [Name("component_serial", "S5FNNA0R500123")],
        ),
        ({"customfield_10105": {"code": "ACME-EU"}}, [Name("project", "ACME-EU")]),
        ({"customfield_10103": [{"value": "S5FNNA0R500123"}]}, [Name("component_serial", "S5FNNA0R500123")]),
        ({"customfield_10101": "not told", "customfield_10103": "N/A"}, []),
        ({"customfield_10101": None, "customfield_10103": {"odd": [1]}, "customfield_10105": 7}, []),
    ],
)
def test_fields_name_what_a_ticket_is_about(jira, fields, links):
    jira.put("OPS-1", LATER, **fields)

    assert set(only_ticket(jira, mapping=MAPPED).links) == set(links)


def test_a_field_of_failure_modes_makes_a_failure(jira):
    jira.put("OPS-1", LATER, cf_1={"value": "Media error"}, cf_2="S5FNNA0R500123", cf_3="2026-03-01T09:30:00.000+0100")
    fields = {"failure_mode": "cf_1", "component_serial": "cf_2", "failed_at": "cf_3"}

    part = Name("component_serial", "S5FNNA0R500123")
    assert only_ticket(jira, mapping={"fields": fields}).failures == (
        ToldFailure(datetime(2026, 3, 1, 8, 30, tzinfo=UTC), part, mode="media_error"),
    )


def test_a_failure_of_a_slot_is_at_the_tickets_opening(jira):
    jira.put("OPS-1", LATER, cf_1="dead", cf_2="7XK2M93", cf_3="PSU 2")

    ticket = only_ticket(jira, mapping={"fields": {"failure_mode": "cf_1", "asset_serial": "cf_2", "slot": "cf_3"}})

    asset = Name("asset_serial", "7XK2M93")
    assert ticket.failures == (ToldFailure(ticket.opened_at, asset=asset, slot="PSU 2", mode="dead"),)


def test_projects_and_the_condition_narrow_the_search_down(jira):
    jira.put("OPS-1", LATER)
    jira.put("WEB-1", LATER)

    read = keys(pages_of(jira, project="OPS, HW", filter="issuetype = Incident OR labels = hardware"))

    assert read == ["OPS-1"]
    assert (
        jira.lists[0]
        .params["jql"]
        .startswith('project in ("OPS", "HW") AND (issuetype = Incident OR labels = hardware) AND updated >= "')
    )


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_a_query_is_in_the_time_of_the_account(jira, zone):
    jira.zone, jira.offset = zone, timedelta(hours=-7)
    jira.put("OPS-1", NOON - timedelta(minutes=30))
    jira.put("OPS-2", NOON - timedelta(minutes=9))
    jira.put("OPS-3", NOON + timedelta(minutes=1))

    assert keys(pages_of(jira, NOON)) == ["OPS-2", "OPS-3"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("picks_later", [False, True])
def test_no_change_is_lost_in_the_hour_that_clocks_repeat(jira, monkeypatch, zone, picks_later):
    """Whichever of the two hours the tracker takes a time for."""
    jira.zone = zone
    begin = {"Europe/Berlin": datetime(2026, 10, 24, 23, 0, tzinfo=UTC)}.get(
        zone, datetime(2026, 4, 4, 14, 0, tzinfo=UTC)
    )
    jira.now, jira.most = begin + timedelta(days=1), 7
    for number in range(1, 61):
        jira.put(f"OPS-{number}", begin + timedelta(minutes=4 * number))
    if picks_later:
        usual = datetime.strptime
        folded = type("Folded", (datetime,), {"strptime": staticmethod(lambda *a: usual(*a).replace(fold=1))})
        monkeypatch.setattr("tests.tickets.connectors.servers.datetime", folded)

    for number in range(0, 60, 7):
        cursor = begin + timedelta(minutes=4 * number)

        read = set(keys(pages_of(jira, cursor)))

        assert read >= {f"OPS-{later}" for later in range(max(number, 1), 61)}


def test_a_time_zone_that_jira_does_not_tell_is_asked_for(jira):
    jira.zone = None

    with pytest.raises(TrackerFault, match="time_zone"):
        pages_of(jira)


def test_an_anonymous_reader_needs_a_time_zone_and_nothing_else(jira):
    jira.secret = ""
    jira.put("OPS-1", LATER)

    pages = pages_of(jira, account=Account(), mapping={"time_zone": "Europe/Berlin"})

    assert keys(pages) == ["OPS-1"]
    assert [one.path for one in jira.asked] == ["/rest/api/2/search"]
    assert "Authorization" not in jira.asked[0].headers


def test_name_and_password_are_sent_as_such(jira):
    jira.put("OPS-1", LATER)

    assert keys(pages_of(jira, account=Account("bot@example.com", SECRET))) == ["OPS-1"]


def test_cloud_is_read_by_its_own_search(jira):
    jira.is_cloud, jira.most = True, 5
    for number in range(1, 24):
        jira.put(f"OPS-{number}", NOON if number < 12 else NOON + timedelta(minutes=number))

    assert set(keys(pages_of(jira))) == {f"OPS-{number}" for number in range(1, 24)}
    assert {one.path for one in jira.lists[1:]} == {"/rest/api/2/search/jql"}


def test_an_issue_that_cannot_be_read_costs_only_itself(jira):
    jira.put("OPS-1", NOON)
    jira.put("OPS-2", LATER, created="yesterday")
    jira.put("OPS-3", LATER + timedelta(minutes=1))

    [page] = pages_of(jira)

    assert keys([page]) == ["OPS-1", "OPS-3"]
    assert [(one.external_id, one.reason) for one in page.refused] == [("OPS-2", "created: no time with an offset")]
    assert page.cursor == LATER + timedelta(minutes=1)


def test_half_a_character_costs_no_page(jira):
    jira.put("OPS-1", LATER, summary="fan \ud83d")

    assert only_ticket(jira).title == "fan ?"


@pytest.mark.parametrize("body", [[], {}, {"issues": 1}, {"issues": [], "total": None}, "x"])
def test_what_is_no_jira_is_told_so(jira, body):
    jira.serve = lambda asked: answer(200, {"timeZone": "UTC"} if asked.path.endswith("myself") else body)

    with pytest.raises(TrackerFault, match="is this the address of a Jira"):
        pages_of(jira)


def test_a_mapping_that_changed_makes_another_ticket_of_the_same_issue(jira):
    """What is kept is compared by its content, which therefore names the way it was read."""
    jira.put("OPS-1", LATER)

    assert only_ticket(jira).raw != only_ticket(jira, mapping={"statuses": {"Open": "closed"}}).raw


def test_a_check_tells_who_asks_and_which_fields_are_filled(jira):
    jira.put("OPS-1", NOON, customfield_10101="7XK2M93")
    jira.put("OPS-2", LATER)

    seen = check(asking(jira, {"fields": {"asset_serial": "customfield_10101", "slot": "customfield_9"}}))

    assert (seen.who, seen.total, seen.looked_at) == ("Ticket Reader, Europe/Berlin", 2, 2)
    assert seen.having == {"asset_serial": 1, "slot": 0, "severity": 2}
