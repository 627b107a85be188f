"""Failures and reasons of removal in imported histories."""

from pathlib import Path

import pytest

from registry.models import Component
from tests.reanimator.history_tables import FAILURES, at, row, run, table
from tests.timeline.histories import bring, disk, document
from tickets.models import Failure
from timeline.models import RemovalWord

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]


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
