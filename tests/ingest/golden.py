"""The parsers and their golden cases, found by looking: a new case needs no line here."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.interface import Parser, TreeParser
from ingest.parsers.registry import all_parsers

DATA = Path(__file__).parents[1] / "data"
HEAD = 4096


def parsers() -> Mapping[str, Parser | TreeParser]:
    """The project's own parsers, by name; what other packages add has its cases with them."""
    return {parser.name: parser for parser in all_parsers() if type(parser).__module__.startswith("ingest.")}


def cases() -> Iterator[Path]:
    """The folders ``tests/data/<parser>/<case>`` that hold an ``input.*`` file or an ``input`` folder."""
    for name in parsers():
        yield from sorted(case for case in (DATA / name).glob("*") if any(case.glob("input*")))


def outcome(case: Path) -> dict[str, Any]:
    """What the case's parser makes of its input, as plain JSON values."""
    parser = parsers()[case.parent.name]
    source = next(case.glob("input*"))
    return _of_tree(parser, source) if isinstance(parser, TreeParser) else _of_member(parser, source)


def _of_member(parser: Parser, source: Path) -> dict[str, Any]:
    """`source`: the file, or a folder with that one file, where a parser looks at the path."""
    file = next(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else source
    name, content = file.relative_to(source if source.is_dir() else source.parent).as_posix(), file.read_bytes()
    if not parser.wants(name, content[:HEAD]):
        return {"outcome": "ignored"}
    try:
        reports = parser.parse(Member(name, content))
    except MemberError as error:
        return {"outcome": "failed", "error": str(error)}
    return {"outcome": "parsed", "reports": [_plain(report) for report in reports]}


def _of_tree(parser: TreeParser, root: Path) -> dict[str, Any]:
    values: list[tuple[str, object]] = []
    failed: dict[str, str] = {}
    ignored: list[str] = []
    for path in sorted(it for it in root.rglob("*") if it.is_file()):
        name, content = path.relative_to(root).as_posix(), path.read_bytes()
        if not parser.wants(name, content[:HEAD]):
            ignored.append(name)
            continue
        try:
            values.append((name, parser.read(Member(name, content))))
        except MemberError as error:
            failed[name] = str(error)
    reports = parser.assemble(values, list(failed))
    return {
        "outcome": "parsed",
        "reports": [{"path": path, **_plain(report)} for path, report in reports],
        "failed": failed,
        "ignored": ignored,
    }


def _plain(report: Report) -> dict[str, Any]:
    value: dict[str, Any] = _plain_value(report)
    return value


def _plain_value(value: Any) -> Any:
    """`value` for JSON; a dataclass without its empty fields, which would drown what was found."""
    if is_dataclass(value):
        named = ((field.name, _plain_value(getattr(value, field.name))) for field in fields(value))
        return {name: item for name, item in named if item is not False and item not in (None, "", [], {})}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(str(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain_value(item) for key, item in value.items()}
    return str(value) if isinstance(value, str) else value
