"""Bundles become timelines: forward, late, again, and what each costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from ingest.models import Bundle, Snapshot
from registry.models import Asset, Component, Installation
from tests.timeline.digest import fingerprint, natural_outcome
from tests.timeline.histories import RECEIVED, as_bundle, bring, disk, document, moment, process, take_in
from timeline.models import AssetEvent, Event, FirmwarePeriod, IdentityConflict
from timeline.services import derive_bundle, derive_everything

pytestmark = pytest.mark.django_db


def events_of(serial: str) -> list[str]:
    """The component's events, in their order."""
    found = Event.objects.filter(component__serial=serial).order_by("position")
    return list(found.values_list("type", flat=True))


def timeline_of(asset: str) -> list[tuple[str, str]]:
    """The asset's events, in their order, with the serials of their components."""
    found = AssetEvent.objects.filter(asset__serial=asset).order_by("position")
    return [(kind, serial or "") for kind, serial in found.values_list("event__type", "event__component__serial")]


def rows_of(serial: str) -> list[Any]:
    """All that is stored of a component, with its ids and all columns."""
    component = Component.objects.filter(serial=serial)
    return [
        list(component.values()),
        list(Event.objects.filter(component__in=component).order_by("id").values()),
        list(AssetEvent.objects.filter(event__component__in=component).order_by("id").values()),
        list(Installation.objects.filter(component__in=component).order_by("id").values()),
        list(FirmwarePeriod.objects.filter(component__in=component).order_by("id").values()),
    ]


def test_a_first_snapshot_installs_what_it_shows() -> None:
    bundle = bring(document(0, "ALPHA", disk("S1", "Bay 1", firmware="1.0", health="ok")))

    component = Component.objects.get(serial="S1")
    installation = Installation.objects.get(component=component)
    assert (component.status, component.slot, component.firmware, component.health) == (
        "installed",
        "Bay 1",
        "1.0",
        "ok",
    )
    assert (installation.installed_at, installation.removed_at, installation.not_before) == (moment(0), None, None)
    assert Event.objects.get(component=component).bundle == bundle


def test_a_move_is_on_the_timelines_of_both_assets_and_of_the_component() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1")))
    bring(document(1, "BETA", disk("S1", "Bay 2")))

    assert events_of("S1") == ["INSTALLED", "MOVED"]
    assert timeline_of("ALPHA") == [("LOG_COLLECTED", ""), ("INSTALLED", "S1"), ("MOVED", "S1")]
    assert timeline_of("BETA") == [("LOG_COLLECTED", ""), ("MOVED", "S1")]


def test_what_a_covering_snapshot_does_not_show_is_removed() -> None:
    bring(document(0, "ALPHA", disk("S1"), disk("S2")))
    bring(document(1, "ALPHA", disk("S1")))

    assert events_of("S1") == ["INSTALLED"]
    assert events_of("S2") == ["INSTALLED", "REMOVED"]
    assert Component.objects.get(serial="S2").status == "removed"


def test_what_a_snapshot_does_not_cover_stays() -> None:
    bring(document(0, "ALPHA", disk("S1")))
    bring(document(1, "ALPHA", coverage=[]))
    bring(document(2, "ALPHA", coverage=["memory"]))

    assert events_of("S1") == ["INSTALLED"]


def test_firmware_and_health_make_events_and_periods() -> None:
    bring(document(0, "ALPHA", disk("S1", firmware="1.0", health="ok")))
    bring(document(1, "ALPHA", disk("S1", firmware="2.0", health="failed")))

    assert events_of("S1") == ["INSTALLED", "FIRMWARE_CHANGED", "HEALTH_CHANGED"]
    assert list(FirmwarePeriod.objects.order_by("started_at").values_list("firmware", "ended_at")) == [
        ("1.0", moment(1)),
        ("2.0", None),
    ]


def test_every_snapshot_is_one_collection_on_its_asset() -> None:
    bring(document(0, "ALPHA"), document(0, "BETA"), document(1, "ALPHA"))

    assert timeline_of("ALPHA") == [("LOG_COLLECTED", "")] * 2
    assert timeline_of("BETA") == [("LOG_COLLECTED", "")]


