"""`manage.py import_history`: histories that were kept elsewhere become timelines."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from analytics.models import Spell
from analytics.services import count_changes
from reanimator.history_import import importing, sharing
from reanimator.history_import.installations import store_stays
from registry.models import Asset, Component, Installation
from tests.reanimator.history_tables import FAILURES, at, row, run, stays, table
from tests.timeline.histories import bring, disk, document, moment
from tickets.models import Failure
from timeline.models import Assertion, Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]


def everything() -> tuple[Any, ...]:
    """All that an import may write."""
    return (
        list(Assertion.objects.order_by("id").values_list("id", "key", "recorded_at")),
        list(Component.objects.order_by("id").values()),
        list(Asset.objects.order_by("id").values()),
        list(Installation.objects.order_by("id").values()),
        list(Failure.objects.order_by("id").values()),
        list(Event.objects.order_by("id").values_list("key", flat=True)),
    )


def test_a_history_becomes_installations_components_and_assets(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        row("00042", "SRV-A", "2020-01-01", "2021-06-30"),
        row("00042", "SRV-B", "2021-07-01T08:00:00+02:00", slot="Bay 7"),
    )

    out, err = run("--installations", path)

    part = Component.objects.get()
    assert stays("00042") == [
        ("SRV-A", "Bay 1", at("2020-01-01"), at("2021-06-30")),
        ("SRV-B", "Bay 7", at("2021-07-01T06:00:00"), None),
    ]
    assert (part.type, part.vendor, part.model, part.manufactured_on) == (
        "disk",
        "Seagate",
        "ST4000DM000",
        date(2019, 11, 2),
    )
    assert part.lot is not None
    assert (part.lot.code, part.status, part.slot) == ("LOT-1", "installed", "Bay 7")
    assert set(Asset.objects.values_list("serial", "vendor", "model")) == {
        ("SRV-A", "Dell Inc.", "PowerEdge R740"),
        ("SRV-B", "Dell Inc.", "PowerEdge R740"),
    }
    assert list(Event.objects.order_by("position").values_list("type", flat=True)) == [
        "INSTALLED",
        "REMOVED",
        "INSTALLED",
    ]
    assert out.startswith("2 added\n")
    assert err == ""


def test_the_same_history_again_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, row("D1", "SRV-A", "2020-01-01", "2021-01-01"), row("D1", "SRV-B", "2021-01-01"))
    told = table(tmp_path, "disk,,D1,2020-05-01,media_error,,", columns=FAILURES, name="failures.csv")
    run("--installations", path, "--failures", told)
    before = everything()

    out, err = run("--installations", path, "--failures", told)

    assert everything() == before
    assert out.startswith("3 unchanged\n")
    assert err == ""


def test_what_was_open_may_end_in_a_later_table(tmp_path: Path) -> None:
    run("--installations", table(tmp_path, row("D1", "SRV-A", "2020-01-01")))

    out, _ = run("--installations", table(tmp_path, row("D1", "SRV-A", "2020-01-01", "2022-01-01")))

    assert out.startswith("1 changed\n")
    assert stays("D1") == [("SRV-A", "Bay 1", at("2020-01-01"), at("2022-01-01"))]


def test_an_older_table_that_knows_no_removal_takes_none_back(tmp_path: Path) -> None:
    run("--installations", table(tmp_path, row("D1", "SRV-A", "2020-01-01", "2022-01-01")))

    out, _ = run("--installations", table(tmp_path, row("D1", "SRV-A", "2020-01-01")))

    assert out.startswith("1 unchanged\n")
    assert stays("D1") == [("SRV-A", "Bay 1", at("2020-01-01"), at("2022-01-01"))]


def test_what_has_no_removal_was_there_until_the_newest_time_told(tmp_path: Path) -> None:
    path = table(tmp_path, row("D1", "SRV-A", "2020-01-01"), row("D2", "SRV-B", "2020-02-01", "2023-05-01"))

    out, _ = run("--installations", path)

    assert Asset.objects.get(serial="SRV-A").confirmed_at == at("2023-05-01")
    assert out.endswith("what has no removal was there until 2023-05-01T00:00:00+00:00 at least\n")


def test_when_the_table_was_made_can_be_said(tmp_path: Path) -> None:
    path = table(tmp_path, row("D1", "SRV-A", "2020-01-01"), row("D2", "SRV-B", "2025-02-01"))

    _, err = run("--installations", path, "--as-of", "2024-03-01")

    assert Asset.objects.get(serial="SRV-A").confirmed_at == at("2024-03-01")
    assert "line 3: installed_at '2025-02-01' lies after 2024-03-01" in err


def test_the_age_of_an_imported_part_is_known(tmp_path: Path) -> None:
    run("--installations", table(tmp_path, row("D1", "SRV-A", "2020-01-01")))

    count_changes()

    spell = Spell.objects.get()
    assert spell.born_installed == at("2020-01-01").timestamp()
    assert spell.born_made == at("2019-11-02").timestamp()


def test_an_import_that_was_broken_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_BATCH", 2)
    rows = [row(f"D{number}", "SRV-A", "2020-01-01", slot=f"Bay {number}") for number in range(1, 6)]
    path = table(tmp_path, *rows, row("D1", "SRV-B", "2020-02-01"))
    calls = []

    def break_off(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return store_stays(*arguments, **named)

    monkeypatch.setattr(sharing, "store_stays", break_off)
    with pytest.raises(CommandError, match="Interrupted"):
        run("--installations", path)
    assert Installation.objects.count() == 2
    monkeypatch.setattr(sharing, "store_stays", store_stays)

    out, err = run("--installations", path)

    assert out.startswith("3 added, 1 rejected, 2 unchanged\n")
    assert "line 7: It cannot be at two places at once" in err
    assert Installation.objects.count() == 5


def test_what_bundles_tell_of_a_part_stays_and_what_they_do_not_is_learnt(tmp_path: Path) -> None:
    bring(document(0, "ALPHA", disk("D1", "Bay 1", vendor="Seagate", model="ST4000DM000-1F2168")))
    path = table(tmp_path, row("D1", "ALPHA", "2026-02-01", slot=""))

    run("--installations", path)

    part = Component.objects.get()
    assert part.lot is not None
    assert (part.model, part.lot.code) == ("ST4000DM000-1F2168", "LOT-1")
    assert stays("D1") == [("ALPHA", "Bay 1", at("2026-02-01"), None)]


def test_what_was_imported_first_is_found_by_bundles(tmp_path: Path) -> None:
    run("--installations", table(tmp_path, row("D1", "ALPHA", "2026-02-01", slot="", vendor="")))

    bring(document(0, "ALPHA", disk("D1", "Bay 1", vendor="Seagate", model="ST4000DM000-1F2168")))

    part = Component.objects.get()
    assert part.lot is not None
    assert (part.vendor, part.model, part.lot.code) == ("Seagate", "ST4000DM000-1F2168", "LOT-1")
    assert stays("D1") == [("ALPHA", "Bay 1", at("2026-02-01"), None)]


def test_two_vendors_may_share_a_serial_number(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        row("X1", "SRV-A", "2020-01-01", vendor="Seagate"),
        row("X1", "SRV-B", "2020-01-01", vendor="Toshiba"),
        row("X1", "SRV-C", "2020-01-01", vendor=""),
    )

    out, err = run("--installations", path)

    assert out.startswith("2 added, 1 rejected\n")
    assert "line 4: Components of several vendors have that serial number: vendor is needed." in err
    assert sorted(Installation.objects.values_list("component__vendor", "asset__serial")) == [
        ("Seagate", "SRV-A"),
        ("Toshiba", "SRV-B"),
    ]


def test_the_memory_serials_of_all_tools_are_one(tmp_path: Path) -> None:
    path = table(tmp_path, "memory,,M393A4K40DB2,80CE01223142AABBCC,,,,,SRV-A,DIMM 1,2020-01-01,,")

    run("--installations", path)

    assert Component.objects.get().serial == "42AABBCC"


def test_imported_history_goes_on_with_bundles(tmp_path: Path) -> None:
    run("--installations", table(tmp_path, row("D1", "ALPHA", "2026-02-01")))

    bring(document(0, "BETA", disk("D1", "Bay 3", vendor="Seagate")))

    assert stays("D1") == [
        ("ALPHA", "Bay 1", at("2026-02-01"), moment(0)),
        ("BETA", "Bay 3", moment(0), None),
    ]
