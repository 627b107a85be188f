"""How the tables of a history are read: columns, rows that are bad, and files that break off."""

import gzip
from pathlib import Path

import pytest
from django.core.management import CommandError

from reanimator.history_import import importing
from registry.models import Component
from tests.reanimator.history_tables import at, row, run, stays, table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]


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


def test_nothing_to_take_in_is_an_error() -> None:
    with pytest.raises(CommandError, match="Give --installations, --failures, or both"):
        run()


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no such file"):
        run("--failures", tmp_path / "nothing.csv")
