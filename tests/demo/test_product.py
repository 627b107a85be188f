"""The product finds out from the demo's bundles what happened to its fleet."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from analytics.models import Run
from demo.cases import cases, tickets
from demo.fleet import Happening, Kind, Server, Story
from demo.product import Summary, fill
from demo.story import tell
from registry.models import Asset, Component, Installation, Location
from tickets.models import Failure, FailureEpisode, Ticket, TicketLink
from timeline.models import Event, IdentityConflict

# For each test alone nothing is set up, and so nothing at all without this.
pytestmark = pytest.mark.django_db

SEED = 7
COUNT = 4
END = date(2026, 11, 1)
NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(SEED, COUNT, END)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Summary]:
    """The fleet in the database, once for all tests here: they only look."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(SEED, COUNT, END, NOW, io.StringIO())
        transaction.set_rollback(True)


def of_kind(story: Story, kind: Kind) -> list[tuple[Happening, Server]]:
    return [(one, story.servers[one.place.server]) for one in story.happenings if one.kind is kind]


def part(serial: str, kind: str) -> Component:
    return Component.objects.select_related("asset").get(type=kind, serial=serial)


def test_the_fleet_and_this_machine_are_told_apart_and_damage_shows(filled):
    assert filled.assets == COUNT + 1
    assert filled.bundles == {"parsed": filled.taken_in - 2, "partial": 2}
    assert filled.known_already == 1


def test_what_was_replaced_is_gone_and_its_successor_sits_in_the_server(filled, story):
    for one, server in of_kind(story, Kind.REPLACED):
        assert one.successor
        successor = part(one.successor.serial, one.place.type)

        assert part(one.part.serial, one.place.type).status == "removed"
        assert successor.asset
        assert successor.asset.serial == server.serial


def test_every_move_is_told_and_no_other(filled, story):
    moves = Event.objects.filter(type="MOVED").values_list("component__serial", "from_asset__serial", "asset__serial")

    assert sorted(moves) == sorted(
        (one.part.serial, server.serial, story.servers[one.to.server].serial)
        for one, server in of_kind(story, Kind.MOVED)
        if one.to
    )


def test_every_new_firmware_of_a_disk_is_told(filled, story):
    told = Event.objects.filter(type="FIRMWARE_CHANGED", component__type="disk")

    assert sorted(told.values_list("component__serial", "to_value")) == sorted(
        (one.part.serial, one.firmware) for one, _ in of_kind(story, Kind.FIRMWARE) if one.place.type == "disk"
    )


def test_every_part_that_wears_out_shows_it_on_its_timeline(filled, story):
    told = set(Event.objects.filter(type="HEALTH_CHANGED").values_list("component__serial", flat=True))

    assert told == {
        one.part.serial
        for one, server in of_kind(story, Kind.HEALTH)
        # dmidecode and lshw know nothing of the health of memory modules and power supplies.
        if server.platform.style != "tools" or one.place.type not in ("memory", "psu")
    }


def test_exactly_what_failed_is_found_out_once_each_with_all_who_told_of_it(filled, story):
    found = FailureEpisode.objects.values_list("component__serial", "component__type", "occurred_at", "sources")

    assert sorted((serial, kind, at, frozenset(told)) for serial, kind, at, told in found) == sorted(
        (case.broken.part.serial, case.broken.place.type, case.told_at, case.sources) for case in cases(story)
    )


def test_every_failure_is_told_of_the_server_in_which_it_happened(filled, story):
    found = Failure.objects.values_list("component__serial", "asset__serial").distinct()

    assert set(found) == {(case.broken.part.serial, case.server.serial) for case in cases(story)}


def test_what_was_taken_out_because_it_failed_is_known_as_such(filled, story):
    failed = Installation.objects.filter(removal_reason="failed").values_list("component__serial", flat=True)

    assert sorted(failed) == sorted(case.broken.part.serial for case in cases(story) if case.repaired)


def test_tickets_about_what_is_known_find_it_and_one_waits(filled, story):
    links = TicketLink.objects.exclude(origin="text")

    waiting = [link.name for link in links.unresolved()]

    assert Ticket.objects.count() == len(tickets(story))
    assert waiting == ["9ZK4LX3"]


def test_a_serial_number_in_a_sentence_is_proposed_as_a_link(filled):
    (link,) = TicketLink.objects.filter(state="proposed")

    assert link.component
    assert link.component.serial in link.ticket.description


def test_the_figures_count_each_failure(filled, story):
    runs = Run.objects.filter(standard="lifetime total")

    (totals,) = [run.content["totals"] for run in runs]

    assert totals["failures"] == len(story.breakdowns)


def test_a_drive_that_was_seen_in_two_bays_is_a_conflict_for_operators(filled):
    told = [str(conflict) for conflict in IdentityConflict.objects.all()]

    assert len(told) == 1
    assert told[0].startswith("disk:")
    assert told[0].endswith("two slots")


def test_servers_stand_in_racks_and_belong_to_projects(filled, story):
    assets = Asset.objects.filter(serial__in=[server.serial for server in story.servers])

    assert {(asset.serial, asset.project and asset.project.code) for asset in assets} == {
        (server.serial, server.project) for server in story.servers
    }
    assert {asset.location and asset.location.kind for asset in assets} == {"rack"}
    assert Location.objects.filter(kind="region").count() == 2


def test_parts_have_the_lots_that_they_were_delivered_in(filled, story):
    disks = {one.part.serial: one.part.lot for snapshot in story.snapshots for one in snapshot.of_type("disk")}

    lots = dict(Component.objects.filter(serial__in=disks).values_list("serial", "lot__code"))

    assert lots == disks
