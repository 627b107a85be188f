"""Lines of a log, whoever printed it: the moment where the line tells one, and what the kernel said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ingest.parsers.fields import month_number

_FACILITY: Final = re.compile(r"(?:[a-z]\w*\s*:\s*[a-z]+\s*:\s*|<\d{1,3}>\d?\s?)")  # dmesg -x; a raw priority
_ISO: Final = re.compile(
    r"\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)?\s?(Z|UTC|[+-]\d\d:?\d\d)?\]?(?=\s|$)", re.IGNORECASE
)
_CTIME: Final = re.compile(r"\[(?:[A-Z][a-z]{2})\s+([A-Z][a-z]{2})\s+(\d{1,2})\s+(\d\d):(\d\d):(\d\d)\s+(\d{4})\]")
_WITHOUT_YEAR: Final = re.compile(r"[A-Z][a-z]{2}\s+\d{1,2}\s+\d\d:\d\d:\d\d(?:\.\d+)?(?=\s)")
_SINCE_START: Final = re.compile(r"\[\s*\+?\d+\.\d+\]|\[[A-Z][a-z]{2}\d{1,2}\s+\d\d:\d\d\]")
_KMSG: Final = re.compile(r"(\d+),(\d+),(\d+),[^;]*;")
_HOST_AND_TAG: Final = re.compile(
    r"\s*(?:\S+\s+)?(?:kernel|mcelog|rasdaemon)(?:(?:\[\d+\])?:\s?|\s\S+\s\S+\s(?:-|\[.*?\])\s)"
)
_LONGEST: Final = 2048  # the kernel's own lines have at most 1 KiB; patterns need not search a megabyte
_BLOCK_LINES: Final = 40  # more than mcelog ever writes of one error
_FIRST_YEAR: Final = 2010  # of logs that can still be met; a clock that shows less was never set


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log.

    `moment`: UTC, None where the line tells no day and year. `text`: what was said, without time, host and process.
    `told`: the same with the time where that is none to go by, so that two alike lines stay two.
    """

    moment: datetime | None
    text: str
    told: str


def read_lines(content: bytes, marks: re.Pattern[bytes], headings: re.Pattern[bytes]) -> Iterator[Line]:
    """The lines of `content` that have one of `marks`, and those of the blocks that start with one of `headings`."""
    for row in _rows(content, marks, headings):
        yield read_line(row[:_LONGEST].decode("utf-8", errors="replace").rstrip("\r"))


def read_line(row: str) -> Line:
    """`row` taken apart."""
    if row.startswith("{"):
        return _of_journal(row)
    if found := _KMSG.match(row):
        return Line(None, row[found.end() :], f"[{int(found[3]) / 1e6:.6f}] {row[found.end() :]}")
    rest = row.lstrip()
    if found := _FACILITY.match(rest):
        rest = rest[found.end() :]
    for form, read in ((_ISO, _iso), (_CTIME, _ctime)):
        if found := form.match(rest):
            text = _said(rest[found.end() :])
            moment = read(found)
            return Line(moment, _without_start(text), text if moment else f"{found[0]} {text}")
    if found := _WITHOUT_YEAR.match(rest):
        text = _said(rest[found.end() :])
        return Line(None, _without_start(text), f"{found[0]} {text}")
    return Line(None, _without_start(_said(rest)), rest)


def _rows(content: bytes, marks: re.Pattern[bytes], headings: re.Pattern[bytes]) -> Iterator[bytes]:
    """As `read_lines`, without cutting a log of a million lines to pieces."""
    place = 0
    while found := marks.search(content, place):
        place = content.rfind(b"\n", place, found.start()) + 1 or place
        left = 1
        while left and place < len(content):
            end = content.find(b"\n", place)
            end = len(content) if end < 0 else end
            row = content[place:end]
            yield row
            left = _BLOCK_LINES if headings.search(row[:_LONGEST]) else left - 1
            place = end + 1


def _said(text: str) -> str:
    found = _HOST_AND_TAG.match(text)
    return text[found.end() :].lstrip() if found else text.lstrip()


def _without_start(text: str) -> str:
    found = _SINCE_START.match(text)
    return text[found.end() :].lstrip() if found else text


def _iso(found: re.Match[str]) -> datetime | None:
    day, fraction, zone = found.groups()
    zone = "+00:00" if zone is None or zone.upper() in ("Z", "UTC") else zone
    try:
        moment = datetime.fromisoformat(f"{day.replace(' ', 'T')}.{(fraction or '0'):0<6}{zone}")
        return _plausible(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _ctime(found: re.Match[str]) -> datetime | None:
    month, day, hour, minute, second, year = found.groups()
    try:
        number = month_number(month)
        return _plausible(datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC))
    except ValueError:
        return None


def _plausible(moment: datetime) -> datetime | None:
    return moment if moment.year >= _FIRST_YEAR else None


def _of_journal(row: str) -> Line:
    """``journalctl -o json``: an object a line, with microseconds since 1970."""
    try:
        entry: Any = orjson.loads(row)
    except orjson.JSONDecodeError:
        return Line(None, row, row)
    text = entry.get("MESSAGE") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        return Line(None, "", "")
    try:
        moment = _plausible(datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, tz=UTC))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        moment = None
    return Line(moment, _without_start(text.strip()), text.strip())
