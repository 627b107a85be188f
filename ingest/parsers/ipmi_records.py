"""The entries of ipmitool's event log, in each of the forms in which it prints them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ingest.parsers.fields import trimmed
from ingest.parsers.ipmi_events import Entry

_FIRST_YEAR: Final = 2010  # a log's clock that shows less was never set
_NUMBER: Final = re.compile(r"[0-9a-f]{1,4}", re.IGNORECASE)
_RECORD: Final = re.compile(r"SEL Record ID *: [0-9a-f]{1,4}.*", re.IGNORECASE)
_DIRECTIONS: Final = {"asserted": True, "deasserted": False, "assertion event": True, "deassertion event": False}
_TIME: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4}|\d\d) +(\d\d):(\d\d):(\d\d)(?:\s.*)?")

# The sensor's type stands before its name with nothing between, so it has to be known.
_TYPES: Final = (
    "Management Subsystem Health", "Management Subsys Health", "Event Logging Disabled", "System Firmware Progress",
    "System Firmware Error", "System Firmwares", "System ACPI Power State", "System Boot Initiated",
    "OS Critical Stop", "Drive Slot / Bay", "Drive Slot", "Module / Board", "Cable / Interconnect",
    "Slot / Connector", "Critical Interrupt", "POST Memory Resize", "Physical Security", "Platform Security",
    "Platform Alert", "Power Supply", "Power Unit", "Entity Presence", "Cooling Device", "Add-in Card",
    "Microcontroller", "Monitor ASIC", "Session Audit", "Version Change", "System Event", "Boot Error", "FRU State",
    "Other FRU", "Temperature", "Terminator", "Processor", "Watchdog1", "Watchdog2", "Chip Set", "Battery", "Chassis",
    "OS Boot", "Current", "Voltage", "Memory", "Button", "Other", "Fan", "LAN",
)  # fmt: skip


def read_entries(text: str) -> Iterator[Entry]:
    """The entries in the order of the log; OEM records and lines of any other kind are passed over."""
    record: dict[str, str] = {}
    for line in text.splitlines():
        if _RECORD.fullmatch(line.strip()):
            yield from _of_record(record)
            record = {"SEL Record ID": line}
        elif record:
            key, colon, value = line.partition(":")
            if colon:
                record.setdefault(key.strip(), value.strip())
        else:
            yield from _of_line([cell.strip() for cell in line.split("|" if "|" in line else ",")])
    yield from _of_record(record)


def _of_line(cells: Sequence[str]) -> Iterator[Entry]:
    if len(cells) > 2 and cells[1].startswith("Pre-Init") and "stamp" in cells[1]:
        cells = [*cells[:2], "", *cells[2:]]  # one cell for both date and time
    if len(cells) < 5 or not _NUMBER.fullmatch(cells[0]):
        return
    date, time, sensor, *rest = cells[1:]
    turn = next((place for place, cell in enumerate(rest) if cell.lower() in _DIRECTIONS), None)
    if turn is None and len(rest) > 1:
        return  # cut in the middle of its direction
    kind, name = _watched(sensor)
    yield Entry(
        moment=_moment(f"{date} {time}"),
        type=kind,
        sensor=name,
        event=trimmed(" | ".join(rest[:turn])),
        asserted=_DIRECTIONS[rest[turn].lower()] if turn is not None else True,  # old releases print no direction
        detail=trimmed(" | ".join(rest[turn + 1 :])) if turn is not None else "",
    )


def _watched(sensor: str) -> tuple[str, str]:
    """("Power Supply", "PS1 Status") for "Power Supply PS1 Status"."""
    kind = next((kind for kind in _TYPES if sensor.startswith(kind)), "")
    return (kind, trimmed(sensor[len(kind) :])) if kind else ("", trimmed(sensor))


def _of_record(record: Mapping[str, str]) -> Iterator[Entry]:
    direction = record.get("Event Direction", "").lower()
    if direction not in _DIRECTIONS:
        return
    number = record.get("Sensor Number", "")
    named, _, _ = record.get("Sensor ID", "").rpartition(" (")
    yield Entry(
        moment=_moment(record.get("Timestamp", "")),
        type=record.get("Sensor Type", ""),
        sensor=trimmed(named) or (f"#0x{number}" if number else ""),
        event=trimmed(record.get("Description", "")),
        asserted=_DIRECTIONS[direction],
    )


def _moment(text: str) -> datetime | None:
    """The time in "05/27/2014 21:20:43"; what a zone's letters behind it mean differs from place to place."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    month, day, year, hour, minute, second = (int(digits) for digits in found.groups())
    try:
        moment = datetime(year if year > 99 else 2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment.year >= _FIRST_YEAR else None
