"""Real days of a real fleet: from the files that its owner publishes to the figures, by HTTP."""

import csv
import gzip
import io
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command

from registry.models import FOREVER, Component, Installation
from registry.models.bulk import insert_rows
from tests.builders import make_asset
from tests.clients import client_as
from tickets.models import FailureEpisode

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "fleet" / "backblaze-2013"
FIRST = date(2013, 4, 10)
DAY = timedelta(days=1)
MONTH = {"from": "2013-04-10", "to": "2013-05-01"}

needs_days = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the days are not there: {FOLDER}")


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def read(day: date) -> Iterator[tuple[str, str, bool]]:
    """(serial, model, whether it failed) of each drive that was seen on that day."""
    with gzip.open(FOLDER / f"{day}.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            yield row["serial_number"], row["model"], row["failure"] == "1"


def fill(days: int) -> tuple[int, int]:
    """The history that the first days tell, written as rows; gives the drive days and the failures in the files."""
    pod = make_asset(last_seen_at=midnight(FIRST + (days - 1) * DAY))
    seen: dict[tuple[str, str], list[date]] = {}
    failed: dict[tuple[str, str], date] = {}
    for day in (FIRST + number * DAY for number in range(days)):
        for serial, model, fails in read(day):
            seen.setdefault((serial, model), []).append(day)
            if fails:
                failed[serial, model] = day
    names = [f"disk serial {serial} {model}" for serial, model in seen]
    insert_rows(
        Component,
        ("type", "identity", "lookup", "vendor", "model", "part_number", "serial", "identifiers", "declared",
         "status", "slot", "firmware", "health", "last_evidence", "last_sighting", "fold_state", "stale", "counted",
         "created_at"),
        [
            ("disk", name, name, "", model, "", serial, "[]", False, "removed", "", "", "unknown", "", "", "{}", False,
             False, midnight(FIRST))
            for name, (serial, model) in zip(names, seen, strict=True)
        ],
    )  # fmt: skip
    ids = dict(Component.objects.values_list("identity", "id"))
    stays = [
        (ids[name], pod.pk, "", start, end, end or FOREVER, None if end else ids[name])
        for name, told in zip(names, seen.values(), strict=True)
        for start, end in _stays(told, FIRST + days * DAY)
    ]
    insert_rows(
        Installation, ("component", "asset", "slot", "installed_at", "removed_at", "ends_at", "open_component"), stays
    )
    for key, day in failed.items():
        at = midnight(day) + DAY - timedelta(seconds=1)
        component = ids[f"disk serial {key[0]} {key[1]}"]
        FailureEpisode.objects.create(
            key=f"{component:032}", component_id=component, occurred_at=at, last_at=at, counts_at=at,
            mode="drive_failed", severity="fatal", sources=["log"],
        )  # fmt: skip
    return sum(map(len, seen.values())), len(failed)


def _stays(days: list[date], end: date) -> Iterator[tuple[datetime, datetime | None]]:
    """Unbroken stays; one that reaches the last day goes on."""
    starts = [days[0], *(later for earlier, later in pairwise(days) if later - earlier > DAY)]
    ends = [*(earlier + DAY for earlier, later in pairwise(days) if later - earlier > DAY), days[-1] + DAY]
    for start, last in zip(starts, ends, strict=True):
        yield midnight(start), None if last == end else midnight(last)


@needs_days
@pytest.mark.django_db
def test_a_drive_that_was_seen_on_a_day_served_that_day():
    drive_days, failures = fill(3)

    totals = client_as("viewer").get("/analytics/reliability", {"from": "2013-04-10", "to": "2013-04-13"})

    # One request counts a bounded amount; the workers do the rest.
    assert totals.json()["up_to_date"] is False
    call_command("reliability", "--as-of", "2013-04-13", "--window", "3d", stdout=io.StringIO(), stderr=io.StringIO())
    found = client_as("viewer").get("/analytics/reliability", {"from": "2013-04-10", "to": "2013-04-13"}).json()
    assert found["totals"]["exposure_days"] == drive_days
    assert found["totals"]["failures"] == failures > 0
    assert found["totals"]["low_data"] is False


@needs_days
@pytest.mark.skipif(not os.environ.get("WHOLE_FLEET"), reason="takes long; WHOLE_FLEET=1 runs it")
@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
def test_21_days_taken_in_as_bundles_give_the_published_figures(bundle_folder):
    call_command("ingest", str(FOLDER), "--processes", "1", stdout=io.StringIO())
    call_command("reliability", stdout=io.StringIO(), stderr=io.StringIO())

    totals = client_as("viewer").get("/analytics/reliability", MONTH).json()["totals"]

    assert totals["exposure_days"] == 452_821
    assert totals["failures"] == 43
    assert [round(totals[name], 6) for name in ("afr_percent", "afr_low", "afr_high")] == [3.466049, 2.508397, 4.668746]
