"""Tickets coming in: what each becomes, and what it is linked to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import NOON, make_asset, make_component, make_project
from tests.tickets.deliveries import later, take_in, told
from tickets.models import Failure, Ticket, TicketLink

pytestmark = pytest.mark.django_db


def outcomes(*tickets, **options):
    """The word for each ticket."""
    return [one.outcome for one in take_in(*tickets, **options)]


def test_a_new_ticket_is_created_with_all_that_it_says():
    sent = told(
        description="No light.",
        url="https://jira.example/1",
        closed_at=later(),
        custom={"priority": "P2", "emoji": "🔥"},
    )

    [outcome] = take_in(sent)

    ticket = Ticket.objects.get()
    assert (outcome.outcome, outcome.id) == ("created", ticket.id)
    assert (ticket.title, ticket.description, ticket.status, ticket.severity) == (
        "Disk gone",
        "No light.",
        "open",
        "major",
    )
    assert (ticket.opened_at, ticket.closed_at, ticket.updated_at) == (NOON, later(), NOON)
    assert ticket.raw == sent


def test_the_same_again_is_unchanged_and_writes_nothing():
    make_asset(serial="7XK2M93")
    sent = told(links=[{"asset_serial": "7XK2M93"}, {"asset_serial": "UNKNOWN1"}], description="S5FNNA0R500123")
    take_in(sent)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert outcomes(sent) == ["unchanged"]

    assert [one["sql"] for one in queries if not one["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))] == []


def test_an_older_version_changes_nothing():
    take_in(told(title="new", at=later()))

    assert outcomes(told(title="old")) == ["unchanged"]
    assert Ticket.objects.get().title == "new"


def test_a_newer_version_updates():
    take_in(told(title="old"))

    assert outcomes(told(title='new \\ "quoted"\nline 🔥', at=later(), description="a\tb\\n\u0001")) == ["updated"]
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.description) == ('new \\ "quoted" line 🔥', "a\tb\\n\u0001")
    assert ticket.raw["title"] == 'new \\ "quoted"\nline 🔥'


def test_other_content_at_the_same_time_updates():
    take_in(told(status="open"))

    assert outcomes(told(status="closed")) == ["updated"]


def test_ids_of_two_sources_are_two_tickets():
    take_in(told(), source="jira")

    assert outcomes(told(), source="redmine") == ["created"]
    assert Ticket.objects.count() == 2


def test_one_id_several_times_in_a_call_counts_as_if_in_turn():
    first, second, stale = told(title="1"), told(title="2", at=later()), told(title="0", at=later(0.5))

    assert outcomes(first, second, stale, second) == ["created", "updated", "unchanged", "unchanged"]
    assert Ticket.objects.get().title == "2"


def test_a_ticket_that_is_opened_again_has_no_end():
    take_in(told(closed_at=later()))

    take_in(told(at=later(2), closed_at=None))

    assert list(Ticket.objects.alive_during(later(3), later(4))) == [Ticket.objects.get()]


def test_one_bad_ticket_costs_only_itself():
    bad = told("OPS-2", opened_at=later(), closed_at=NOON)

    results = take_in(told("OPS-1"), bad, told("OPS-3"))

    assert [one.outcome for one in results] == ["created", "rejected", "created"]
    assert results[1].errors == {"closed_at": ["It lies before `opened_at`."]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("external_id", " "),
        ("external_id", "X" * 129),
        ("status", "x" * 65),
        ("severity", "x" * 65),
        ("url", "javascript:alert(1)"),
        ("opened_at", "1969-12-31T23:59:59Z"),
        ("updated_at", "9999-12-31T00:00:00Z"),
        ("updated_at", "0001-01-01T00:00:00+10:00"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(field, value):
    [result] = take_in({**told(), field: value})

    assert (result.outcome, list(result.errors)) == ("rejected", [field])
    assert not Ticket.objects.exists()


def test_a_ticket_is_linked_to_what_it_names():
    project = make_project(code="ACME-EU")
    asset, host, tagged = make_asset(serial="7XK2M93"), make_asset(hostname="db-99"), make_asset(tag="acme 417")
    disk = make_component(type="disk", serial="S5FNNA0R500123")

    [outcome] = take_in(
        told(
            links=[
                {"project": "ACME-EU"},
                {"asset_serial": " 7xk2m93 "},
                {"asset_hostname": "DB-99"},
                {"asset_tag": "ACME  417"},
                {"component_serial": "s5fnna0r500123", "component_type": "disk"},
            ]
        )
    )

    assert set(TicketLink.objects.values_list("project", "asset", "component")) == {
        (project.id, None, None),
        (None, asset.id, None),
        (None, host.id, None),
        (None, tagged.id, None),
        (None, None, disk.id),
    }
    assert outcome.unresolved == ()


def test_links_are_a_whole_set():
    first, second = make_asset(), make_asset()
    take_in(told(links=[{"asset_serial": first.serial}, {"asset_serial": second.serial}]))
    kept = TicketLink.objects.get(asset=second)

    take_in(told(at=later(), links=[{"asset_serial": second.serial}, {"asset_serial": "LATER01"}]))

    assert list(TicketLink.objects.order_by("id").values_list("name", flat=True)) == [second.serial, "LATER01"]
    assert TicketLink.objects.get(asset=second).id == kept.id


def test_an_operators_link_outlives_a_sync():
    take_in(told())
    ticket, asset = Ticket.objects.get(), make_asset()
    TicketLink.objects.create(ticket=ticket, origin="operator", by="asset_serial", name=asset.serial, asset=asset)

    take_in(told(at=later(), links=[]))

    assert TicketLink.objects.get().asset == asset


def test_a_link_to_something_unknown_waits_and_is_told():
    [outcome] = take_in(told(links=[{"asset_serial": "NOTYET1"}]))

    assert outcome.unresolved == [{"asset_serial": "NOTYET1", "reason": "unknown"}]
    assert TicketLink.objects.unresolved().get().name == "NOTYET1"


def test_a_type_narrows_down_which_component_is_meant():
    make_component(type="disk", serial="SHARED01")
    gpu = make_component(type="gpu", serial="SHARED01")

    take_in(told(links=[{"component_serial": "SHARED01", "component_type": "gpu"}]))

    assert TicketLink.objects.get().component == gpu


def test_a_vendor_narrows_down_which_asset_is_meant():
    make_asset(serial="1234ABC", identity="1234ABC|HPE", vendor="HPE")
    dell = make_asset(serial="1234ABC", identity="1234ABC|DELL", vendor="Dell Inc.")

    take_in(told(links=[{"asset_serial": "1234ABC", "asset_vendor": "DELL"}]))

    assert TicketLink.objects.get().asset == dell


def test_what_two_things_could_be_is_left_to_an_operator():
    make_component(type="disk", serial="SHARED01")
    make_component(type="gpu", serial="SHARED01")

    [outcome] = take_in(told(links=[{"component_serial": "SHARED01"}]))

    assert outcome.unresolved == [{"component_serial": "SHARED01", "reason": "ambiguous"}]
    assert TicketLink.objects.get().candidates == 2


def failure(**fields):
    """A failure as a ticket tells it."""
    return {"component_serial": "S5FNNA0R500123", "occurred_at": NOON.isoformat(), "mode": "media_error", **fields}


def test_failures_of_a_ticket_are_kept_with_what_they_name():
    disk, asset = make_component(serial="S5FNNA0R500123"), make_asset(serial="7XK2M93")

    take_in(
        told(failures=[failure(message="gone"), {"asset_serial": "7XK2M93", "slot": "Bay 3", "component_type": "disk"}])
    )

    first, second = Failure.objects.order_by("id")
    assert (first.component, first.mode, first.severity, first.message) == (disk, "media_error", "fatal", "gone")
    assert (second.asset, second.slot, second.type, second.component) == (asset, "Bay 3", "disk", None)
    assert {one.source for one in (first, second)} == {"ticket"}
    assert second.occurred_at == NOON


def test_the_same_failure_again_is_one():
    take_in(told(failures=[failure()]))

    take_in(told(at=later(), failures=[failure(), failure(severity="critical")]))

    assert Failure.objects.get().severity == "critical"


def test_a_failure_told_no_more_goes():
    take_in(told(failures=[failure()]))

    take_in(told(at=later(), failures=[failure(occurred_at=later().isoformat())]))

    assert Failure.objects.get().occurred_at == later()


def test_a_failure_that_an_operator_rejected_stays():
    take_in(told(failures=[failure()]))
    Failure.objects.update(state="rejected", reason="The cable it was.")

    take_in(told(at=later(), failures=[]))

    assert Failure.objects.get().state == "rejected"


def test_a_failure_of_nothing_is_refused():
    [outcome] = take_in(told(failures=[failure(component_serial="N/A")]))

    assert (outcome.outcome, list(outcome.errors)) == ("rejected", ["failures[0].component_serial"])


def queries_of(size, first, known):
    """How many queries a sync of so many tickets takes."""
    tickets = [
        told(
            f"OPS-{first + number}",
            at=later(),
            description=f"Disk S5FN{number:06} of SRV{number:05} is slow, seen 2026-03-01.",
            links=[
                {"asset_hostname": f"db-{number}"} if number % 2 else {"asset_serial": f"SRV{number:05}"},
                {"component_serial": f"S5FN{number:06}", "component_type": "disk"},
            ],
            failures=[failure(component_serial=f"S5FN{number:06}")],
        )
        for number in range(size)
    ]
    with CaptureQueriesContext(connection) as queries:
        assert set(outcomes(*tickets)) == {"updated" if known else "created"}
    return len(queries)


def test_a_thousand_tickets_take_as_many_queries_as_ten():
    for number in range(0, 20, 2):
        make_asset(serial=f"SRV{number:05}", hostname=f"db-{number}")
        make_component(serial=f"S5FN{number:06}")

    few, many = queries_of(10, 0, known=False), queries_of(1000, 10_000, known=False)

    assert few <= 44  # with what follows from ten failures of known components
    assert many <= few + 2  # two links each: a statement holds a thousand rows


def test_updating_a_thousand_takes_as_many_queries_as_ten():
    for size, first in ((10, 0), (1000, 10_000)):
        take_in(*[told(f"OPS-{first + number}", failures=[failure()]) for number in range(size)])

    few, many = queries_of(10, 0, known=True), queries_of(1000, 10_000, known=True)

    assert few <= 18
    assert many <= few + 1


def test_more_tickets_than_a_batch_holds_are_taken_in_all_the_same():
    tickets = [told(f"OPS-{number}") for number in range(2001)]

    assert outcomes(*tickets) == ["created"] * 2001
    assert Ticket.objects.count() == 2001


def test_touching_ends_do_not_meet():
    take_in(told(closed_at=later()))

    assert not Ticket.objects.alive_during(later(), later(2)).exists()
    assert Ticket.objects.alive_during(later() - timedelta(seconds=1), later(2)).exists()
