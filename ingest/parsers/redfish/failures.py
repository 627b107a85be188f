"""The failures that a tree tells: of the parts themselves, and in the controllers' logs."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.domain.report import PartName, Signal
from ingest.parsers.fields import month_number
from ingest.parsers.redfish.failing import Fault
from ingest.parsers.redfish.log_entries import fault_in, is_power_cut
from ingest.parsers.redfish.machines import Machine, top_of
from ingest.parsers.redfish.parts import SLOT_KIND, Part
from ingest.parsers.redfish.resource import Resource, first
from ingest.parsers.redfish.tree import Tree
from registry.domain.vocabulary import ComponentType

_FIRST_YEAR: Final = 2015  # Redfish 1.0; a clock that shows less was never set
_A_DAY: Final = timedelta(days=1)
_A_MINUTE: Final = timedelta(minutes=1)
# NVIDIA's controllers repeat the driver's own time, which is right where theirs is not.
_WITHIN: Final = re.compile(r"\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) UTC (\d{4})\]")

_MODULE: Final = re.compile(r"\bDIMM[ _-]?[A-Z]?\d+\b|\b[A-Z]\d-DIMM[A-Z]\d\b|\bDIMM[A-Z]\d\b", re.IGNORECASE)
_MODULE_OF_HPE: Final = re.compile(r"\b(?:Processor|Proc) (\d+),? (?:DIMM|Memory Module) (\d+)", re.IGNORECASE)
_BAY_OF_HPE: Final = re.compile(r"\bBay (\d+), Box (\d+), Port (\w+)", re.IGNORECASE)
_SUPPLY: Final = re.compile(r"\b(?:PSU?|Power Supply(?: Unit| Bay)?)[ _#.]*(\d+)", re.IGNORECASE)
_WORDS: Final = {
    "predicted_failure": "the controller predicts its failure",
    "health_critical": "the controller calls it critical",
}
_NUMBER: Final = re.compile(r"\d+")


def part_signals(parts: Sequence[Part], tree: Tree) -> Iterator[Signal]:
    """A state for each of `parts` that says it fails; a controller that only passes on its drive's failure is none."""
    drives = {key for part in parts if part.fault and part.sighting.type == ComponentType.DISK for key in part.keys}
    for part in parts:
        if part.fault is None or (part.sighting.type == ComponentType.HBA and _holds(part, drives, tree)):
            continue
        words = _WORDS.get(part.fault.mode, "the controller has put it out of use")
        yield Signal(
            part.sighting.part_name, kind="state", mode=part.fault.mode, severity=part.fault.severity, message=words
        )


def _holds(controller: Part, drives: set[str], tree: Tree) -> bool:
    """Whether one of `drives` hangs on `controller`."""
    around = [*controller.keys, *(key.rsplit("/", 2)[0] for key in controller.keys)]
    listed = {drive for key in around if (storage := tree.get(key)) for drive in storage.links("Drives")}
    return any(drive in listed or drive.startswith(tuple(f"{key}/" for key in around)) for drive in drives)


