"""Failures that logs tell: each entry once, each condition where it began, whatever comes in which order."""

from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from ingest.models import Bundle, FailureSignal
from ingest.services.parse import parse_bundle
from registry.models import Asset, Component
from tests.timeline.histories import RECEIVED, as_bundle, bring, disk, document, moment, take_in
from tickets.models import Failure, FailureEpisode
from tickets.services import follow_changes
from timeline.services import derive_waiting
from timeline.services.changes import note_changes, note_news

pytestmark = pytest.mark.django_db

DISK = disk("DISK-1", "Bay 1")


def entry(day: float, part: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A dated line of a log in a document."""
    named = part or {"type": "disk", "serial": "DISK-1"}
    usual = {"mode": "media_error", "severity": "fatal", "message": "Unrecovered read error"}
    return {"component": named, "occurred_at": moment(day).isoformat(), **usual, **fields}


WELL = {**DISK, "health": "ok"}
FAILED = {**DISK, "health": "failed"}


def tell(bundle: Bundle, **fields: Any) -> None:
    """Has the bundle's one snapshot tell a state of a part that it does not show, if any, and follows that up."""
    snapshot = bundle.snapshots.get()
    if fields:
        usual = {"type": "disk", "kind": "state", "severity": "fatal", "parser": "document", "digest": fields["mode"]}
        FailureSignal.objects.create(snapshot=snapshot, **{**usual, **fields})
    note_news(snapshot.asset_id or 0)
    follow_changes(now=RECEIVED)


def told() -> list[tuple[Any, ...]]:
    """All failures, in words that are the same in every database."""
    rows = Failure.objects.order_by("occurred_at", "mode", "key")
    return list(rows.values_list("mode", "occurred_at", "component__serial", "asset__serial", "bundle__sha256", "key"))


def brief() -> list[tuple[Any, ...]]:
    """All failures, in short: the mode, the day, the component and the asset."""
    return [(mode, (at - moment(0)).total_seconds() / 86400, part, asset) for mode, at, part, asset, _, _ in told()]


def test_an_entry_is_one_failure_however_many_bundles_repeat_it():
    for day in (1, 2, 3):
        bring(document(day, "SRV-A", DISK, failures=[entry(0.5)]))

    assert brief() == [("media_error", 0.5, "DISK-1", None)]
    assert Failure.objects.get().bundle == FailureSignal.objects.order_by("snapshot__collected_at")[0].snapshot.bundle
    assert not FailureSignal.objects.filter(noted_at__isnull=True)


def test_an_entry_is_placed_in_the_asset_that_the_component_sat_in_then():
    bring(document(1, "SRV-A", DISK), document(4, "SRV-B", DISK, failures=[entry(2)]))

    assert brief() == [("media_error", 2, "DISK-1", "SRV-A")]


def test_an_entry_from_before_its_installation_was_known_finds_its_asset_when_a_late_bundle_comes():
    bring(document(3, "SRV-A", DISK, failures=[entry(2)]))
    before = brief()

    bring(document(1, "SRV-A", DISK))

    assert before == [("media_error", 2, "DISK-1", None)]
    assert brief() == [("media_error", 2, "DISK-1", "SRV-A")]


def test_an_entry_that_names_a_slot_is_of_who_sat_there_then():
    bring(document(1, "SRV-A", disk("OLD", "Bay 1")))

    bring(document(4, "SRV-A", disk("NEW", "Bay 1"), failures=[entry(2, {"type": "disk", "slot": "Bay 1"})]))

    assert brief() == [("media_error", 2, "OLD", "SRV-A")]


def test_an_entry_that_names_a_slot_waits_for_a_bundle_that_shows_who_sat_there():
    bring(document(4, "SRV-A", disk("NEW", "Bay 1"), failures=[entry(2, {"type": "disk", "slot": "Bay 1"})]))
    before = brief()

    bring(document(1, "SRV-A", disk("OLD", "bay  1")))

    assert before == [("media_error", 2, None, "SRV-A")]
    assert brief() == [("media_error", 2, "OLD", "SRV-A")]


def test_the_same_entry_of_a_slot_is_another_failure_in_another_asset():
    for serial in ("SRV-A", "SRV-B"):
        bring(document(1, serial, disk(f"OF {serial}", "Bay 1")))
        bring(
            document(3, serial, disk(f"OF {serial}", "Bay 1"), failures=[entry(2, {"type": "disk", "slot": "Bay 1"})])
        )

    assert sorted(row[2:] for row in brief()) == [("OF SRV-A", "SRV-A"), ("OF SRV-B", "SRV-B")]


def test_a_state_is_one_failure_at_the_transition():
    bring(document(1, "SRV-A", DISK))
    for day in (2, 3, 4):
        bring(document(day, "SRV-A", FAILED))

    assert brief() == [("self_reported", 2, "DISK-1", "SRV-A")]
    assert Failure.objects.get().told_until == moment(4)


def test_a_state_that_comes_back_is_another_failure():
    for day, failing in ((1, True), (2, False), (3, True), (4, True)):
        bring(document(day, "SRV-A", FAILED if failing else WELL))

    assert brief() == [("self_reported", 1, "DISK-1", "SRV-A"), ("self_reported", 3, "DISK-1", "SRV-A")]


def test_a_late_bundle_dates_a_state_anew_and_keeps_what_was_decided():
    bring(document(1, "SRV-A", DISK))
    bring(document(5, "SRV-A", FAILED))
    Failure.objects.update(state="confirmed", reason="Seen it")

    bring(document(3, "SRV-A", FAILED))

    assert brief() == [("self_reported", 3, "DISK-1", "SRV-A")]
    assert Failure.objects.get().state == "confirmed"


def test_a_bundle_that_does_not_say_how_it_is_does_not_say_that_it_is_well():
    for day, part in enumerate((FAILED, DISK, FAILED)):
        bring(document(day, "SRV-A", part))

    assert len(brief()) == 1


def test_a_late_bundle_that_shows_it_well_makes_two_failures_of_one():
    for day in (1, 5):
        bring(document(day, "SRV-A", FAILED))
    before = len(brief())

    bring(document(3, "SRV-A", WELL))

    assert before == 1
    assert [row[1] for row in brief()] == [1, 5]


def test_an_entry_of_the_time_in_which_a_state_began_is_the_same_failure():
    bring(document(1, "SRV-A", WELL))
    bring(document(9, "SRV-A", FAILED, failures=[entry(4)]))

    (episode,) = FailureEpisode.objects.all()
    assert (episode.occurred_at, episode.last_at, episode.failures) == (moment(4), moment(9), 2)
    assert Failure.objects.get(occurred_at=moment(9)).not_before == moment(1)


def test_a_late_bundle_that_shows_it_well_parts_an_entry_from_a_state():
    bring(document(1, "SRV-A", WELL))
    bring(document(9, "SRV-A", FAILED, failures=[entry(4)]))

    bring(document(6, "SRV-A", WELL))

    assert Failure.objects.get(occurred_at=moment(9)).not_before == moment(6)
    assert list(FailureEpisode.objects.order_by("occurred_at").values_list("occurred_at", "failures")) == [
        (moment(4), 1),
        (moment(9), 1),
    ]


def test_what_proves_to_be_of_no_component_is_of_none_of_its_episodes_either():
    bring(document(1, "SRV-A", DISK, failures=[entry(6), entry(6, {"type": "disk", "slot": "Bay 1"})]))
    before = FailureEpisode.objects.get().failures

    bring(document(3, "SRV-A", coverage=["disk"]))

    episode = FailureEpisode.objects.get()
    assert (before, episode.failures) == (2, 1)
    assert set(Failure.objects.values_list("component__serial", "episode")) == {("DISK-1", episode.pk), (None, None)}


def test_warnings_are_no_failures():
    bring(document(1, "SRV-A", DISK, failures=[entry(0, severity="warning")]))

    assert brief() == []


def test_a_state_of_a_part_that_is_not_shown_waits_at_the_asset():
    for day in (1, 2, 3):
        bundle = bring(document(day, "SRV-A", DISK))
        tell(bundle, slot="Bay 2", slot_kind="document", mode="drive_missing")
    before = brief()

    tell(bring(document(4, "SRV-A", DISK)))
    tell(bring(document(5, "SRV-A", DISK)), slot="Bay 2", slot_kind="document", mode="drive_missing")

    assert before == [("drive_missing", 1, None, "SRV-A")]
    assert brief() == [("drive_missing", 1, None, "SRV-A"), ("drive_missing", 5, None, "SRV-A")]


def test_the_failures_of_components_that_prove_to_be_one_are_led_along():
    bring(document(1, "SRV-A", disk("", "Bay 1", wwn="5000c500a1b2c301", health="failed")))
    Failure.objects.update(state="confirmed")

    bring(document(2, "SRV-A", disk("DISK-1", "Bay 1", wwn="5000c500a1b2c301")))

    assert brief() == [("self_reported", 1, "DISK-1", "SRV-A")]
    assert Failure.objects.get().state == "confirmed"


def test_episodes_follow_and_have_their_components_counted_anew():
    bring(document(1, "SRV-A", DISK))
    Component.objects.update(counted=True)

    bring(document(2, "SRV-A", FAILED, failures=[entry(1.5)]))

    (episode,) = FailureEpisode.objects.all()
    assert (episode.occurred_at, episode.last_at, episode.failures) == (moment(1.5), moment(2), 2)
    assert not Component.objects.get().counted
    assert {row.episode for row in Failure.objects.all()} == {episode}


TOLD = (
    document(1, "SRV-A", DISK, disk("OLD", "Bay 2")),
    document(2, "SRV-A", FAILED, disk("OLD", "Bay 2"), failures=[entry(1.2)]),
    document(3, "SRV-A", DISK, disk("NEW", "Bay 2"), failures=[entry(1.5, {"type": "disk", "slot": "Bay 2"})]),
    document(4, "SRV-B", FAILED, failures=[entry(1.2), entry(2.8)]),
)


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_the_order_in_which_bundles_come_does_not_matter(order: tuple[int, ...]):
    for place in order:
        bring(TOLD[place])

    assert [row[:4] for row in told()] == [
        ("media_error", moment(1.2), "DISK-1", "SRV-A"),
        ("media_error", moment(1.5), "OLD", "SRV-A"),
        ("self_reported", moment(2), "DISK-1", "SRV-A"),
        ("media_error", moment(2.8), "DISK-1", "SRV-A"),
    ]
    assert sorted(FailureEpisode.objects.values_list("component__serial", "occurred_at", "counts_at", "failures")) == [
        ("DISK-1", moment(1.2), moment(1.2), 3),
        ("OLD", moment(1.5), moment(1.5), 1),
    ]


def test_following_again_changes_nothing():
    for one in TOLD:
        bring(one)
    before = list(Failure.objects.order_by("id").values())

    follow_changes(now=timezone.now())

    assert list(Failure.objects.order_by("id").values()) == before
    assert Asset.objects.filter(watched=True).count() == 1


@pytest.mark.parametrize(
    "name",
    [{"slot": "Bay 2", "slot_kind": "document"}, {"lookup": "disk:GHOST"}],
    ids=["by its slot", "by its serial number"],
)
def test_a_late_bundle_without_word_of_a_part_that_is_not_shown_makes_two_failures_of_one(name: dict[str, str]):
    for day in (1, 5):
        tell(bring(document(day, "SRV-A", DISK)), mode="drive_missing", **name)
    before = len(brief())

    bring(document(3, "SRV-A", DISK))

    assert before == 1
    assert [row[1] for row in brief()] == [1, 5]


def test_a_late_bundle_without_word_counts_though_a_newer_one_with_some_is_followed_up_with_it():
    ghost = {"slot": "Bay 2", "slot_kind": "document", "mode": "drive_missing"}
    for day in (1, 5):
        tell(bring(document(day, "SRV-A", DISK)), **ghost)
    before = len(brief())

    late, newer = (take_in(as_bundle(document(day, "SRV-A", DISK))) for day in (3, 7))
    for bundle in (late, newer):
        parse_bundle(bundle.id, now=RECEIVED)
    derive_waiting(now=RECEIVED)
    tell(newer, **ghost)

    assert before == 1
    assert [row[1] for row in brief()] == [1, 5]


def test_a_key_that_the_failure_of_a_renamed_part_holds_still_goes_to_whose_it_is():
    for day, asset, serial in ((1, "SRV-A", "DISK-1"), (1, "SRV-B", "DISK-2")):
        bring(document(day, asset, {**disk(serial), "health": "failed"}))
    one, other = Failure.objects.order_by("component__serial")
    swapped = {one.pk: "as it was", other.pk: one.key}
    for key, name in swapped.items():
        Failure.objects.filter(pk=key).update(key=name)

    for row in (one, other):
        note_changes(components=[row.component_id or 0])
        follow_changes(now=RECEIVED)

    assert list(Failure.objects.order_by("component__serial").values_list("key", flat=True)) == [one.key, other.key]
