"""Whatever the bytes are, a parser answers with reports or with `MemberError`, and with nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.interface import Parser
from tests.ingest import golden
from tests.ingest.json_places import with_odd_values

PARSERS = {name: parser for name, parser in golden.parsers().items() if isinstance(parser, Parser)}
INPUTS = [
    (case.parent.name, source)
    for case in golden.cases()
    if case.parent.name in PARSERS
    for source in case.glob("input.*")
]
JSON_INPUTS = [(name, source) for name, source in INPUTS if source.suffix == ".json"]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reads_or_refuses(name: str, source: Path, content: bytes) -> None:
    try:
        reports = PARSERS[name].parse(Member(source.name, content))
    except MemberError:
        return
    assert all(isinstance(report, Report) for report in reports)


@QUICK
@given(st.sampled_from(INPUTS), st.data())
def test_a_member_cut_anywhere_is_read_or_refused(case: tuple[str, Path], data: st.DataObject) -> None:
    name, source = case
    content = source.read_bytes()

    reads_or_refuses(name, source, content[: data.draw(st.integers(0, len(content)))])


@QUICK
@given(st.sampled_from(INPUTS), st.data())
def test_a_member_with_bytes_overwritten_is_read_or_refused(case: tuple[str, Path], data: st.DataObject) -> None:
    name, source = case
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))

    reads_or_refuses(name, source, bytes(content))


@QUICK
@given(st.sampled_from(JSON_INPUTS), st.data())
def test_json_with_values_of_the_wrong_kind_is_read_or_refused(case: tuple[str, Path], data: st.DataObject) -> None:
    name, source = case
    try:
        document = json.loads(source.read_bytes())
    except ValueError:
        return  # a golden case of broken JSON

    reads_or_refuses(name, source, json.dumps(with_odd_values(document, data, most=3)).encode())


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 4096,
        b"\xff\xfe<\x00",
        b"null",
        b"[]",
        b"{}",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"children":[' * 10_000 + b"]}" * 10_000,
        b"<nvidia_smi_log>" + b"<gpu>" * 100_000 + b"</gpu>" * 100_000 + b"</nvidia_smi_log>",
        b'<?xml version="1.0" encoding="klingon"?><nvidia_smi_log/>',
        b"Handle 0x0000, DMI type 0, 24 bytes\n" * 1000,
        b"Handle 0x0000\n\tDMI type 17, 1 bytes.",
    ],
    ids=lambda content: repr(content[:20]),
)
def test_bytes_made_to_hurt_are_read_or_refused(name: str, content: bytes) -> None:
    reads_or_refuses(name, Path("input"), content)


@pytest.mark.parametrize("name", PARSERS)
@given(path=st.text(max_size=40), head=st.binary(max_size=200))
def test_any_head_is_wanted_or_not(name: str, path: str, head: bytes) -> None:
    assert PARSERS[name].wants(path, head) in (True, False)


@pytest.mark.parametrize(("name", "source"), INPUTS, ids=[f"{name}-{source.parent.name}" for name, source in INPUTS])
def test_no_other_parser_wants_what_is_one_parsers_own(name: str, source: Path) -> None:
    head = source.read_bytes()[: golden.HEAD]

    wanting = {other for other, parser in golden.parsers().items() if parser.wants(source.name, head)}

    assert wanting <= {name}
