"""`manage.py import_history --processes`: what several processes store comes to what one stores."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction

from analytics.services import count_changes
from reanimator.history_import import importing
from registry.models import Component, Lot
from tests.reanimator.history_tables import row, run, table
from tests.timeline.digest import fingerprint
from timeline.models import Assertion


def moves(parts: int) -> list[str]:
    """Disks that go from server to server, twice each; of some, rows name no vendor, or contradict one another."""
    rows = []
    for number in range(parts):
        first, second = f"SRV-{number % 7}", f"SRV-{number % 5}"
        rows.append(row(f"D{number}", first, "2020-01-01", "2020-06-01", slot=f"Bay {number}"))
        vendor = "" if number % 4 == 0 else "Seagate"
        rows.append(row(f"D{number}", second, "2020-07-01", slot=f"Bay {number}", vendor=vendor))
        if number % 6 == 0:
            rows.append(row(f"D{number}", "SRV-X", "2020-08-01"))
    return rows


def outcome() -> tuple[str, list[str], Counter[str], int]:
    """The timelines, and what else an import writes."""
    words = list(Assertion.objects.order_by("key").values_list("key", flat=True))
    lots = Counter(Component.objects.values_list("lot__code", flat=True))
    return fingerprint(), words, lots, Lot.objects.count()


@pytest.mark.django_db(transaction=True)
def test_two_processes_come_to_what_one_comes_to(
    tmp_path: Path, database_url: str, bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(importing, "_BATCH", 10)
    path = table(tmp_path, *moves(60))
    with transaction.atomic():
        told, complaints = run("--installations", path, "--processes", 1)
        expected = outcome()
        transaction.set_rollback(True)
    assert not Assertion.objects.exists()

    out, err = run("--installations", path, "--processes", 2)

    assert out == told
    assert out.startswith("120 added, 10 rejected\n")
    assert sorted(err.splitlines()) == sorted(complaints.splitlines())
    assert outcome() == expected
    assert count_changes() == 60
