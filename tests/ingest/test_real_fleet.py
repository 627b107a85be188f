"""Days of a real fleet of 21,000 drives, where they are at hand, against a count of our own straight from the files.

In the suite all days of every thirtieth drive and of all that failed; ``FLEET_DAYS=all`` takes all, for minutes.
"""

import gzip
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pytest

from ingest.models import FailureSignal, Observation
from registry.models import Asset, Component, Installation
from tests.ingest.deliveries import deliver
from timeline.models import Event

FOLDER = Path(__file__).parents[3] / "shared" / "fleet" / "backblaze-2013"
ALL = os.environ.get("FLEET_DAYS") == "all"
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no days of a real fleet in {FOLDER}"),
    pytest.mark.django_db,
    pytest.mark.usefixtures("bundle_folder"),
    pytest.mark.timeout(7200 if ALL else 600),
]

# Serial number, first day, and the day on which it was gone.
Stay = tuple[str, str, str | None]


@dataclass(slots=True)
class Day:
    """One file: its lines with the serial number and whether the drive failed, below its header."""

    date: str
    header: bytes
    lines: list[tuple[bytes, str, bool]]

    def content(self) -> bytes:
        return gzip.compress(b"".join([self.header, *(line for line, _, _ in self.lines)]), compresslevel=1)


def days() -> list[Day]:
    found = [_day(path) for path in sorted(FOLDER.glob("*.csv.gz"))]
    failed = {serial for day in found for _, serial, fails in day.lines if fails}
    for day in [] if ALL else found:
        day.lines = [row for row in day.lines if row[1] in failed or crc32(row[1].encode()) % 30 == 0]
    return found


def _day(path: Path) -> Day:
    header, *lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    titles = header.decode().split(",")
    serial, failure = titles.index("serial_number"), titles.index("failure")
    cells = [line.decode().split(",") for line in lines]
    rows = [(line, row[serial], row[failure] == "1") for line, row in zip(lines, cells, strict=True)]
    return Day(path.name.removesuffix(".csv.gz"), header, rows)


def stays(told: Sequence[Day]) -> set[Stay]:
    """Where each drive was when, by nothing but which days have a row of it."""
    found: set[Stay] = set()
    since: dict[str, str] = {}
    for day in told:
        there = {serial for _, serial, _ in day.lines}
        found |= {(serial, since.pop(serial), day.date) for serial in since.keys() - there}
        since |= dict.fromkeys(there - since.keys(), day.date)
    return found | {(serial, day, None) for serial, day in since.items()}


def test_every_drive_is_where_its_rows_say_and_every_failure_is_noted() -> None:
    told = days()
    expected = stays(told)
    failed = sorted((serial, day.date) for day in told for _, serial, fails in day.lines if fails)

    for day in told:
        deliver(day.content(), filename=f"{day.date}.csv.gz")

    assert Observation.objects.count() == sum(len(day.lines) for day in told)
    assert Component.objects.count() == len({serial for serial, _, _ in expected})
    assert Asset.objects.get().serial == "DRIVE-STATS"
    found = Installation.objects.values_list("component__serial", "installed_at", "removed_at")
    assert {(serial, f"{start:%F}", f"{end:%F}" if end else None) for serial, start, end in found} == expected
    assert Counter(Event.objects.values_list("type", flat=True)) == {
        "LOG_COLLECTED": len(told),
        "INSTALLED": len(expected),
        "REMOVED": sum(end is not None for _, _, end in expected),
    }
    signals = FailureSignal.objects.values_list("observation__component__serial", "occurred_at", "mode", "severity")
    assert sorted((serial, f"{at:%F}") for serial, at, _, _ in signals) == failed
    assert {(mode, severity) for _, _, mode, severity in signals} == {("drive_failed", "fatal")}
    assert len(failed) == 43
    if ALL:
        assert (Observation.objects.count(), Component.objects.count()) == (452_821, 21_959)
