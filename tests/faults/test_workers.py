"""Workers that die in the middle of a step, and schedulers that are one too many."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection, transaction

from ingest.models import Bundle, Snapshot
from ingest.services import parse_bundle
from registry.models import Asset, Component
from tests import processes
from tests.faults import fleet
from tests.faults.outcome import clean_run, kept, outcome, sizes, work_left
from tests.ingest.deliveries import NOW, deliver, send
from tests.processes import wait_until
from timeline.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(environment: dict[str, str], database_url: str, redis_here: str) -> dict[str, str]:
    """Of the product's processes on the test's own database."""
    return environment | {"DATABASE_URL": database_url, "CELERY_BROKER_URL": redis_here}


def test_a_worker_that_is_killed_while_it_parses_costs_nothing(
    environment: dict[str, str], bundle_folder: Path, tmp_path: Path, until_the_end: ExitStack
) -> None:
    first, *others = fleet.bundles(days=2)
    files = [fleet.with_slow_member(first), *others]
    expected = clean_run(files, bundle_folder)
    for content in files:
        send(content)
    sign = Path(environment["SLOW_PARSER_SIGN"])
    logs = (tmp_path / "a.log", tmp_path / "b.log")
    workers = [until_the_end.enter_context(processes.worker(environment, log, with_beat=True)) for log in logs]
    wait_until(lambda: sign.exists() and sign.read_text().endswith("\n"), logs[0])

    reading = int(sign.read_text())
    [killed] = [one for one in workers if one.process.pid == reading]
    killed.kill()
    wait_until(lambda: not work_left(), logs[1])

    assert outcome() == expected
    assert kept(bundle_folder) == sizes(files)


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite locks no row that a worker could wait for")
def test_a_worker_that_is_killed_while_it_derives_costs_nothing(
    environment: dict[str, str], bundle_folder: Path, tmp_path: Path, until_the_end: ExitStack
) -> None:
    files = [*fleet.bundles(days=2), fleet.two_servers()]
    expected = clean_run(files, bundle_folder)
    for content in files[:-1]:
        deliver(content)
    last = send(files[-1]).bundle
    parse_bundle(last.id, now=NOW)
    Bundle.objects.filter(id=last.id).update(step=Bundle.Step.DERIVE)
    worker = until_the_end.enter_context(processes.worker(environment, tmp_path / "a.log", with_beat=True))

    with transaction.atomic():
        # Of its two snapshots the first is derived, and the other waits for this lock.
        Asset.objects.select_for_update().get(serial="SRV-B")
        wait_until(lambda: Event.objects.filter(bundle=last).exists(), worker.log)
        worker.kill()
    left = Snapshot.objects.waiting().filter(bundle=last).values_list("asset__serial", flat=True)
    assert (list(left), Bundle.objects.get(id=last.id).step) == (["SRV-B"], "derive")
    heir = until_the_end.enter_context(processes.worker(environment, tmp_path / "b.log", with_beat=True))
    wait_until(lambda: not work_left(), heir.log)

    assert outcome() == expected
    assert kept(bundle_folder) == sizes(files)


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has one writer at a time")
def test_four_workers_at_once_come_to_what_one_comes_to(
    environment: dict[str, str], bundle_folder: Path, tmp_path: Path, until_the_end: ExitStack
) -> None:
    # Many bundles of one server at once, and one disk in those of several.
    files = fleet.bundles(days=9, disputed=True)
    expected = clean_run(files, bundle_folder)
    for content in fleet.shuffled(files):
        send(content)
    environment |= {"STEP_SECONDS": "60"}
    four = processes.worker(environment, tmp_path / "worker.log", processes=4, with_beat=True)
    worker = until_the_end.enter_context(four)

    wait_until(lambda: not (work_left() or is_unsettled()), worker.log)

    told = [json.loads(line) for line in worker.told().splitlines() if line.startswith("{")]
    # Sweeps that nobody had time for are revoked, which is a warning.
    assert [line for line in told if line["level"] not in {"info", "debug"} and line["event"] != "task_revoked"] == []
    assert outcome() == expected
    assert kept(bundle_folder) == sizes(files)


def is_unsettled() -> bool:
    """Whether evidence was given elsewhere and is not derived yet."""
    waits = Snapshot.objects.waiting().exists()
    return waits or any(model.objects.filter(stale=True).exists() for model in (Asset, Component))


def test_two_schedulers_at_once_do_nothing_twice(
    environment: dict[str, str], bundle_folder: Path, tmp_path: Path, until_the_end: ExitStack
) -> None:
    files = fleet.bundles(days=6)
    expected = clean_run(files, bundle_folder)
    for content in fleet.shuffled(files):
        send(content)
    beats = [until_the_end.enter_context(processes.beat(environment, tmp_path, one)) for one in ("one", "two")]
    worker = until_the_end.enter_context(processes.worker(environment, tmp_path / "worker.log", processes=2))

    wait_until(lambda: not work_left(), worker.log)

    assert all("Sending due task sweep" in one.told() for one in beats)
    assert outcome() == expected
    assert kept(bundle_folder) == sizes(files)
    assert "bundle_not_processed" not in worker.told()
