"""What a fault costs: a bundle is tried again, or given up, and holds no other up."""

from datetime import datetime
from errno import EIO, ENOSPC
from os import strerror
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.db import OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from ingest.models import Bundle, Snapshot
from ingest.services import parse_bundle, try_again
from ingest.services.work import MOST_ATTEMPTS, Outlook
from ingest.storage import DamagedBundle, storage_name
from reanimator import pipeline, tasks
from reanimator.faults import outlook
from registry.models import Component
from tests.clients import client_as
from tests.ingest.deliveries import deliver, document, send
from tests.reanimator.breakage import AWAY, BYTES, GOOD, NOW, after, break_off, broken_off
from timeline.models import Event
from timeline.services import derive_snapshot, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

TWO_SERVERS = document("SRV-A", "DSK-1") + b"\n" + document("SRV-B", "DSK-2")


def pause_of(bundle: Bundle) -> float:
    """Seconds until it may be taken up again."""
    bundle.refresh_from_db()
    assert bundle.due_at is not None
    return (bundle.due_at - timezone.now()).total_seconds()


@pytest.mark.parametrize("step", [BYTES, "ingest.services.parse.store_snapshots"])
def test_a_fault_while_parsing_leaves_the_bundle_waiting(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    bundle = broken_off(monkeypatch, step, ValueError("a fault of the parser"))

    assert (bundle.status, bundle.step, bundle.attempts, bundle.files.count()) == ("received", "parse", 1, 0)
    assert bundle.fault == "parse: ValueError: a fault of the parser"
    assert Snapshot.objects.count() == 0


def test_the_sweep_takes_up_what_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(monkeypatch, BYTES, AWAY)

    assert pipeline.process_pending(now=after(seconds=20))["bundles"] == 1

    bundle = Bundle.objects.get()
    assert (bundle.status, bundle.step, bundle.retries, bundle.fault) == ("parsed", "", 0, "")
    assert set(Event.objects.values_list("type", flat=True)) == {"INSTALLED", "LOG_COLLECTED"}


def test_the_sweep_leaves_a_step_alone_while_its_pause_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(monkeypatch, BYTES, AWAY)

    assert pipeline.process_pending(now=after(seconds=1))["bundles"] == 0


def test_the_sweep_takes_up_what_was_received_and_never_begun() -> None:
    send(GOOD)
    send(document("SRV-B", "DSK-2"))

    done = pipeline.process_pending(now=NOW)

    assert done["bundles"] == 2
    assert set(Bundle.objects.values_list("status", flat=True)) == {"parsed"}
    assert pipeline.process_pending(now=NOW) == {"bundles": 0, "derived": 0}


def test_the_sweep_derives_what_was_parsed_and_not_derived(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = broken_off(monkeypatch, "reanimator.pipeline.derive_bundle", AWAY)
    assert (bundle.status, bundle.step, bundle.fault) == ("parsed", "derive", f"derive: OSError: {strerror(EIO)}")
    assert Event.objects.count() == 0

    pipeline.process_pending(now=after(seconds=20))

    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (OperationalError(1213, "Deadlock found"), Outlook.PASSES),
        (OperationalError(2006, "Server has gone away"), Outlook.PASSES),
        (OSError(ENOSPC, strerror(ENOSPC)), Outlook.PASSES),
        (ConnectionRefusedError(), Outlook.PASSES),
        (EndpointConnectionError(endpoint_url="http://s3"), Outlook.PASSES),
        (FileNotFoundError(), Outlook.DOUBTFUL),
        (ValueError("a bug"), Outlook.DOUBTFUL),
        (MemoryError(), Outlook.DOUBTFUL),
        (DamagedBundle("a1" * 32), Outlook.LASTS),
    ],
)
def test_what_the_surroundings_did_passes_and_what_the_bundle_did_does_not(fault: Exception, expected: Outlook) -> None:
    assert outlook(fault) is expected


def test_what_may_pass_is_tried_without_end_after_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = send(GOOD).bundle
    break_off(monkeypatch, BYTES, AWAY)
    pauses = []

    for _ in range(4 * MOST_ATTEMPTS):
        Bundle.objects.update(due_at=NOW)
        pipeline.advance(bundle.id)
        pauses.append(round(pause_of(bundle), -1))

    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 15 * 60
    assert (bundle.attempts, bundle.is_given_up) == (0, False)


def test_what_does_not_pass_is_given_up_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = send(GOOD).bundle
    break_off(monkeypatch, BYTES, ValueError("a bug"))
    pauses = []

    for _ in range(MOST_ATTEMPTS):
        Bundle.objects.exclude(due_at=None).update(due_at=NOW)
        pipeline.advance(bundle.id)
        bundle.refresh_from_db()
        pauses.append(bundle.due_at and round(pause_of(bundle) / 60))

    assert pauses == [1, 4, 16, 64, None]
    assert (bundle.status, bundle.is_given_up, bundle.fault) == ("failed", True, "parse: ValueError: a bug")
    assert pipeline.process_pending(now=after(days=365))["bundles"] == 0


def test_bytes_that_are_missing_are_given_up_in_the_end(bundle_folder: Any) -> None:
    bundle = send(GOOD).bundle
    (bundle_folder / storage_name(bundle.sha256)).unlink()

    for day in range(1, 9):
        pipeline.process_pending(now=after(days=day))

    bundle.refresh_from_db()
    assert (bundle.is_given_up, bundle.fault) == (True, "parse: the bytes are not in the storage")


