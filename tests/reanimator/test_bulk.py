"""Many bundles at once by `manage.py ingest`: other processes read, one writes, and no bundle costs another.

With ``FLEET_DAYS=all`` the 21 days of a real fleet of 21,000 drives, where they are at hand, come in too: for an hour.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from demo.bundles import bundles
from demo.story import tell
from ingest.models import Bundle, FailureSignal, Observation, Snapshot
from ingest.services import parse
from reanimator import bulk
from reanimator.bulk import BulkRun
from tests.faults.outcome import clean_run, outcome
from tests.ingest.deliveries import document, send
from timeline.models import Event
from timeline.services import derive_waiting

REPOSITORY = Path(__file__).parents[2]
REAL_DAYS = REPOSITORY.parent / "shared" / "fleet" / "backblaze-2013"
ALL = os.environ.get("FLEET_DAYS") == "all"
PATIENCE = 7200 if ALL else 100
pytestmark = pytest.mark.timeout(2 * PATIENCE if ALL else 300)

# A parser of another package, as the entry point of a distribution that is not installed but lies on the path.
DEADLY = """
import os, signal

class Deadly:
    name = "deadly"
    version = 1

    def wants(self, name, head):
        return head.startswith(b"deadly")

    def parse(self, member):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def drive_days(days: int = 7, drives: int = 40) -> list[bytes]:
    """Days of a fleet of drives: some are missing for a day or two and come back, some fail, and two files have two."""
    chance = random.Random(4)
    first, failed = date(2019, 1, 1), set[int]()
    texts = []
    for day in range(days):
        rows = []
        for number in range(drives):
            if number in failed or chance.random() < 0.05:
                continue
            fails = chance.random() < 0.02
            failed |= {number} if fails else set()
            told = f"ZC{number:04d},ST4000DM000,4000787030016,{int(fails)},{day},{number + 24 * day}"
            rows.append(f"{first + timedelta(days=day)},{told}")
        texts.append("\n".join(rows))
    header = "date,serial_number,model,capacity_bytes,failure,smart_5_raw,smart_9_raw\n"
    return [(header + text + "\n").encode() for text in [*texts[:-2], "\n".join(texts[-2:])]]


def fleet() -> list[bytes]:
    """Days of drives in their order, and the demo's smallest fleet; what is dated by its receipt is left out."""
    real = [path.read_bytes() for path in sorted(REAL_DAYS.glob("*.csv.gz"))] if ALL else []
    story = bundles(tell(seed=7, count=3, end=date(2026, 2, 1)))
    return list(dict.fromkeys([*real, *drive_days(), *(one.content for one in story if one.oddity != "truncated")]))


def lay_out(files: Sequence[bytes], folder: Path) -> Path:
    """The files in a folder under names that tell nothing."""
    folder.mkdir(parents=True)
    for number, content in enumerate(files):
        (folder / f"{number:04}").write_bytes(content)
    return folder


def ingest(folder: Path, database_url: str, store: Path, *options: str, **environment: str) -> "subprocess.Popen[str]":
    """`manage.py ingest --json` as a process of its own on the test's database."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "ingest", str(folder), "--json", *options],
        cwd=REPOSITORY,
        env=os.environ | {"DATABASE_URL": database_url, "BUNDLE_STORAGE_URL": f"file:{store}", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def summary(run: "subprocess.Popen[str]") -> dict[str, int]:
    """What the run told at its end."""
    out, complaints = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, complaints
    told: dict[str, int] = json.loads(out.splitlines()[-1])
    return told


@pytest.fixture
def until_the_end() -> Iterator[ExitStack]:
    """Ends what was entered, last first."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.django_db(transaction=True)
