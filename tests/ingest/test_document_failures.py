"""A canonical document's failures become signals of the components that they name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.domain.report import PartName, Signal
from tests.ingest.documents import DISK, FULL, report_of

AT = "2026-02-28T21:13:00+01:00"


def failure(**changes: Any) -> dict[str, Any]:
    return {
        "component": {"type": "disk", "serial": "S5FNNA0T402113"},
        "occurred_at": AT,
        "mode": "media_error",
        "severity": "fatal",
        "message": "unrecovered  read error",
        **changes,
    }


def test_a_failure_is_a_dated_signal_at_its_component() -> None:
    report = report_of(components=[DISK], failures=[failure()])

    assert report.signals == (
        Signal(
            PartName("disk", serial="S5FNNA0T402113"),
            kind="entry",
            mode="media_error",
            severity="fatal",
            occurred_at=datetime(2026, 2, 28, 20, 13, tzinfo=UTC),
            message="unrecovered read error",
        ),
    )


@pytest.mark.parametrize(
    ("mode", "known_as"),
    [(None, "self_reported"), ("", "self_reported"), (" - ", "self_reported"), ("XID 79", "xid_79")],
)
def test_a_failure_without_a_word_for_it_is_self_reported(mode: str | None, known_as: str) -> None:
    report = report_of(components=[DISK], failures=[failure(mode=mode)])

    assert [signal.mode for signal in report.signals] == [known_as]


@pytest.mark.parametrize("severity", ["fatal", "critical", "warning"])
def test_the_severity_is_the_documents_own(severity: str) -> None:
    report = report_of(components=[DISK], failures=[failure(severity=severity)])

    assert [signal.severity for signal in report.signals] == [severity]


def test_a_failure_may_name_the_slot_alone() -> None:
    report = report_of(components=[DISK], failures=[failure(component={"type": "disk", "slot": "Bay 3"})])

    assert [signal.part for signal in report.signals] == [PartName("disk", slot="Bay 3", slot_kind="document")]


@pytest.mark.parametrize("component", [{"serial": "s5fnna0t402113"}, {"slot": "BAY 3"}])
def test_a_type_left_out_is_that_of_the_one_component_with_the_name(component: dict[str, str]) -> None:
    report = report_of(components=[DISK, {"type": "fan", "slot": "Fan 1"}], failures=[failure(component=component)])

    assert [signal.part.type for signal in report.signals] == ["disk"]


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        ({"serial": "NOBODY"}, "failures[0].component.type"),
        ({"slot": "1"}, "failures[0].component.type"),  # a fan's, and a power supply's
        ({"type": "disk"}, "failures[0].component"),
    ],
)
def test_a_failure_whose_component_cannot_be_told_is_a_problem(component: dict[str, str], problem: str) -> None:
    fans_and_supplies = [{"type": "fan", "slot": "1"}, {"type": "psu", "slot": "1"}]

    report = report_of(components=fans_and_supplies, failures=[failure(component=component), failure()])

    assert [told.split(":")[0] for told in report.problems] == [problem]
    assert len(report.signals) == 1


@pytest.mark.parametrize(
    ("failures", "place"),
    [
        ("none", "failures"),
        ([7], "failures[0]"),
        ([{}], "failures[0].component"),
        ([{**FULL["failures"][0], "severity": "loud"}], "failures[0].severity"),
        ([FULL["failures"][0], {**FULL["failures"][0], "occurred_at": "2026-02-28"}], "failures[1].occurred_at"),
        ([{**FULL["failures"][0], "component": {"type": "riser"}}], "failures[0].component"),
    ],
)
def test_a_misshapen_failure_is_a_problem_and_costs_no_component(failures: object, place: str) -> None:
    report = report_of(components=[DISK], failures=failures)

    assert [problem.split(":")[0] for problem in report.problems] == [place]
    assert report.coverage == {"disk"}


def test_a_misshapen_failure_costs_no_other() -> None:
    report = report_of(components=[DISK], failures=[failure(severity="loud"), 7, failure()])

    assert len(report.signals) == 1
    assert [problem.split(":")[0] for problem in report.problems] == ["failures[0].severity", "failures[1]"]


def test_a_failure_at_the_end_of_time_is_a_problem() -> None:
    report = report_of(components=[DISK], failures=[failure(occurred_at="9999-12-31T23:59:59-12:00")])

    assert report.signals == ()
    assert report.problems == ("failures[0].occurred_at: out of range",)
