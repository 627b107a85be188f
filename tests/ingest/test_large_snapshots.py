"""One snapshot of thousands of components, as a data set of a whole fleet is: no statement may outgrow its limits."""

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import connection

from ingest.models import FailureSignal, Observation
from registry.models import Component, Installation
from tests.ingest.deliveries import deliver
from timeline.models import Event

DRIVES = 2500
PARAMETERS = 2200
HEADER = "date,serial_number,model,capacity_bytes,failure,smart_5_raw,smart_9_raw"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder", "few_parameters")]


@pytest.fixture
def few_parameters(db: None) -> Iterator[None]:
    """SQLite takes fewer parameters in a statement than there are drives (32,766 where it is built as it comes)."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, PARAMETERS)
    yield
    connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)


def day(date: str, drives: range, failed: int | None = None) -> bytes:
    """A day's file of those drives."""
    rows = [f"{date},ZC{number:06d},ST4000DM000,4000787030016,{int(number == failed)},0,{number}" for number in drives]
    return "\n".join([HEADER, *rows, ""]).encode()


def events() -> dict[str, int]:
    kinds = Event.objects.values_list("type", flat=True)
    return {kind: list(kinds).count(kind) for kind in set(kinds)}


def test_thousands_of_drives_come_and_go_at_once() -> None:
    deliver(day("2020-01-01", range(DRIVES), failed=7))
    deliver(day("2020-01-02", range(10)))
    deliver(day("2020-01-03", range(DRIVES)))

    assert Observation.objects.count() == 2 * DRIVES + 10
    assert Component.objects.filter(status="installed").count() == DRIVES
    assert Installation.objects.count() == 2 * DRIVES - 10
    assert events() == {"LOG_COLLECTED": 3, "INSTALLED": 2 * DRIVES - 10, "REMOVED": DRIVES - 10}
    assert list(FailureSignal.objects.values_list("observation__component__serial", flat=True)) == ["ZC000007"]


def test_a_late_day_tells_the_same_as_one_in_time() -> None:
    deliver(day("2020-01-01", range(DRIVES)))
    deliver(day("2020-01-03", range(DRIVES)))
    deliver(day("2020-01-02", range(10)))

    assert events() == {"LOG_COLLECTED": 3, "INSTALLED": 2 * DRIVES - 10, "REMOVED": DRIVES - 10}
    assert Installation.objects.filter(removed_at=None).count() == DRIVES
