"""Bundles that are read again after a parser was mended: what that changes is told, applied at once, or undone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from rest_framework.test import APIClient

from ingest.domain.report import AssetClaim, Member, Report, SerialClaim, Sighting
from ingest.models import Bundle, BundleFile, FailureSignal, Observation, Snapshot
from ingest.parsers.registry import all_parsers
from ingest.selectors import outdated
from ingest.services import AtWork, Effect, reparse
from ingest.storage import DamagedBundle, storage_name
from registry.models import Asset, Component, Installation
from tests.clients import client_as, found
from tests.ingest.deliveries import NOW, deliver, document, send
from tests.ingest.stores import Folder
from timeline.models import AssetEvent, Event, FirmwarePeriod, IdentityConflict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

DAY = timedelta(days=1)


class Tally:
    """A parser of lists: an asset's serial and a day, then a disk a line; its first version overlooks the last disk."""

    name = "tally"

    def __init__(self, version: int) -> None:
        self.version = version

    def wants(self, name: str, head: bytes) -> bool:
        return head.startswith(b"tally ")

    def parse(self, member: Member) -> list[Report]:
        (_, serial, day), *disks = (line.split() for line in member.text.splitlines())
        if self.version < 2:
            disks = disks[:-1]
        return [
            Report(
                asset=AssetClaim(serials=(SerialClaim(serial),)),
                collected_at=datetime(2026, 2, int(day), tzinfo=UTC),
                sightings=tuple(
                    Sighting("disk", slot=f"Bay {bay}", slot_kind="tally", serial=disk, firmware=firmware)
                    for bay, (disk, firmware) in enumerate(disks)
                ),
                coverage=frozenset({"disk"}),
            )
        ]


