"""The product finds out from the demo's bundles what happened to its fleet."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from demo.fleet import Happening, Kind, Server, Story
from demo.product import LAST_DAY, Summary, fill
from demo.story import tell
from registry.models import Asset, Component, Location
from timeline.models import Event

SEED = 7
COUNT = 4
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(SEED, COUNT, LAST_DAY)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Summary]:
    """The fleet in the database, once for all tests here: they only look."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(SEED, COUNT, NOW, io.StringIO())
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


def test_every_part_that_fails_shows_it_on_its_timeline(filled, story):
    told = set(Event.objects.filter(type="HEALTH_CHANGED").values_list("component__serial", flat=True))

    assert told == {
        one.part.serial
        for one, server in of_kind(story, Kind.HEALTH)
        # dmidecode and lshw know nothing of a memory module's health.
        if (server.platform.style, one.place.type) != ("tools", "memory")
    }


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
