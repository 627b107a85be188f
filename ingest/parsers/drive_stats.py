"""Backblaze's Drive Stats: a row for each drive and day, in daily CSV files of a whole fleet.

The header decides: columns came over the years (85 of them in 2013), and the place of each is told by its name alone.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from ingest.domain.report import AssetClaim, Member, MemberError, PartName, Report, SerialClaim, Sighting, Signal
from ingest.parsers.drive_health import ATA_COUNTERS, POWER_CYCLES, POWER_ON_HOURS, TEMPERATURES
from registry.domain.drive_makers import drive_maker
from registry.domain.vocabulary import ComponentType, Severity

_NEEDED: Final = ("date", "serial_number", "model", "capacity_bytes", "failure")
_SMART: Final = re.compile(r"smart_(\d+)_(raw|normalized)")
# As smartctl's attributes are called; raw values of others pack several numbers with some makers, and stay as they are.
_COUNTERS: Final = {
    f"smart_{number}_raw": name
    for number, name in {
        **ATA_COUNTERS,
        POWER_ON_HOURS: "power_on_hours",
        POWER_CYCLES: "power_cycles",
        TEMPERATURES[0]: "temperature",
    }.items()
}
_FLEET: Final = "DRIVE-STATS"
_PLACE: Final = ("datacenter", "cluster_id", "vault_id", "pod_id")
_LARGEST: Final = 2**63 - 1
_LARGEST_DRIVE: Final = 10**15  # some rows tell 600 petabytes, others -1
_DISK: Final = frozenset({ComponentType.DISK.value})
_MOST_PROBLEMS: Final = 50
_ENDS_AFTER: Final = timedelta(days=1) - timedelta(seconds=1)


class DriveStatsParser:
    """A snapshot for each day, of each pod where the file tells pods, else of one asset that stands for the fleet.

    A day is taken to be whole: a drive without a row was not there. But where a row could not be read, nothing of its
    day is called complete, and of no day where that too is unreadable. `failure` is one at the end of its day.
    """

    name = "drive-stats"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` starts with the header of such a file."""
        first = head.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
        return set(_NEEDED) <= {title.strip().strip('"') for title in first.split(",")}

    def parse(self, member: Member) -> list[Report]:
        """A report for each day and asset; raises `MemberError` without a header, and when no row can be read."""
        lines = _lines(member.content)
        _, header = next(lines, (0, []))
        days = _Days(_Columns([title.strip() for title in header]))
        for number, cells in lines:
            days.take(number, cells)
        return days.reports()


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line. Read one by one: a stray quotation mark costs its line and not the rest."""
    for number, line in enumerate(io.BytesIO(content), 1):
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").rstrip("\r\n")
        if text:
            yield number, _quoted(text) if '"' in text else text.split(",")


def _quoted(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return []


class _Columns:
    """Where each column is."""

    def __init__(self, header: Sequence[str]) -> None:
        self.titles = header
        at = {title: place for place, title in enumerate(header)}
        if missing := [title for title in _NEEDED if title not in at]:
            raise MemberError(f"line 1: no column {', '.join(missing)}")
        self.day, self.serial, self.model, self.capacity, self.failure = (at[title] for title in _NEEDED)
        self.slot = at.get("pod_slot_num")
        self.pod = [at.get(title) for title in _PLACE] if "pod_id" in at else []
        smart = [(place, title) for place, title in enumerate(header) if _SMART.fullmatch(title)]
        self.measured = [(place, _COUNTERS.get(title, title)) for place, title in smart]

    def place(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Data centre, cluster, vault and pod of a row; nothing where no pod is told."""
        told = tuple("" if at is None else _number(cells[at]) for at in self.pod)
        return told if told and told[-1] else ()


def _number(cell: str) -> str:
    """A number that some program made a fraction of, as it was."""
    return cell.strip().removesuffix(".0")


@dataclass(slots=True)
class _Group:
    """What one asset showed on one day."""

    sightings: list[Sighting] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)