def test_a_late_snapshot_goes_where_it_belongs() -> None:
    bring(document(0, "ALPHA", disk("S1")))
    bring(document(2, "ALPHA", disk("S1", firmware="2.0")))
    bring(document(1, "BETA", disk("S1", firmware="1.0")))

    assert events_of("S1") == ["INSTALLED", "MOVED", "MOVED", "FIRMWARE_CHANGED"]
    assert [row.asset.serial for row in Installation.objects.order_by("installed_at")] == ["ALPHA", "BETA", "ALPHA"]


def test_a_late_snapshot_meets_what_later_ones_did_not_show() -> None:
    bring(document(2, "ALPHA", coverage=["disk"]))
    bring(document(1, "ALPHA", disk("S1")))

    assert events_of("S1") == ["INSTALLED", "REMOVED"]


def test_a_late_absence_removes_for_a_while() -> None:
    bring(document(0, "ALPHA", disk("S1")))
    bring(document(2, "ALPHA", disk("S1")))
    bring(document(1, "ALPHA", coverage=["disk"]))

    assert events_of("S1") == ["INSTALLED", "REMOVED", "INSTALLED"]


def test_a_late_snapshot_touches_no_other_component() -> None:
    bring(document(0, "ALPHA", disk("S1")))
    bring(document(0, "BETA", disk("S2"), disk("S3")))
    bring(document(3, "ALPHA", disk("S1"), disk("S4"), coverage=[]))
    others = {serial: rows_of(serial) for serial in ("S2", "S3", "S4")}

    bring(document(1, "ALPHA", disk("S1", firmware="1.0"), coverage=[]))

    assert {serial: rows_of(serial) for serial in others} == others


def test_rows_that_a_late_snapshot_does_not_change_stay() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1")))
    bring(document(4, "BETA", disk("S1", "Bay 1")))
    bring(document(5, "BETA", disk("S1", "Bay 2")))
    events, installations = _ids(Event), _ids(Installation)

    bring(document(2, "ALPHA", disk("S1", "Bay 1", firmware="1.0")))

    assert _ids(Installation) == installations
    # The move between the assets cannot have been as early as was thought: that is another event.
    assert len(events - _ids(Event)) == 1
    assert Event.objects.get(from_asset__serial="ALPHA").not_before == moment(2)


def _ids(model: type[Model]) -> set[int]:
    return set(model._default_manager.values_list("pk", flat=True))


def test_deriving_a_bundle_again_does_nothing() -> None:
    bundle = bring(document(0, "ALPHA", disk("S1")))
    before = rows_of("S1")

    process(bundle.id, now=RECEIVED)
    derive_bundle(bundle.id, now=RECEIVED)

    assert rows_of("S1") == before


def test_deriving_everything_again_keeps_every_row() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1", firmware="1.0")))
    bring(document(1, "BETA", disk("S1", "Bay 1", firmware="2.0")))
    keys = set(Event.objects.values_list("id", "key")), set(Installation.objects.values_list("id", flat=True))
    before = fingerprint()

    derive_everything(now=RECEIVED)

    assert fingerprint() == before
    assert keys == (set(Event.objects.values_list("id", "key")), set(Installation.objects.values_list("id", flat=True)))


def test_parsing_again_keeps_components_and_what_people_noted_of_them() -> None:
    bundle = bring(document(0, "ALPHA", disk("S1", "Bay 1")))
    component = Component.objects.get(serial="S1")
    Component.objects.filter(id=component.id).update(manufactured_on="2025-01-31")
    before = natural_outcome()

    Bundle.objects.filter(id=bundle.id).update(status=Bundle.Status.RECEIVED)
    process(bundle.id, now=RECEIVED)

    assert Component.objects.get(serial="S1").id == component.id
    assert str(Component.objects.get(serial="S1").manufactured_on) == "2025-01-31"
    assert {name: rows for name, rows in natural_outcome().items() if name != "components"} == {
        name: rows for name, rows in before.items() if name != "components"
    }