def test_read_by_other_processes_and_stored_together_they_come_to_what_one_by_one_comes_to(
    database_url: str, bundle_folder: Path, tmp_path: Path
) -> None:
    files = fleet()
    expected = clean_run(files, bundle_folder)
    shuffled = lay_out(random.Random(1).sample(files, len(files)), tmp_path / "files")

    told = summary(ingest(shuffled, database_url, bundle_folder, "--processes", "2"))

    assert told["files"] == len(files)
    assert outcome() == expected
    assert FailureSignal.objects.filter(mode="drive_failed").exists()
    assert not Bundle.objects.unfinished().exists()


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_shuffled_duplicated_and_split_over_four_processes_they_come_to_the_same(
    database_url: str, bundle_folder: Path, tmp_path: Path, until_the_end: ExitStack
) -> None:
    files = fleet()
    expected = clean_run(files, bundle_folder)
    chance = random.Random(2)
    twice = [*files, *chance.sample(files, len(files) // 3)]
    chance.shuffle(twice)
    parts = [lay_out(twice[part::4], tmp_path / str(part)) for part in range(4)]

    runs = [
        until_the_end.enter_context(ingest(part, database_url, bundle_folder, "--processes", "1")) for part in parts
    ]
    told = sum((Counter(summary(run)) for run in runs), Counter[str]())
    derive_waiting(now=timezone.now())

    assert told["files"] == len(twice)
    assert told["refused"] == 0
    assert outcome() == expected


@pytest.mark.django_db(transaction=True)
def test_a_bundle_that_ends_the_process_which_reads_it_costs_no_other(
    database_url: str, bundle_folder: Path, tmp_path: Path
) -> None:
    package = tmp_path / "parsers"
    described = package / "deadly-1.dist-info"
    described.mkdir(parents=True)
    (package / "deadly.py").write_text(DEADLY)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1\n")
    (described / "entry_points.txt").write_text("[reanimator.parsers]\ndeadly = deadly:Deadly\n")
    documents = [document(f"SRV-{number}", f"D-{number}") for number in range(12)]
    folder = lay_out([*documents[:6], b"deadly", *documents[6:]], tmp_path / "files")

    told = summary(
        ingest(folder, database_url, bundle_folder, "--processes", "2", PYTHONPATH=str(package), LOG_LEVEL="ERROR")
    )

    assert told == {"files": 13, "parsed": 12, "received": 1}
    assert Event.objects.filter(type="INSTALLED").count() == 12
    deadly = Bundle.objects.get(status="received")
    assert (deadly.attempts, deadly.fault) == (1, "parse: it ended the process that read it")


@pytest.mark.django_db
@pytest.mark.usefixtures("bundle_folder")
def test_a_bundle_that_cannot_be_stored_costs_none_of_those_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    received = [send(document(f"SRV-{number}", f"D-{number}")).bundle for number in range(4)]
    store = parse.store_content

    def breaks(content: parse.BundleContent, **options: Any) -> parse.Parsed | None:
        if content.bundle.pk == received[2].pk:
            raise ValueError("out of sorts")
        return store(content, **options)

    monkeypatch.setattr(bulk, "store_content", breaks)
    monkeypatch.setattr(parse, "store_content", breaks)
    told: list[int] = []
    with BulkRun(told.extend, 1) as run:
        for bundle in received:
            run.take(bundle)
        run.finish()

    assert sorted(told) == [bundle.pk for bundle in received]
    assert list(Bundle.objects.order_by("id").values_list("status", flat=True)) == [
        "parsed", "parsed", "received", "parsed",
    ]  # fmt: skip
    assert "out of sorts" in Bundle.objects.get(id=received[2].pk).fault
    assert Event.objects.filter(type="INSTALLED").count() == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("bundle_folder")
def test_what_somebody_else_took_up_meanwhile_is_stored_once() -> None:
    bundle = send(document("SRV-A", "D-1", "D-2")).bundle
    with BulkRun(lambda _: None, 1) as run:
        run.take(bundle)
        parse.parse_bundle(bundle.pk, now=bundle.received_at)
        run.finish()

    assert (Snapshot.objects.count(), Observation.objects.count()) == (1, 2)