class LogReader:
    """Reads the machine's logs; `parts` are what their entries may speak of."""

    def __init__(self, tree: Tree, machine: Machine, parts: Sequence[Part], collected_at: datetime | None) -> None:
        self._tree = tree
        self._machine = machine
        self._parts = parts
        self._collected_at = collected_at

    def signals(self) -> Iterator[Signal]:
        """An entry for each failure that is logged, however many collections list it."""
        entries = [entry for entry in self._tree.of("LogEntry") if self._machine.owns(entry.key)]
        cuts = [(_sensor(entry), self._moment(entry)) for entry in entries if is_power_cut(entry.data)]
        for entry in entries:
            fault = fault_in(entry.data)
            if fault is None:
                continue
            moment = self._moment(entry)
            if fault.kind == ComponentType.PSU and _follows(_sensor(entry), moment, cuts):
                continue
            yield Signal(
                self._part(entry, fault),
                kind="entry",
                mode=fault.mode,
                severity=fault.severity,
                occurred_at=moment,
                message=entry.text("Message"),
                code=entry.text("MessageId"),
            )

    def _moment(self, entry: Resource) -> datetime | None:
        """When it happened; None where the clock that told was not right."""
        if found := _WITHIN.search(entry.text("Message")):
            return self._plausible(_driver_time(found))
        if self._clock_is_wrong(entry):
            return None
        try:
            moment = datetime.fromisoformat(entry.text("Created"))
            return self._plausible(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            return None

    def _plausible(self, moment: datetime | None) -> datetime | None:
        latest = self._collected_at + _A_DAY if self._collected_at else None
        if moment is None or not _FIRST_YEAR <= moment.year < 9000 or (latest and moment > latest):
            return None
        return moment

    def _clock_is_wrong(self, entry: Resource) -> bool:
        """Whether each manager that can have written the entry has a clock days away from the tree's own time."""
        top = self._tree.get(top_of(entry.key))
        keys = [top.key, *top.links("Links", "ManagedBy")] if top else []
        clocks = [clock(manager) for key in keys if (manager := self._tree.get(key)) and manager.kind == "Manager"]
        times = [time for time in clocks if time is not None]
        collected = self._collected_at
        return bool(times) and collected is not None and all(abs(time - collected) > _A_DAY for time in times)

    def _part(self, entry: Resource, fault: Fault) -> PartName:
        found = self._at_origin(entry, fault.kind) or self._by_word(entry, fault.kind)
        if found is not None:
            # By its slot: the part that sat there then may have been replaced since, while the log stays.
            name = found.sighting.part_name
            return PartName(name.type, slot=name.slot, slot_kind=name.slot_kind) if name.slot else name
        slot = _word(entry, fault.kind)
        return PartName(fault.kind, slot=slot, slot_kind=SLOT_KIND if slot else "")

    def _at_origin(self, entry: Resource, kind: ComponentType) -> Part | None:
        """The one part of that kind that the entry links to, or that is in what it links to."""
        for origin in entry.links("Links", "OriginOfCondition"):
            inside = f"{origin}/"
            for same in (lambda key, uri=origin: key == uri, lambda key, uri=inside: key.startswith(uri)):
                found = [part for part in self._of(kind) if any(map(same, part.keys))]
                if len(found) == 1:
                    return found[0]
        return None

    def _by_word(self, entry: Resource, kind: ComponentType) -> Part | None:
        """The one part of that kind in the slot or of the name that the entry writes; supplies go by number."""
        word = _word(entry, kind)
        if not word:
            return None
        same = [part for part in self._of(kind) if _squashed(word) in _spellings(part)]
        if not same and kind == ComponentType.PSU:
            same = [part for part in self._of(kind) if _NUMBER.findall(part.sighting.slot) == _NUMBER.findall(word)]
        return same[0] if len(same) == 1 else None

    def _of(self, kind: ComponentType) -> Iterator[Part]:
        return (part for part in self._parts if part.sighting.type == kind)


def clock(manager: Resource) -> datetime | None:
    """What a manager's clock showed, in UTC; None where it has no zone or is no time."""
    try:
        time = datetime.fromisoformat(manager.text("DateTime"))
        if time.tzinfo is None:
            time = datetime.fromisoformat(manager.text("DateTime") + manager.text("DateTimeLocalOffset"))
        return time.astimezone(UTC) if time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _follows(sensor: str, moment: datetime | None, cuts: Sequence[tuple[str, datetime | None]]) -> bool:
    return any(
        sensor == other and (moment is when or (moment and when and abs(moment - when) <= _A_MINUTE))
        for other, when in cuts
    )


def _sensor(entry: Resource) -> str:
    return entry.text("SensorName") or _word(entry, ComponentType.PSU)


def _driver_time(found: re.Match[str]) -> datetime | None:
    month, *numbers = found.groups()
    day, hour, minute, second, year = map(int, numbers)
    try:
        return datetime(year, month_number(month), day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _word(entry: Resource, kind: ComponentType) -> str:
    """How the entry's text calls the part, or ``""``."""
    message, arguments = entry.text("Message"), entry.texts("MessageArgs")
    if kind == ComponentType.MEMORY:
        if found := _MODULE_OF_HPE.search(message):
            return f"PROC {found[1]} DIMM {found[2]}"
        found = _MODULE.search(message)
        return found[0] if found else ""
    if kind == ComponentType.PSU:
        found = _SUPPLY.search(entry.text("SensorName")) or _SUPPLY.search(message)
        return f"PS{found[1]}" if found else ""
    if kind == ComponentType.DISK and (found := _BAY_OF_HPE.search(message)):
        return f"{found[3]}:{found[2]}:{found[1]}"
    if kind in (ComponentType.GPU, ComponentType.OTHER):
        return first(*arguments).partition(" ")[0]
    return first(*arguments)[:100]


def _spellings(part: Part) -> set[str]:
    return {_squashed(text) for text in (part.sighting.slot, *(key.rpartition("/")[2] for key in part.keys))}


def _squashed(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()
