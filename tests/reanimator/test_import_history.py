"""`manage.py import_history`: histories that were kept elsewhere."""

import gzip
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analytics.models import Spell
from analytics.services import count_changes
from reanimator.history_import import importing
from reanimator.history_import.installations import store_stays
from registry.models import Asset, Component, Installation
from tests.timeline.histories import bring, disk, document, moment
from tickets.models import Failure
from timeline.models import Assertion, Event, RemovalWord

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

COLUMNS = (
    "component_type,vendor,model,serial,lot,manufactured_on,asset_vendor,asset_model,asset_serial,slot,"
    "installed_at,removed_at,removal_reason"
)
FAILURES = "component_type,vendor,serial,occurred_at,mode,severity,message"


def table(tmp_path: Path, *rows: str, columns: str = COLUMNS, name: str = "history.csv") -> Path:
    """A file of those rows."""
    path = tmp_path / name
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


def row(serial: str, asset: str, start: str, end: str = "", *, slot: str = "Bay 1", vendor: str = "Seagate") -> str:
    """A disk that sat in a server."""
    return f"disk,{vendor},ST4000DM000,{serial},LOT-1,2019-11-02,Dell Inc.,PowerEdge R740,{asset},{slot},{start},{end},"


def run(*arguments: Any) -> tuple[str, str]:
    """What the command prints, and what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_history", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stays(serial: str) -> list[tuple[str, str, datetime, datetime | None]]:
    """Where the component sat: asset, slot, from, until."""
    rows = Installation.objects.filter(component__serial=serial).order_by("installed_at")
    return [(row.asset.serial, row.slot, row.installed_at, row.removed_at) for row in rows.select_related("asset")]


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


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("disc,,M,D9,,,,,SRV-A,,2020-01-01,,", "component_type 'disc' is none of battery, bios, bmc"),
        ("disk,,M,,,,,,SRV-A,,2020-01-01,,", "serial is missing"),
        ("disk,,M,N/A,,,,,SRV-A,,2020-01-01,,", "serial 'N/A' is a placeholder"),
        ("disk,,M,D9,,,,,,,2020-01-01,,", "asset_serial is missing"),
        ("disk,,M,D9,,,,,Default string,,2020-01-01,,", "asset_serial 'Default string' is a placeholder"),
        ("disk,,M,D9,,,,,SRV-A,,,,", "installed_at is missing"),
        ("disk,,M,D9,,,,,SRV-A,,01.02.2020,,", "installed_at '01.02.2020' is no date"),
        ("disk,,M,D9,,,,,SRV-A,,2020-02-30,,", "installed_at '2020-02-30' is no date"),
        ("disk,,M,D9,,,,,SRV-A,,0001-01-01T00:00:00+05:00,,", "is no date"),
        ("disk,,M,D9,,,,,SRV-A,,1950-01-01,,", "lies before 1970"),
        ("disk,,M,D9,,,,,SRV-A,,2199-01-01,,", "lies after"),
        ("disk,,M,D9,,,,,SRV-A,,2020-01-02,2020-01-01,", "removed_at 2020-01-01 is not after installed_at 2020-01-02"),
        ("disk,,M,D9,,,,,SRV-A,,2020-01-02,2020-01-02,", "is not after"),
        ("disk,,M,D9,,,,,SRV-A,,2020-01-01,2020-01-05,because", "removal_reason 'because' is none of"),
        ("disk,,M,D9,,,,,SRV-A,,2020-01-01,,failed", "It has a removal_reason but no removed_at"),
        ("disk,,M,D9,,soon,,,SRV-A,,2020-01-01,,", "manufactured_on 'soon' is no date"),
        ("disk,,M,D9,,,,,SRV-A,,2020-01-01", "It has 11 cells where the header has 13"),
        (f"disk,,M,{'9' * 129},,,,,SRV-A,,2020-01-01,,", "serial has more than 128 characters"),
        (f"disk,,{'M' * 201},D9,,,,,SRV-A,,2020-01-01,,", "model has more than 200 characters"),
        (
            "disk,Seagate,M,D1,,,,,SRV-B,,2020-06-01,2020-07-01,",
            "two places at once: it sat in SRV-A Bay 1 from 2020-01-01",
        ),
        (
            "disk,Seagate,M,D1,,,,,SRV-A,Bay 1,2020-01-01,2020-09-01,",
            "Another row tells another end of this installation",
        ),
    ],
)
def test_a_bad_row_is_told_by_line_and_reason_and_the_others_go_in(tmp_path: Path, bad: str, reason: str) -> None:
    path = table(
        tmp_path, row("D1", "SRV-A", "2020-01-01", "2021-01-01"), bad, row("D2", "SRV-A", "2020-01-01", slot="Bay 2")
    )

    out, err = run("--installations", path)

    assert err.startswith("history.csv line 3: ")
    assert reason in err
    assert err.count("\n") == 1
    assert out.startswith("2 added, 1 rejected\n")
    assert stays("D2") == [("SRV-A", "Bay 2", at("2020-01-01"), None)]
    assert len(stays("D1")) == 1


def test_rejected_rows_are_written_down(tmp_path: Path) -> None:
    path = table(tmp_path, "disk,,M,,,,,,SRV-A,,2020-01-01,,")
    rejects = tmp_path / "rejects.csv"

    run("--installations", path, "--rejects", rejects)

    assert rejects.read_text().splitlines() == [
        "file,line,reason,row",
        "history.csv,2,serial is missing.,disk,,M,,,,,,SRV-A,,2020-01-01,,",
    ]


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


def test_a_table_may_be_compressed_and_come_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "history.csv.gz"
    text = "\ufeffSerial;Component_Type;Asset_Serial;Installed_At;Removed_At\r\n007;disk;SRV-A;2020-01-01;\r\n\r\n"
    path.write_bytes(gzip.compress(text.encode()))

    out, err = run("--installations", path)

    assert (out.splitlines()[0], err) == ("1 added", "")
    assert stays("007") == [("SRV-A", "", at("2020-01-01"), None)]


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ("component_type,serial,asset_serial,installed_at", "column removed_at is missing"),
        ("component_type,serial,asset_serial,installed_at,removed_at,colour", "column 'colour' is not known"),
        ("component_type,serial,serial,asset_serial,installed_at,removed_at", "column serial stands there twice"),
        ("", "column component_type is missing"),
    ],
)
def test_a_table_without_its_columns_is_refused_as_a_whole(tmp_path: Path, columns: str, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        run("--installations", table(tmp_path, columns=columns))


def test_a_compressed_table_that_breaks_off_keeps_what_was_whole_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_BATCH", 1)
    whole = table(tmp_path, *(row(f"D{number}-{number**5}", "SRV-A", "2020-01-01") for number in range(2, 3000)))
    cut = tmp_path / "cut.csv.gz"
    packed = gzip.compress(whole.read_bytes())
    cut.write_bytes(packed[: len(packed) // 30])

    with pytest.raises(CommandError, match=r"cut.csv.gz breaks off after line \d+"):
        run("--installations", cut)

    assert stays("D2-32") == [("SRV-A", "Bay 1", at("2020-01-01"), None)]


def test_a_row_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_bytes(path.read_bytes() + "disk,Günther,M,D1,,,,,SRV-A,,2020-01-01,,\n".encode("latin-1"))

    _, err = run("--installations", path)

    assert err == "history.csv line 2: It is not UTF-8 text.\n"


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    quoted = 'disk,,"M\nof two lines",D1,,,,,SRV-A,,2020-01-01,,'
    path = table(tmp_path, quoted, "", "disk,,M,,,,,,SRV-A,,2020-01-01,,")

    _, err = run("--installations", path)

    assert err == "history.csv line 5: serial is missing.\n"
    assert Component.objects.get().model == "M of two lines"


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

    monkeypatch.setattr(importing, "store_stays", break_off)
    with pytest.raises(CommandError, match="Interrupted"):
        run("--installations", path)
    assert Installation.objects.count() == 2
    monkeypatch.setattr(importing, "store_stays", store_stays)

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


# failures


def test_failures_find_the_part_and_the_server_it_was_in(tmp_path: Path) -> None:
    path = table(tmp_path, row("D1", "SRV-A", "2020-01-01", "2021-01-01"), row("D1", "SRV-B", "2021-01-01"))
    told = table(
        tmp_path,
        "disk,Seagate,D1,2020-05-01T10:00:00Z,Media Error,critical,many  bad blocks",
        "disk,,D1,2021-05-01,,,",
        columns=FAILURES,
        name="failures.csv",
    )

    out, _ = run("--installations", path, "--failures", told)

    first, second = Failure.objects.order_by("occurred_at").select_related("asset")
    assert (first.source, first.mode, first.severity, first.message) == (
        "manual",
        "media_error",
        "critical",
        "many bad blocks",
    )
    assert first.asset is not None
    assert second.asset is not None
    assert (first.asset.serial, second.asset.serial) == ("SRV-A", "SRV-B")
    assert (second.occurred_at, second.mode, second.severity) == (at("2021-05-01T23:59:59"), "self_reported", "fatal")
    assert out.startswith("4 added\n")


def test_a_failure_of_the_day_of_removal_was_as_it_was_taken_out(tmp_path: Path) -> None:
    path = table(tmp_path, row("D1", "SRV-A", "2020-01-01", "2020-05-01"))
    told = table(tmp_path, "disk,,D1,2020-05-01,,,", columns=FAILURES, name="failures.csv")

    run("--installations", path, "--failures", told)

    failure = Failure.objects.select_related("asset").get()
    assert failure.asset is not None
    assert (failure.occurred_at, failure.asset.serial) == (at("2020-05-01"), "SRV-A")


def test_a_failure_of_an_unknown_part_waits_for_it(tmp_path: Path) -> None:
    told = table(tmp_path, "disk,,D1,2026-03-02,,,", columns=FAILURES, name="failures.csv")

    out, _ = run("--failures", told)
    bring(document(0, "ALPHA", disk("D1", "Bay 1")))

    assert out == "1 waiting\n"
    assert Failure.objects.get().component == Component.objects.get()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("disk,,D1,,,,", "occurred_at is missing"),
        ("disk,,D1,2020-05-01,,deadly,", "severity 'deadly' is none of fatal, critical, warning"),
        ("disk,,---,2020-05-01,,,", "is a placeholder"),
        ("ssd,,D1,2020-05-01,,,", "component_type 'ssd' is none of"),
    ],
)
def test_a_bad_failure_is_told_and_the_others_go_in(tmp_path: Path, bad: str, reason: str) -> None:
    told = table(tmp_path, bad, "disk,,D1,2020-05-01,,,", columns=FAILURES, name="failures.csv")

    out, err = run("--failures", told)

    assert reason in err
    assert out == "1 rejected, 1 waiting\n"


def test_a_reason_of_removal_is_a_person_s_word(tmp_path: Path) -> None:
    ends = [f"{row('D1', 'SRV-A', '2020-01-01', '2020-05-01')}failed", row("D1", "SRV-B", "2020-05-01", "2021-05-01")]
    path = table(tmp_path, *ends, f"{row('D2', 'SRV-A', '2020-01-01', '2020-05-01')}unknown")

    run("--installations", path)

    word = RemovalWord.objects.select_related("component", "asset").get()
    assert (word.component.serial, word.asset.serial, word.at, word.reason) == (
        "D1",
        "SRV-A",
        at("2020-05-01"),
        "failed",
    )


def test_nothing_to_take_in_is_an_error() -> None:
    with pytest.raises(CommandError, match="Give --installations, --failures, or both"):
        run()


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no such file"):
        run("--failures", tmp_path / "nothing.csv")


def test_imported_history_goes_on_with_bundles(tmp_path: Path) -> None:
    run("--installations", table(tmp_path, row("D1", "ALPHA", "2026-02-01")))

    bring(document(0, "BETA", disk("D1", "Bay 3", vendor="Seagate")))

    assert stays("D1") == [
        ("ALPHA", "Bay 1", at("2026-02-01"), moment(0)),
        ("BETA", "Bay 3", moment(0), None),
    ]