class _Days:
    """The rows, by day and asset, and what could not be read of them."""

    def __init__(self, columns: _Columns) -> None:
        self.columns = columns
        self.moments: dict[str, datetime | None] = {}
        self.groups: dict[tuple[datetime, tuple[str, ...]], _Group] = defaultdict(_Group)
        self.incomplete: set[datetime | None] = set()
        self.problems: dict[datetime | None, list[str]] = defaultdict(list)

    def take(self, number: int, cells: list[str]) -> None:
        """Adds a row, or notes why it is left out: then its day is no longer known completely."""
        columns = self.columns
        day = cells[columns.day] if len(cells) > columns.day else ""
        moment = self._moment(day)
        fault = self._fault(cells, moment)
        if fault or moment is None:
            self.incomplete.add(moment)
            self._note(moment, number, fault)
            return
        group = self.groups[(moment, columns.place(cells))]
        sighting = self._sighting(cells, moment, number)
        group.sightings.append(sighting)
        failure = _number(cells[columns.failure])
        if failure == "1":
            group.signals.append(_failed(sighting.serial, moment))
        elif failure != "0":
            self._note(moment, number, f"failure: expected 0 or 1, got {failure[:50]!r}")

    def _moment(self, day: str) -> datetime | None:
        if day not in self.moments:
            try:
                self.moments[day] = datetime.combine(date.fromisoformat(day.strip()), time(), UTC)
            except ValueError:
                self.moments[day] = None
        return self.moments[day]

    def _fault(self, cells: Sequence[str], moment: datetime | None) -> str:
        columns = self.columns
        if len(cells) != len(columns.titles):
            return f"expected {len(columns.titles)} columns, got {len(cells)}"
        if moment is None:
            return f"date: not a date: {cells[columns.day][:50]!r}"
        return "" if cells[columns.serial].strip() else "serial_number: missing"

    def _note(self, moment: datetime | None, number: int, problem: str) -> None:
        told = self.problems[moment]
        if len(told) < _MOST_PROBLEMS:
            told.append(f"line {number}: {problem}")

    def _sighting(self, cells: Sequence[str], moment: datetime, number: int) -> Sighting:
        columns = self.columns
        model = cells[columns.model].strip()
        slot = "" if columns.slot is None else _number(cells[columns.slot])
        return Sighting(
            type=ComponentType.DISK,
            vendor=drive_maker(model),
            model=model,
            serial=cells[columns.serial].strip(),
            slot=slot,
            slot_kind="enclosure" if slot else "",
            measurements=self._measurements(cells, moment, number),
        )

    def _measurements(self, cells: Sequence[str], moment: datetime, number: int) -> Mapping[str, int | float]:
        measurements: dict[str, int | float] = {}
        capacity = cells[self.columns.capacity]
        if capacity.isdecimal() and 0 < int(capacity) < _LARGEST_DRIVE:
            measurements["capacity_bytes"] = int(capacity)
        for place, name in self.columns.measured:
            if cell := cells[place]:
                try:
                    value = int(cell) if cell.isdecimal() else _fraction(cell)
                except ValueError:
                    self._note(moment, number, f"{self.columns.titles[place]}: no number: {cell[:50]!r}")
                else:
                    measurements[name] = value
        if measurements.get("temperature", 0) > 0xFF:  # the lowest and the highest so far stand above it
            measurements["temperature"] = int(measurements["temperature"]) & 0xFF
        return measurements

    def reports(self) -> list[Report]:
        """The reports, oldest day first; a day's problems stand in its first one."""
        problems = [problem for told in self.problems.values() for problem in told]
        if problems and not self.groups:
            raise MemberError(f"no row can be read; {problems[0]}")
        reports = []
        for (moment, place), group in sorted(self.groups.items()):
            told = (*self.problems.pop(None, ()), *self.problems.pop(moment, ()))
            whole = self.incomplete.isdisjoint({None, moment})
            reports.append(_report(moment, place, group, whole=whole, problems=told))
        lost = tuple(problem for told in self.problems.values() for problem in told)
        return [*reports, Report(standalone=True, problems=lost)] if lost else reports


def _fraction(cell: str) -> int | float:
    value = float(cell)
    if not abs(value) <= _LARGEST:  # neither infinite nor no number at all
        raise ValueError(cell)
    return int(value) if value.is_integer() else value


def _failed(serial: str, moment: datetime) -> Signal:
    return Signal(
        part=PartName(ComponentType.DISK, serial=serial),
        kind="entry",
        mode="drive_failed",
        severity=Severity.FATAL,
        occurred_at=moment + _ENDS_AFTER,
        message="failure = 1: the drive's last day",
        code="failure",
    )


def _report(
    moment: datetime, place: tuple[str, ...], group: _Group, *, whole: bool, problems: tuple[str, ...]
) -> Report:
    serial = "-".join((_FLEET, *place))
    return Report(
        asset=AssetClaim(
            vendor="Backblaze",
            model="Storage Pod" if place else "Drive Stats",
            serials=(SerialClaim(serial),),
        ),
        collected_at=moment,
        coverage=_DISK if whole else frozenset(),
        sightings=tuple(group.sightings),
        signals=tuple(group.signals),
        standalone=True,
        problems=problems,
    )
