"""Canonical documents one a line."""

import json

import pytest

from ingest.domain.report import MemberError
from tests.ingest.documents import DISK, FULL, parsed


def lines(*documents: object) -> str:
    return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in documents)


def test_each_line_is_a_report_of_its_own() -> None:
    reports = parsed(lines({**FULL, "project": "A"}, "", "  ", {**FULL, "project": "B"}, ""))

    assert [report.project for report in reports] == ["A", "B"]
    assert not any(report.problems for report in reports)


@pytest.mark.parametrize(
    "bad", ["{", "nonsense", "7", "{}", "[" * 10_000], ids=["cut", "text", "number", "empty", "deep"]
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_line_costs_itself_and_is_named(bad: str, place: int) -> None:
    documents: list[object] = [FULL, FULL]
    documents.insert(place, bad)

    reports = parsed(lines(*documents))

    assert [len(report.sightings) for report in reports] == [0 if number == place else 1 for number in range(3)]
    assert reports[place].asset is None
    assert [problem.split(":")[0] for problem in reports[place].problems] == [f"line {place + 1}"]


def test_a_problem_in_a_line_names_the_line_too() -> None:
    reports = parsed(lines(FULL, "", {**FULL, "components": [{**DISK, "health": "so-so"}]}))

    assert reports[1].problems == ("line 3: components[0].health: Invalid enum value 'so-so'",)


def test_a_broken_document_over_many_lines_is_named_by_its_own_fault() -> None:
    content = json.dumps(FULL, indent=1)[:-40]

    with pytest.raises(MemberError, match=r"not JSON: .* at line 47"):
        parsed(content)
