"""Drive Stats files: what the golden cases do not show."""

import csv
import gzip
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.domain.report import Member
from ingest.parsers.drive_stats import DriveStatsParser

DAYS = Path(__file__).parents[3] / "shared" / "fleet" / "backblaze-2013"
HEADER = "date,serial_number,model,capacity_bytes,failure,smart_9_raw"


def parse(*rows: str, header: str = HEADER):
    return DriveStatsParser().parse(Member("day.csv", "\n".join([header, *rows]).encode()))


def test_the_header_alone_tells_the_format() -> None:
    header = ",".join(["smart_1_raw", *HEADER.split(",")]).encode()

    assert DriveStatsParser().wants("whatever", b"\xef\xbb\xbf" + header + b"\r\n1,2013-04-10,")
    assert not DriveStatsParser().wants("2013-04-10.csv", b"date,serial_number,model,failure\n")


def test_a_file_without_rows_says_nothing() -> None:
    assert parse() == []


def test_the_snapshot_is_of_the_start_of_the_day_and_a_failure_of_its_end() -> None:
    (report,) = parse("2013-04-10,Z1,ST3000DM001,1,1,5")

    assert report.collected_at == datetime(2013, 4, 10, tzinfo=UTC)
    assert report.signals[0].occurred_at == datetime(2013, 4, 10, 23, 59, 59, tzinfo=UTC)


def test_a_bad_row_takes_the_coverage_of_its_own_day_alone() -> None:
    reports = parse("2013-04-10,Z1,ST3000DM001,1,0,5", "2013-04-10,Z2", "2013-04-11,Z1,ST3000DM001,1,0,5")

    assert [sorted(report.coverage) for report in reports] == [[], ["disk"]]


def test_a_bad_row_takes_the_coverage_of_every_pod_of_its_day() -> None:
    header = f"{HEADER},datacenter,cluster_id,vault_id,pod_id,pod_slot_num"
    good = ["2025-04-10,Z1,ST3000DM001,1,0,5,sac0,1,1000,1,4", "2025-04-10,Z2,ST3000DM001,1,0,5,sac0,1,1000,2,4"]

    reports = parse(*good, "2025-04-10,Z3", header=header)

    assert [report.coverage for report in reports] == [frozenset(), frozenset()]


def test_columns_are_found_wherever_they_stand() -> None:
    (report,) = parse(
        "7,0,ST3000DM001,Z1,2013-04-10,44", header="smart_9_raw,failure,model,serial_number,date,capacity_bytes"
    )

    drive = report.sightings[0]
    assert (drive.serial, drive.measurements) == ("Z1", {"capacity_bytes": 44, "power_on_hours": 7})


def test_a_flood_of_bad_rows_is_told_by_its_first_fifty() -> None:
    (report,) = parse("2013-04-10,Z1,ST3000DM001,1,0,5", *["2013-04-10,Z2"] * 1000)

    assert len(report.problems) == 50
    assert report.problems[0] == "line 3: expected 6 columns, got 2"


@pytest.mark.skipif(not DAYS.is_dir(), reason=f"no days of a real fleet in {DAYS}")
@pytest.mark.parametrize("day", ["2013-04-10", "2013-04-21", "2013-04-30"])
def test_every_row_of_a_real_day_is_read(day: str) -> None:
    content = gzip.decompress((DAYS / f"{day}.csv.gz").read_bytes())
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))

    (report,) = DriveStatsParser().parse(Member(f"{day}.csv", content))

    assert [(drive.serial, drive.model) for drive in report.sightings] == [
        (row["serial_number"], row["model"]) for row in rows
    ]
    assert {signal.part.serial for signal in report.signals} == {
        row["serial_number"] for row in rows if row["failure"] == "1"
    }
    assert [drive.measurements.get("power_on_hours") for drive in report.sightings] == [
        int(row["smart_9_raw"]) for row in rows
    ]
    assert report.coverage == {"disk"}
    assert report.problems == ()
