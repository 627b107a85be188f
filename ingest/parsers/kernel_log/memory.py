"""Memory errors by the kernel's EDAC drivers, and by rasdaemon's record of them (``ras-mc-ctl``)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ingest.domain.report import PartName, Signal
from ingest.parsers.kernel_log.lines import Line, read_line
from ingest.parsers.kernel_log.machine_checks import is_uncorrected
from registry.domain.vocabulary import ComponentType, Severity

_UNCORRECTED: Final = re.compile(r"EDAC MC\d+: (?:\d+ )?UE\b(.*)")
_LABELS: Final = re.compile(r'labels? "([^"]*)"')
_ON: Final = re.compile(r"(?:^|\s)on ([^\s()][^()]{0,120}?)\s?\(")
_NO_MODULE: Final = re.compile(r"(?:any|unknown) memory|unknown label|.* or .*|.*:.*|", re.IGNORECASE)

_RECORD: Final = re.compile(r"\d+ (\d{4}-\S+ \S+ \S+) \d+ (\w+) error\(s\): (.*?)(?: at (.*?) location: .*)?$")
_RECORDED_CHECK: Final = re.compile(r"\d+ (\d{4}-\S+ \S+ \S+) error: .*\bstatus=\s*(?:0x)?([0-9a-fA-F]{1,16})\b")
_SUMMARY: Final = re.compile(r"(\w+) on DIMM Label\(s\): '([^']*)' location: \S+ errors: (\d+)")
_LOST_DATA: Final = frozenset({"Uncorrected", "Fatal"})


def read_edac(line: Line) -> Iterator[Signal]:
    """The uncorrected error in a line of the kernel's log; corrected ones are none."""
    if found := _UNCORRECTED.match(line.text):
        said = _LABELS.search(found[1]) or _ON.search(found[1])
        yield Signal(
            _module(said[1] if said else ""),
            kind="entry",
            mode="uncorrectable_ecc",
            severity=Severity.CRITICAL,
            occurred_at=line.moment,
            message=line.told,
            code="EDAC UE",
        )


def read_ras(line: Line) -> Iterator[Signal]:
    """The uncorrected error in a row of ``ras-mc-ctl --errors``, or the count of them in one of ``--summary``."""
    text = line.text.strip()
    if (found := _RECORD.match(text)) and found[2] in _LOST_DATA:
        yield Signal(
            _module(found[4] or ""),
            kind="entry",
            mode="uncorrectable_ecc",
            severity=Severity.CRITICAL,
            occurred_at=_moment(found[1]),
            message=text,
            code="rasdaemon",
        )
    elif (found := _RECORDED_CHECK.match(text)) and is_uncorrected(int(found[2], 16)):
        yield Signal(
            PartName(ComponentType.CPU),
            kind="entry",
            mode="machine_check",
            severity=Severity.CRITICAL,
            occurred_at=_moment(found[1]),
            message=text,
            code="rasdaemon",
        )
    elif (found := _SUMMARY.match(text)) and found[1] in _LOST_DATA and int(found[3]):
        yield Signal(
            _module(found[2]),
            kind="state",
            mode="uncorrectable_ecc",
            severity=Severity.CRITICAL,
            message=text,
            code="rasdaemon",
        )


def _module(label: str) -> PartName:
    """The module of that label, which is its locator where somebody told the kernel; none where several are meant."""
    slot = "" if _NO_MODULE.fullmatch(label.strip()) else label.strip()
    return PartName(ComponentType.MEMORY, slot=slot, slot_kind="edac" if slot else "")


def _moment(written: str) -> datetime | None:
    day, time, zone = written.split()
    return read_line(f"{day}T{time}{zone}").moment
