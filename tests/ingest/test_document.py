"""The canonical document where golden cases do not reach: what is one, of what asset and time, and what it covers."""

import json
from datetime import UTC, datetime

import pytest

from ingest.domain.report import AssetClaim, MemberError
from ingest.parsers.document import DocumentParser
from ingest.parsers.interface import Parser
from tests.ingest.documents import DISK, FULL, parsed, report_of


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


# coverage


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