@pytest.fixture(autouse=True)
def mended(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Begins with the first version of the parser; called, it brings the second."""

    def use(version: int) -> None:
        parsers = (Tally(version), *all_parsers())
        for place in ("ingest.services.parse", "ingest.selectors", "reanimator.management.commands.reparse"):
            monkeypatch.setattr(f"{place}.all_parsers", lambda: parsers)

    use(1)
    return lambda: use(2)


def tally(serial: str, day: int, *disks: str) -> Bundle:
    lines = [f"tally {serial} {day}", *(disk if " " in disk else f"{disk} F1" for disk in disks)]
    return deliver("\n".join(lines).encode(), f"{serial}-{day}.txt")


def again(bundle: Bundle, *, dry_run: bool = False) -> Any:
    return reparse(bundle.pk, dry_run=dry_run, user=None, now=timezone.now())


TABLES = (
    Asset, Component, Installation, Bundle, BundleFile, Snapshot, Observation, FailureSignal, Event, AssetEvent,
    FirmwarePeriod, IdentityConflict,
)  # fmt: skip


def everything() -> dict[str, list[Any]]:
    """Every row of every table that a bundle bears upon."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def events() -> set[tuple[int, str, str, str]]:
    """All events by id, so that one that was written again counts as another."""
    rows = Event.objects.values_list("id", "key", "type", "component__serial")
    return {(number, key, kind, serial or "") for number, key, kind, serial in rows}


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


def test_what_waits_for_another_reason_is_no_effect_of_this_bundle(mended: Any) -> None:
    bundle, _ = tally("SRV-A", 1, "D1", "D2"), tally("SRV-B", 1, "X1", "X2")
    Event.objects.filter(component__serial="X1").delete()
    Component.objects.filter(serial="X1").update(stale=True)

    effect = again(bundle)

    assert effect.changes_nothing
    assert Event.objects.filter(component__serial="X1").count() == 1


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


def harm(bundle: Bundle, folder: Any) -> None:
    Folder(folder).write(storage_name(bundle.sha256), b"tally SRV-A 1\nD1 F1\nEVIL F1\nEVIL2 F1")


def test_damaged_bytes_change_nothing(bundle_folder: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    harm(bundle, bundle_folder)
    before = everything()

    with pytest.raises(DamagedBundle):
        again(bundle)

    assert everything() == before


# outdated


def test_bundles_that_an_older_version_read_are_listed(mended: Any) -> None:
    old, other = tally("SRV-A", 1, "D1"), deliver(document())
    engineer = client_as("engineer")
    assert found(engineer, "/logbundles", outdated="true") == []
    mended()
    new = tally("SRV-B", 1, "D1")

    assert found(engineer, "/logbundles", outdated="true") == [old.pk]
    assert found(engineer, "/logbundles", outdated="false", ordering="id") == [other.pk, new.pk]
    again(old)
    assert not outdated(Bundle.objects.all()).exists()


# over HTTP


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


def test_the_answer_tells_what_changed(engineer: APIClient, mended: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    mended()

    answer = engineer.post(f"/logbundles/{bundle.pk}/reparse")

    told = answer.json()
    disk = Component.objects.get(serial="D2")
    asset = {"id": disk.asset_id, "serial": "SRV-A", "hostname": ""}
    component = {"id": disk.pk, "type": "disk", "serial": "D2", "model": ""}
    assert answer.status_code == 200
    assert (told["dry_run"], told["added"], told["removed"]) == (False, 1, 0)
    assert told["assets"] == [{"asset": asset, "added": 1, "removed": 0}]
    assert told["components"] == [{"component": component, "added": 1, "removed": 0}]
    assert told["changes"] == [
        {
            "change": "added",
            "type": "INSTALLED",
            "occurred_at": "2026-02-01T00:00:00Z",
            "asset": asset,
            "component": component,
            "from_asset": None,
            "from": "",
            "to": "Bay 1",
        }
    ]
    assert (told["bundle"]["id"], told["bundle"]["observations"]) == (bundle.pk, 2)


def test_a_dry_run_over_http_changes_nothing(engineer: APIClient, mended: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    mended()

    told = engineer.post(f"/logbundles/{bundle.pk}/reparse", {"dry_run": True}).json()

    assert (told["dry_run"], told["added"], told["bundle"]["observations"]) == (True, 1, 1)
    assert not Component.objects.filter(serial="D2").exists()


@pytest.mark.parametrize(
    ("query", "body"), [("?dry_run=true", {}), ("", {"dryrun": True}), ("", {"dry_run": "perhaps"}), ("", [1])]
)
def test_a_wish_that_is_not_understood_changes_nothing(engineer: APIClient, mended: Any, query: str, body: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    mended()

    answer = engineer.post(f"/logbundles/{bundle.pk}/reparse{query}", body)

    assert answer.status_code == 400
    assert not Component.objects.filter(serial="D2").exists()


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("engineer", 200), ("viewer", 403), ("collector", 403), ("connector", 403)]
)
def test_who_may_have_bundles_read_again(role: str, status: int) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")

    assert client_as(role).post(f"/logbundles/{bundle.pk}/reparse").status_code == status


def test_what_cannot_be_read_again_is_answered_as_such(engineer: APIClient, bundle_folder: Any) -> None:
    waiting, harmed = send(document()).bundle, tally("SRV-A", 1, "D1", "D2")
    harm(harmed, bundle_folder)

    codes = [engineer.post(f"/logbundles/{key}/reparse").status_code for key in (waiting.pk, harmed.pk, 10**9)]

    assert codes == [409, 500, 404]


# by command


def test_the_command_reads_all_again_and_one_bad_bundle_stops_no_other(
    mended: Any, bundle_folder: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first, bad, last = (tally(f"SRV-{name}", 1, f"{name}1", f"{name}2") for name in "ABC")
    harm(bad, bundle_folder)
    mended()

    with pytest.raises(CommandError, match="1 bundles could not be read again"):
        call_command("reparse")

    out, err = capsys.readouterr()
    assert f"bundle {first.pk}: parsed -> parsed, 1 -> 2 observations, events +1 -0 on 1 assets" in out
    assert "+ 2026-02-01 00:00:00 INSTALLED" in out
    assert "2 bundles read again, 2 with changes: 2 events added, 0 removed" in out
    assert f"bundle {bad.pk}: DamagedBundle" in err
    assert set(Component.objects.values_list("serial", flat=True)) == {"A1", "A2", "B1", "C1", "C2"}
    assert last.files.get().parser_version == 2


def test_the_command_run_dry_leaves_no_trace(mended: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tally("SRV-A", 1, "D1", "D2")
    mended()
    before = everything()

    call_command("reparse", "--dry-run")

    assert "1 bundles would be read again, 1 with changes: 1 events added" in capsys.readouterr().out
    assert everything() == before


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ([], {"tally", "new", "document"}),
        (["--parser", "tally"], {"tally", "new"}),
        (["--outdated"], {"tally"}),
        (["--since", "2026-03-02"], {"new"}),
        (["--since", "2026-03-02T00:00:00Z", "--parser", "document"], set()),
    ],
)
def test_the_command_takes_the_bundles_that_it_is_told(
    mended: Any, monkeypatch: pytest.MonkeyPatch, options: list[str], chosen: set[str]
) -> None:
    bundles = {"tally": tally("SRV-A", 1, "D1"), "document": deliver(document())}
    mended()
    bundles["new"] = deliver(b"tally SRV-B 3\nD7 F1", "new", now=NOW + DAY)
    send(b"waits")
    read: list[int] = []

    def note(bundle: int, **more: Any) -> Effect:
        read.append(bundle)
        return reparse(bundle, **more)

    monkeypatch.setattr("reanimator.management.commands.reparse.reparse", note)

    call_command("reparse", *options)

    assert {name for name, bundle in bundles.items() if bundle.pk in read} == chosen
    assert len(read) == len(chosen)


@pytest.mark.parametrize("options", [["--parser", "nobody"], ["--since", "yesterday"], ["--since", "2026-02-31"]])
def test_the_command_refuses_what_it_does_not_know(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("reparse", *options)
