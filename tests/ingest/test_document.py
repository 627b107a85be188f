"""The canonical document where golden cases do not reach: every misshapen part, and no input that breaks the parser."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.report import AssetClaim, Member, MemberError, Report
from ingest.parsers.document import DocumentParser
from ingest.parsers.interface import Parser
from registry.domain.vocabulary import ComponentType

DISK: dict[str, Any] = {"type": "disk", "slot": "Bay 3", "model": "MZWLJ7T6HALA", "serial": "S5FNNA0T402113"}
FULL: dict[str, Any] = {
    "format": "reanimator/v1",
    "collected_at": "2026-03-01T10:00:00Z",
    "asset": {"vendor": "Dell Inc.", "model": "PowerEdge R750", "serial": "4QF8N33", "hostname": "db-17"},
    "project": "ACME-EU",
    "coverage": ["disk", "memory"],
    "components": [
        {
            **DISK,
            "vendor": "Samsung",
            "part_number": "",
            "firmware": "EPK98B5Q",
            "health": "ok",
            "lot": "SAM-2025-W14",
            "manufactured_on": "2025-04-07",
            "identifiers": {"wwn": "0x5002538FB1A20001", "mac": ["0c:42:a1:3d:be:10"]},
            "measurements": {"power_on_hours": 18231},
        }
    ],
    "failures": [
        {
            "component": {"type": "disk", "serial": "S5FNNA0T402113"},
            "occurred_at": "2026-02-28T21:13:00Z",
            "mode": "media_error",
            "severity": "fatal",
            "message": "unrecovered read error",
        }
    ],
}


def parsed(content: bytes | str) -> list[Report]:
    return DocumentParser().parse(Member("bundle", content.encode() if isinstance(content, str) else content))


def report_of(**changes: Any) -> Report:
    (report,) = parsed(json.dumps({"format": "reanimator/v1", "components": [], **changes}))
    return report


def component_with(**changes: Any) -> Report:
    return report_of(components=[{**DISK, **changes}])


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 1


def test_it_is_a_parser() -> None:
    assert isinstance(DocumentParser(), Parser)


@pytest.mark.parametrize(
    "head",
    [
        b'{"format": "reanimator/v1"',
        b'\xef\xbb\xbf \n{ "project": "A",\n"format" :"reanimator/v2"',
        b'{"asset": {"serial": "4QF8N33"}, "components": [{"firmware": "1"',
        b'{"asset":null,"collected_at":"2026-03-01T10:00:00Z","components":[',
    ],
)
def test_a_document_is_wanted_by_its_format_or_by_its_parts(head: bytes) -> None:
    assert DocumentParser().wants("bundle", head)


@pytest.mark.parametrize(
    "head",
    [b"", b"[]", b'"reanimator/v1"', b'{"bomFormat": "CycloneDX", "components": [', b'{"asset": {}', b"\xff\xfe"],
)
def test_other_content_is_not_wanted(head: bytes) -> None:
    assert not DocumentParser().wants("reanimator-v1.json", head)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b'{"format": "reanimator/v1", "components": [', "not JSON"),
        (b"[]", "expected an object"),
        (b'"reanimator/v1"', "expected an object"),
        (b"{}", "format: expected 'reanimator/v1', got 'None'"),
        (b'{"components": []}', "format: "),
        (b'{"format": "reanimator/v2", "components": []}', "got 'reanimator/v2'"),
        (b'{"format": "reanimator/v1"}', "components: expected a list"),
        (b'{"format": "reanimator/v1", "components": null}', "components: expected a list"),
        (b'{"format": "reanimator/v1", "components": "disk"}', "components: expected a list"),
        (b"{}\n{}", "no line is a document; line 1: format"),
    ],
)
def test_what_is_no_document_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(MemberError, match=reason):
        parsed(content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"format": "reanimator/v1", "components": [], "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 10_000,
    ],
    ids=["in an unknown field", "objects", "cut off"],
)
def test_json_nested_ten_thousand_deep_is_refused(content: bytes) -> None:
    with pytest.raises(MemberError, match="JSON"):
        parsed(content)


def test_the_full_document_is_read_without_problems() -> None:
    (report,) = parsed(json.dumps(FULL))

    assert report.problems == ()
    assert report.standalone
    assert report.coverage == {"disk", "memory"}


def test_a_byte_order_mark_is_passed_over() -> None:
    (report,) = parsed(b"\xef\xbb\xbf" + json.dumps(FULL).encode())

    assert report.project == "ACME-EU"


@pytest.mark.parametrize("field", ["asset", "collected_at", "project", "coverage", "failures"])
@pytest.mark.parametrize("blank", [None, ""])
def test_nulls_and_empty_text_say_nothing(field: str, blank: str | None) -> None:
    (report,) = parsed(json.dumps({**FULL, field: blank}))
    (expected,) = parsed(json.dumps({name: value for name, value in FULL.items() if name != field}))

    assert report == expected
    assert not report.problems


@pytest.mark.parametrize("field", sorted(set(FULL["components"][0]) - {"type"}))
@pytest.mark.parametrize("blank", [None, ""])
def test_nulls_and_empty_text_in_a_component_say_nothing(field: str, blank: str | None) -> None:
    component = FULL["components"][0]

    report = report_of(components=[{**component, field: blank}])

    assert report == report_of(components=[{name: value for name, value in component.items() if name != field}])
    assert not report.problems


# asset and time


@pytest.mark.parametrize("asset", [{}, {"serial": "", "hostname": None}])
def test_an_asset_that_says_nothing_is_none(asset: object) -> None:
    assert report_of(asset=asset).asset is None


def test_an_asset_without_serial_keeps_what_it_says() -> None:
    assert report_of(asset={"hostname": "db-17", "serial": None}).asset == AssetClaim(hostname="db-17")


@pytest.mark.parametrize("asset", [7, "4QF8N33", ["4QF8N33"], True])
def test_an_asset_that_is_no_object_is_a_problem(asset: object) -> None:
    report = report_of(asset=asset, components=[DISK])

    assert report.asset is None
    assert report.problems == ("asset: expected an object",)
    assert len(report.sightings) == 1


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00.250+05:30", datetime(2026, 3, 1, 4, 30, 0, 250_000, tzinfo=UTC)),
        ("2027-03-01T10:00:00-08:00", datetime(2027, 3, 1, 18, tzinfo=UTC)),
    ],
)
def test_the_time_is_read_as_utc(text: str, moment: datetime) -> None:
    report = report_of(collected_at=text)

    assert report.collected_at == moment
    assert report.collected_at.tzinfo is UTC
    assert report.time_rank == 0


@pytest.mark.parametrize(
    "time",
    ["2026-03-01T10:00:00", "2026-03-01", "yesterday", "2026-13-01T10:00:00Z", "0001-01-01T00:00:00+14:00", [], {}],
)
def test_a_time_that_is_none_is_a_problem(time: object) -> None:
    report = report_of(collected_at=time)

    assert report.collected_at is None
    assert len(report.problems) == 1
    assert report.problems[0].startswith("collected_at: ")


# components


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


# coverage and failures


def test_coverage_left_out_is_what_occurs() -> None:
    assert report_of(components=[DISK, {"type": "fan"}]).coverage == {"disk", "fan"}


def test_coverage_of_nothing_covers_nothing() -> None:
    assert report_of(components=[DISK], coverage=[]).coverage == frozenset()


@pytest.mark.parametrize("coverage", ["disk", {"disk": True}, 7])
def test_coverage_that_is_no_list_covers_nothing(coverage: object) -> None:
    report = report_of(components=[DISK], coverage=coverage)

    assert report.coverage == frozenset()
    assert report.problems == ("coverage: expected a list",)


def test_an_unknown_word_in_coverage_costs_itself() -> None:
    report = report_of(coverage=["disk", "riser", None])

    assert report.coverage == {"disk"}
    assert report.problems == (
        "coverage[1]: unknown component type 'riser'",
        "coverage[2]: unknown component type 'None'",
    )


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


# one a line


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


# whatever the input

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["", "disk", "ok", "fatal", "reanimator/v1", "2026-03-01T10:00:00Z", "2025-04-07", "x" * 201]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("type"), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def put(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    if not path:
        return new
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(FULL)), JSON)
def test_any_value_in_any_place_gives_a_storable_report_or_a_refusal(
    path: tuple[str | int, ...], value: object
) -> None:
    try:
        reports = parsed(json.dumps(put(FULL, path, value)))
    except MemberError:
        return

    for sighting in reports[0].sightings:
        assert len(sighting.serial) <= 128
        assert json.dumps(dict(sighting.measurements))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_bytes_raise_anything_but_a_refusal(junk: bytes, place: int) -> None:
    content = json.dumps(FULL).encode()

    try:
        reports = parsed(content[:place] + junk + content[place:])
    except MemberError:
        return

    assert reports
