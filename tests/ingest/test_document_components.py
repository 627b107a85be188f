"""Components in the canonical document: a misshapen one costs itself, and is named."""

from typing import Any

import pytest

from registry.domain.vocabulary import ComponentType
from tests.ingest.documents import DISK, FULL, component_with, nested, report_of


@pytest.mark.parametrize("field", sorted(set(FULL["components"][0]) - {"type"}))
@pytest.mark.parametrize("blank", [None, ""])
def test_nulls_and_empty_text_in_a_component_say_nothing(field: str, blank: str | None) -> None:
    component = FULL["components"][0]

    report = report_of(components=[{**component, field: blank}])

    assert report == report_of(components=[{name: value for name, value in component.items() if name != field}])
    assert not report.problems


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("health", "so-so"),
        ("health", 1),
        ("vendor", "V" * 201),
        ("model", "M" * 201),
        ("part_number", "P" * 201),
        ("firmware", "F" * 201),
        ("firmware", 3.1),
        ("slot", "S" * 129),
        ("slot", 3),
        ("lot", "L" * 129),
        ("manufactured_on", "2025-W14"),
        ("identifiers", ["0x5002538FB1A20001"]),
        ("identifiers", {"wwn": 7}),
        ("identifiers", {"a kind that is a sentence": "7"}),
        ("identifiers", {"wwn": "0" * 201}),
        ("measurements", [1]),
        ("measurements", {"counter": 1 << 64}),
    ],
)
def test_a_misshapen_field_costs_itself_where_a_serial_names_the_component(field: str, value: object) -> None:
    report = component_with(**{field: value})

    assert [problem.split(":")[0] for problem in report.problems] == [f"components[0].{field}"]
    assert [sighting.serial for sighting in report.sightings] == [DISK["serial"]]
    assert report.coverage == {"disk"}
    without = component_with(**{field: None})
    assert report.sightings == without.sightings


@pytest.mark.parametrize(
    "change",
    [{"serial": 402113}, {"serial": "S" * 129}, {"serial": "", "slot": 3}, {"serial": None, "model": "M" * 201}],
)
def test_a_component_that_would_be_taken_for_another_is_left_out_and_not_covered(change: dict[str, Any]) -> None:
    report = report_of(coverage=["disk", "fan"], components=[{**DISK, **change}, {"type": "fan", "slot": "Fan 1"}])

    assert [sighting.type for sighting in report.sightings] == ["fan"]
    assert report.problems[0].startswith("components[0].")
    assert report.coverage == {"fan"}


@pytest.mark.parametrize("component", [7, None, "disk", [], {}, {"slot": "Bay 3"}, {"type": None}, {"type": 7}])
@pytest.mark.parametrize("coverage", [None, ["disk"]])
def test_a_component_of_no_type_ends_all_coverage(component: object, coverage: list[str] | None) -> None:
    report = report_of(coverage=coverage, components=[DISK, component])

    assert len(report.sightings) == 1
    assert report.problems[0].startswith("components[1]")
    assert report.coverage == frozenset()


@pytest.mark.parametrize(("coverage", "covered"), [(None, frozenset()), (["disk"], frozenset({"disk"}))])
def test_a_component_of_unknown_type_ends_implied_coverage_alone(
    coverage: list[str] | None, covered: frozenset[str]
) -> None:
    report = report_of(coverage=coverage, components=[DISK, {"type": "riser"}])

    assert report.problems == ("components[1].type: Invalid enum value 'riser'",)
    assert report.coverage == covered


def test_a_problem_names_the_component_by_its_place_in_the_document() -> None:
    report = report_of(components=[{"type": "riser"}, {**DISK, "measurements": {"n": nested(20)}}])

    assert report.problems[1] == "components[1].measurements: nested deeper than 16 levels"


@pytest.mark.parametrize("kind", list(ComponentType))
def test_every_type_is_known(kind: ComponentType) -> None:
    assert report_of(components=[{"type": kind.value}]).sightings[0].type == kind


def test_text_is_trimmed_and_freed_of_control_characters() -> None:
    report = component_with(serial="  S5FN\u0000NA \t 1 ", model="A  B")

    assert report.sightings[0].serial == "S5FN NA 1"
    assert report.sightings[0].model == "A B"


def test_kinds_of_slot_and_firmware_are_named_only_where_there_is_one() -> None:
    (named,) = component_with(firmware="1").sightings
    (bare,) = component_with(slot="").sightings

    assert (named.slot_kind, named.firmware_kind) == ("document", "document")
    assert (bare.slot_kind, bare.firmware_kind) == ("", "")


def test_identifiers_are_given_as_they_stand_one_by_one() -> None:
    report = component_with(identifiers={"wwn": "0x5002538FB1A20001", "mac": ["0C:42", "", None], "tag": " 7 "})

    assert report.sightings[0].identifiers == (("wwn", "0x5002538FB1A20001"), ("mac", "0C:42"), ("tag", "7"))


@pytest.mark.parametrize(("depth", "kept"), [(16, True), (17, False), (150, False), (900, False)])
def test_measurements_may_nest_so_far(depth: int, kept: bool) -> None:
    report = report_of(components=[{"type": "fan", "measurements": {"m": nested(depth)}}])

    assert bool(report.sightings[0].measurements) is kept
    assert bool(report.problems) is not kept
