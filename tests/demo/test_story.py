"""The demo's story: the same from the same seed, and with every element that a fleet's life has."""

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from demo.catalogue import ROLLED_OUT
from demo.fleet import Happening, Kind, Story
from demo.story import tell

END = date(2026, 11, 1)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(seed=7, count=4, end=END)


def happenings(story: Story, kind: Kind, part_type: str) -> list[Happening]:
    return [one for one in story.happenings if one.kind is kind and one.place.type == part_type]


def test_the_same_seed_tells_the_same_story():
    assert tell(seed=3, count=2, end=END) == tell(seed=3, count=2, end=END)


def test_another_seed_tells_another_story():
    assert tell(seed=3, count=2, end=END) != tell(seed=4, count=2, end=END)


@pytest.mark.parametrize("seed", range(5))
def test_no_two_parts_share_a_serial_number(seed):
    told = tell(seed=seed, count=8, end=END)

    parts = {one.part for snapshot in told.snapshots for one in snapshot.fitted if one.part.serial}

    assert max(Counter(part.serial for part in parts).values()) == 1


@pytest.mark.parametrize("seed", range(5))
def test_no_part_is_in_two_places_at_once(seed):
    for snapshot in tell(seed=seed, count=8, end=END).snapshots:
        places = [one.place for one in snapshot.fitted]
        serials = [one.part.serial for one in snapshot.fitted if one.part.serial]

        assert len(set(places)) == len(places)
        assert len(set(serials)) == len(serials)


def test_snapshots_are_told_in_the_order_of_time_and_end_in_time(story):
    times = [snapshot.collected_at for snapshot in story.snapshots]

    assert times == sorted(times)
    assert times[-1] <= datetime(2026, 11, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "part_type"),
    [
        (Kind.REPLACED, "disk"),
        (Kind.REPLACED, "memory"),
        (Kind.REPLACED, "psu"),
        (Kind.REPLACED, "gpu"),
        (Kind.REPLACED, "nic"),
        (Kind.MOVED, "memory"),
        (Kind.MOVED, "disk"),
        (Kind.FIRMWARE, "disk"),
        (Kind.FIRMWARE, "bios"),
        (Kind.FIRMWARE, "bmc"),
        (Kind.HEALTH, "disk"),
        (Kind.HEALTH, "memory"),
    ],
)
def test_even_a_fleet_of_four_has_it_happen(story, kind, part_type):
    assert happenings(story, kind, part_type)


def test_modules_move_within_a_server_and_between_servers(story):
    moves = happenings(story, Kind.MOVED, "memory")

    assert {one.to is not None and one.to.server == one.place.server for one in moves} == {True, False}


def test_a_disk_moves_to_another_server(story):
    assert all(one.to and one.to.server != one.place.server for one in happenings(story, Kind.MOVED, "disk"))


def test_a_failing_disk_shows_it_twice_before_it_is_replaced(story):
    replaced = happenings(story, Kind.REPLACED, "disk")[0]

    seen = [
        one.health
        for snapshot in story.snapshots
        if snapshot.server.index == replaced.place.server
        for one in snapshot.fitted
        if one.part == replaced.part
    ]

    assert list(dict.fromkeys(seen)) == ["ok", "warning", "critical"]


def test_the_bad_lot_fails_more_often_than_all_others_together():
    told = tell(seed=7, count=16, end=END)
    disks = {one.part for snapshot in told.snapshots for one in snapshot.of_type("disk")}
    failed = {one.part for one in told.breakdowns}

    def share(bad: bool) -> float:
        lot = {part for part in disks if part.batch and part.batch.bad is bad}
        return len(lot & failed) / len(lot)

    assert share(bad=True) > 4 * share(bad=False)


def test_what_fails_is_replaced_within_weeks_unless_the_story_ends(story):
    replaced = {one.part: one.at for one in story.happenings if one.kind is Kind.REPLACED}

    open_cases = [one for one in story.breakdowns if one.part not in replaced]
    days = {(replaced[one.part] - one.at).days for one in story.breakdowns if one.part in replaced}

    assert all(story.end - one.at < timedelta(days=19) for one in open_cases)
    assert max(days) < 19


def test_logs_are_collected_when_something_failed(story):
    for broken in story.breakdowns:
        soon = [one for one in story.snapshots if timedelta() < one.collected_at - broken.at <= timedelta(hours=2)]

        assert any(broken in one.broken for one in soon if one.server.index == broken.place.server)


def test_new_firmware_reaches_the_model_in_three_waves():
    told = tell(seed=7, count=24, end=END)

    days = sorted({one.at.date() for one in happenings(told, Kind.FIRMWARE, "disk")})
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]

    assert len([gap for gap in gaps if gap > 30]) == 2
    assert {one.part.model for one in happenings(told, Kind.FIRMWARE, "disk")} == {ROLLED_OUT}