def test_two_slots_in_one_file_are_a_conflict_and_no_moves() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1"), disk("S1", "Bay 2")))
    bring(document(1, "ALPHA", disk("S1", "Bay 1"), disk("S1", "Bay 2")))

    conflict = IdentityConflict.objects.get()
    assert (conflict.kind, conflict.name, conflict.first_at, conflict.last_at) == (
        "two_slots",
        "disk:S1",
        moment(0),
        moment(1),
    )
    assert not Event.objects.filter(type="MOVED").exists()
    assert not Component.objects.filter(serial="S1").exists()


def test_one_part_under_two_names_in_one_file_does_not_move() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1", wwn="5000c500a1b2c301")))
    bring(document(1, "ALPHA", disk("S1", "Bay 1"), disk("", "Bay 1", wwn="5000c500a1b2c301", health="ok")))

    assert events_of("S1") == ["INSTALLED"]
    assert Component.objects.get().health == "ok"


def test_a_name_in_turn_at_two_assets_is_a_conflict_that_is_kept() -> None:
    for day, asset in enumerate(("ALPHA", "BETA") * 2):
        bring(document(day, asset, disk("S1"), coverage=[]))

    conflict = IdentityConflict.objects.get()
    assert (conflict.kind, conflict.asset.serial, conflict.name) == ("alternation", "ALPHA", "disk:S1")
    assert conflict.other_asset is not None
    assert conflict.other_asset.serial == "BETA"
    assert events_of("S1") == ["INSTALLED"]


def test_an_absence_that_arrives_late_takes_a_conflict_away() -> None:
    for day, asset in enumerate(("ALPHA", "BETA") * 2):
        bring(document(day, asset, disk("S1"), coverage=[]))

    bring(document(1.5, "BETA", coverage=["disk"]))

    assert not IdentityConflict.objects.exists()
    assert events_of("S1") == ["INSTALLED", "MOVED", "REMOVED", "INSTALLED", "MOVED"]


def test_a_snapshot_of_a_time_to_come_derives_nothing() -> None:
    bundle = bring(document(400, "ALPHA", disk("S1", "Bay 1")))

    assert Snapshot.objects.get(bundle=bundle).held == "clock"
    assert not Event.objects.exists()
    assert Component.objects.get(serial="S1").status == "unplaced"


def test_the_asset_is_described_by_the_newest_that_says_so() -> None:
    bring(document(1, "ALPHA", named={"hostname": "new"}))
    bring(document(0, "ALPHA", named={"hostname": "old", "model": "R750"}))

    asset = Asset.objects.get()
    assert (asset.hostname, asset.model, asset.first_seen_at, asset.last_seen_at) == (
        "new",
        "R750",
        moment(0),
        moment(1),
    )


def _server(count: int, day: float, **fields: Any) -> dict[str, Any]:
    names = [f"{count:02}{number:02}" for number in range(count)]
    disks = [disk(f"S{name}", f"Bay {name}", wwn=f"5000c500a1b2{name}", **fields) for name in names]
    return document(day, f"A{count}", *disks)


def _queries(content: dict[str, Any]) -> int:
    bundle = take_in(as_bundle(content))
    with CaptureQueriesContext(connection) as queries:
        process(bundle.id, now=RECEIVED)
    return len(queries)


NEWS = {
    "first sight": lambda count: [_server(count, 0)],
    "unchanged": lambda count: [_server(count, 0), _server(count, 1)],
    "all changed": lambda count: [_server(count, 0), _server(count, 1, firmware="2.0", health="warning")],
    "all gone": lambda count: [_server(count, 0), document(1, f"A{count}", coverage=["disk"])],
    "late": lambda count: [_server(count, 0), _server(count, 2), _server(count, 1, firmware="2.0")],
}


@pytest.mark.parametrize("told", NEWS.values(), ids=NEWS.keys())
def test_a_snapshot_costs_the_same_number_of_queries_however_many_components_it_has(
    told: Callable[[int], list[dict[str, Any]]],
) -> None:
    counts = []
    for count in (10, 60):
        *before, last = told(count)
        for content in before:
            bring(content)
        counts.append(_queries(last))

    assert counts[0] == counts[1]
