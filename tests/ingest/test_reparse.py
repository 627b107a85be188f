"""Bundles that are read again after a parser was mended: what that changes is told, applied at once, or undone."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from ingest.models import Bundle
from ingest.services import AtWork
from ingest.storage import DamagedBundle
from reanimator import pipeline
from registry.models import Asset, Component, Installation
from tests.ingest.deliveries import NOW, deliver, document, send
from tests.ingest.tally import Tally, again, everything, harm, tally
from timeline.models import AssetEvent, Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder", "mended")]


def events() -> set[tuple[int, str, str, str]]:
    """All events by id, so that one that was written again counts as another."""
    rows = Event.objects.values_list("id", "key", "type", "component__serial")
    return {(number, key, kind, serial or "") for number, key, kind, serial in rows}


def stale() -> list[str]:
    """The serials of all that is to be derived anew."""
    return [row.serial for kind in (Asset, Component) for row in kind.objects.filter(stale=True).order_by("serial")]


# what changes


def test_nothing_changes_where_the_parser_says_the_same_and_no_event_is_written_again() -> None:
    first, _ = tally("SRV-A", 1, "D1", "D2", "D3"), tally("SRV-A", 2, "D1", "D3 F2", "D4")
    before, places = events(), set(AssetEvent.objects.values_list("id", flat=True))
    spells = list(Installation.objects.order_by("id").values())

    effect = again(first)

    assert (effect.changes_nothing, effect.changes, effect.by_asset) == (True, (), ())
    assert (events(), set(AssetEvent.objects.values_list("id", flat=True))) == (before, places)
    assert list(Installation.objects.order_by("id").values()) == spells
    assert not Component.objects.filter(stale=True).exists()


def test_what_a_mended_parser_finds_is_added_and_told(mended: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    before = events()
    mended()

    effect = again(bundle)

    assert (effect.added, effect.removed, effect.assets, effect.components) == (1, 0, 1, 1)
    assert (effect.observations_before, effect.observations) == (1, 2)
    (change,) = effect.changes
    assert (change.added, change.type, change.component.serial, change.to_value) == (True, "INSTALLED", "D2", "Bay 1")
    assert change.asset.serial == "SRV-A"
    assert {row[2:] for row in events() - before} == {("INSTALLED", "D2")}
    assert list(bundle.files.values_list("parser", "parser_version")) == [("tally", 2)]


def test_the_history_of_other_bundles_follows(mended: Any) -> None:
    first, second = tally("SRV-A", 1, "D1", "D2"), tally("SRV-A", 2, "D1", "D2", "D9")
    mended()

    effect = again(first)

    told = [(one.added, one.type, one.component.serial, one.occurred_at.day) for one in effect.changes]
    assert told == [(True, "INSTALLED", "D2", 1), (False, "INSTALLED", "D2", 2)]
    assert (effect.by_component[0].added, effect.by_component[0].removed) == (1, 1)
    assert Installation.objects.get(component__serial="D2").installed_at.day == 1
    assert second.snapshots.count() == 1


def test_a_component_that_is_read_no_more_is_told_by_name_and_cleared_away(monkeypatch: Any, mended: Any) -> None:
    mended()
    bundle = tally("SRV-A", 1, "D1", "D2")
    monkeypatch.setattr("ingest.services.parse.all_parsers", lambda: (Tally(1),))

    effect = again(bundle)

    assert [(one.added, one.type, one.component.serial) for one in effect.changes] == [(False, "INSTALLED", "D2")]
    assert not Component.objects.filter(serial="D2").exists()


def test_the_list_of_changes_is_bounded_and_the_counts_are_not(monkeypatch: pytest.MonkeyPatch, mended: Any) -> None:
    monkeypatch.setattr("reanimator.reparse.MOST_CHANGES", 2)
    monkeypatch.setattr("reanimator.reparse.MOST_TALLIES", 1)
    bundle = deliver(document("SRV-A", *[f"D{number}" for number in range(5)]))
    monkeypatch.setattr("ingest.services.parse.all_parsers", lambda: ())

    effect = again(bundle)

    assert (effect.status_before, effect.status) == ("parsed", "unrecognised")
    assert (effect.added, effect.removed, effect.components) == (0, 6, 5)
    assert (len(effect.changes), len(effect.by_component)) == (2, 1)


def test_what_waits_for_another_reason_is_no_effect_of_this_bundle_and_left_to_the_sweep(mended: Any) -> None:
    bundle, _ = tally("SRV-A", 1, "D1", "D2"), tally("SRV-B", 1, "X1", "X2")
    Event.objects.filter(component__serial="X1").delete()
    Component.objects.filter(serial="X1").update(stale=True)
    Asset.objects.filter(serial="SRV-B").update(stale=True)
    mended()

    effect = again(bundle)

    assert [one.component.serial for one in effect.changes] == ["D2"]
    assert not Event.objects.filter(component__serial="X1").exists()
    assert stale() == ["SRV-B", "X1"]
    pipeline.process_pending(now=timezone.now())
    assert (stale(), Event.objects.filter(component__serial="X1").count()) == ([], 1)


def test_what_waits_for_another_reason_and_is_in_the_bundle_too_is_derived_with_it(mended: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    Component.objects.filter(serial="D1").update(stale=True)
    Asset.objects.filter(serial="SRV-A").update(stale=True)
    mended()

    effect = again(bundle)

    assert [one.component.serial for one in effect.changes] == ["D2"]
    assert stale() == []


# dry runs


def test_a_dry_run_tells_the_same_and_leaves_no_trace(mended: Any) -> None:
    first, _ = tally("SRV-A", 1, "D1", "D2"), tally("SRV-A", 2, "D1", "D2", "D9")
    mended()
    before = everything()

    shown = again(first, dry_run=True)

    assert everything() == before
    done = again(first)
    assert replace(shown, dry_run=False, changes=()) == replace(done, changes=())
    assert [(one.added, one.type, one.occurred_at) for one in shown.changes] == [
        (one.added, one.type, one.occurred_at) for one in done.changes
    ]


# refusals


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_bundle_that_is_at_work_is_left_to_whoever_has_it(dry_run: bool) -> None:
    bundle = send(document()).bundle

    with pytest.raises(AtWork, match="parse"):
        again(bundle, dry_run=dry_run)

    bundle.refresh_from_db()
    assert bundle.status == "received"


def test_a_bundle_that_somebody_takes_up_while_it_is_read_is_left_to_him(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    before = everything()

    def taken_up() -> tuple[Any, ...]:
        Bundle.objects.filter(pk=bundle.pk).update(step="parse", due_at=NOW)
        return (Tally(2),)

    monkeypatch.setattr("ingest.services.parse.all_parsers", taken_up)

    with pytest.raises(AtWork, match="meanwhile"):
        again(bundle)

    assert {**everything(), "Bundle": []} == {**before, "Bundle": []}


def test_a_bundle_that_was_given_up_is_at_rest_afterwards() -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    Bundle.objects.update(step="derive", due_at=None, attempts=5, fault="derive: KeyError: 1")

    again(bundle)

    bundle.refresh_from_db()
    assert (bundle.step, bundle.attempts, bundle.fault, bundle.status) == ("", 0, "", "parsed")


def test_damaged_bytes_change_nothing(bundle_folder: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    harm(bundle, bundle_folder)
    before = everything()

    with pytest.raises(DamagedBundle):
        again(bundle)

    assert everything() == before