def test_bytes_that_are_damaged_are_given_up_at_once_with_the_reason(bundle_folder: Any) -> None:
    bundle = send(GOOD).bundle
    (bundle_folder / storage_name(bundle.sha256)).write_bytes(GOOD.replace(b"SRV-A", b"SRV-B"))

    pipeline.advance(bundle.id)

    bundle.refresh_from_db()
    assert (bundle.is_given_up, bundle.status, bundle.attempts) == (True, "failed", 1)
    assert bundle.fault == "parse: the stored bytes are damaged; sending the bundle again restores them"
    assert not Component.objects.exists()


def test_a_damaged_bundle_that_is_sent_again_goes_its_way(bundle_folder: Any) -> None:
    bundle = send(GOOD).bundle
    (bundle_folder / storage_name(bundle.sha256)).write_bytes(b"damaged")
    pipeline.advance(bundle.id)

    answer = send(GOOD)

    assert (answer.duplicate, answer.bundle.status, answer.bundle.fault) == (True, "parsed", "")
    assert Component.objects.get().serial == "DSK-1"


def test_a_bundle_that_ends_its_worker_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = send(GOOD).bundle
    with monkeypatch.context() as broken:
        break_off(broken, BYTES, SystemExit(137))
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(SystemExit):
                tasks.parse(bundle.id)
        tasks.parse(bundle.id)  # no more
        pipeline.process_pending(now=after(seconds=1))

    bundle.refresh_from_db()
    assert (bundle.status, bundle.attempts, bundle.is_given_up) == ("failed", MOST_ATTEMPTS, True)
    assert f"ended its worker {MOST_ATTEMPTS} times" in bundle.fault


def test_a_bundle_that_is_parsed_in_the_end_counts_no_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(monkeypatch, BYTES, ValueError("once"))

    pipeline.process_pending(now=after(hours=1))

    bundle = Bundle.objects.get()
    assert (bundle.status, bundle.attempts, bundle.fault, bundle.errors) == ("parsed", 0, "", [])


def test_one_bundle_that_breaks_off_holds_no_other_up(monkeypatch: pytest.MonkeyPatch) -> None:
    send(GOOD)
    send(document("SRV-B", "DSK-2"))

    def break_the_first(bundle_id: int, *, now: datetime) -> Any:
        if bundle_id == Bundle.objects.order_by("id")[0].id:
            raise OSError
        return parse_bundle(bundle_id, now=now)

    monkeypatch.setattr(pipeline, "parse_bundle", break_the_first)

    pipeline.process_pending(now=NOW)

    assert list(Bundle.objects.order_by("id").values_list("status", flat=True)) == ["received", "parsed"]


def break_the_fold_of(monkeypatch: pytest.MonkeyPatch, serial: str) -> None:
    def derive(snapshot_id: int, *, now: datetime) -> bool:
        if Snapshot.objects.filter(id=snapshot_id, asset__serial=serial).exists():
            raise ValueError("a fault of the fold")
        return derive_snapshot(snapshot_id, now=now)

    monkeypatch.setattr(waiting, "derive_snapshot", derive)


def test_one_snapshot_that_cannot_be_derived_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    break_the_fold_of(monkeypatch, "SRV-A")

    bundle = deliver(TWO_SERVERS)

    assert [row.asset and row.asset.serial for row in Snapshot.objects.waiting()] == ["SRV-A"]
    assert {event.asset.serial for event in Event.objects.all() if event.asset} == {"SRV-B"}
    assert (bundle.status, bundle.step, bundle.attempts) == ("parsed", "derive", 1)
    assert bundle.fault == "derive: 1 of 2 snapshots: ValueError: a fault of the fold"


def test_a_snapshot_that_cannot_be_derived_is_given_up_with_its_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        break_the_fold_of(broken, "SRV-A")
        bundle = deliver(TWO_SERVERS)
        for day in range(1, 9):
            pipeline.process_pending(now=after(days=day))

    bundle.refresh_from_db()
    assert (bundle.status, bundle.step, bundle.is_given_up) == ("parsed", "derive", True)
    try_again([bundle.id], user=None, now=timezone.now())
    assert {event.asset.serial for event in Event.objects.all() if event.asset} == {"SRV-A", "SRV-B"}


def test_a_snapshot_that_fails_when_it_is_derived_anew_is_counted_with_its_bundle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = deliver(TWO_SERVERS)
    Snapshot.objects.update(derived_at=None)
    break_the_fold_of(monkeypatch, "SRV-A")

    with pytest.raises(ValueError, match="a fault of the fold"):
        pipeline.process_pending(now=NOW)

    bundle.refresh_from_db()
    assert (bundle.step, bundle.due_at) == ("derive", NOW)
    assert [row.asset and row.asset.serial for row in Snapshot.objects.waiting()] == ["SRV-A"]


def test_an_upload_whose_processing_breaks_off_is_answered_well(monkeypatch: pytest.MonkeyPatch) -> None:
    break_off(monkeypatch, BYTES, ValueError("a bug"))
    client: APIClient = client_as("collector")

    answer = client.post("/ingest/logbundle", GOOD, content_type="application/json")

    assert answer.status_code == 201
    told = {name: answer.json()[name] for name in ("status", "duplicate", "given_up", "errors")}
    assert told == {"status": "received", "duplicate": False, "given_up": False, "errors": ["parse: ValueError: a bug"]}


def test_a_fault_that_passes_tells_senders_nothing_of_the_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = OperationalError(2002, "Can't connect to server on 'db-3.internal'")

    assert broken_off(monkeypatch, BYTES, fault).fault == "parse: OperationalError"
