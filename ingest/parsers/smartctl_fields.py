"""The lines of one smartctl report: what each says of the drive."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Final

from ingest.domain.identifiers import drive_name, extended_unique_id
from ingest.domain.report import Sighting
from ingest.parsers.drive_health import (
    ATA_COUNTERS,
    NVME_WARNINGS,
    POWER_CYCLES,
    POWER_ON_HOURS,
    TEMPERATURES,
    Condition,
    failing_attributes,
    is_suspect,
)
from ingest.parsers.fields import first_number, measured, said, trimmed
from registry.domain.vocabulary import ComponentType

_LINE: Final = re.compile(r"^(?P<name>[A-Za-z][\w ./()\[\],-]*?):[ \t]*(?P<value>[^\n]*)$", re.MULTILINE)
# Both layouts: flags in hexadecimal, then type and update; or flags as letters ("brief"). The raw value comes last.
_ATTRIBUTE: Final = re.compile(
    r"^[ \t]*(?P<number>\d{1,3})[ \t]+\S+[ \t]+(?:0x[0-9a-f]{4}|[-A-Z+]{6,8})(?:[ \t]+(?:\d{3}|-+)){3}[ \t]+"
    r"(?:(?:Pre-fail|Old_age)[ \t]+(?:Always|Offline)[ \t]+)?(?P<failed>-|FAILING_NOW|In_the_past|NOW|Past)[ \t]+"
    r"(?P<raw>\d[^\n]*)$",
    re.MULTILINE,
)
_ERRORS: Final = re.compile(
    r"^(?P<action>read|write|verify):(?:[ \t]+[\d.]+)+[ \t]+(?P<uncorrected>\d+)[ \t]*$", re.MULTILINE
)
_MADE: Final = re.compile(r"^Manufactured in week (\d+) of year (\d+)", re.MULTILINE)
_POWERED: Final = re.compile(
    r"^[ \t]*(?:number of hours powered up = |Accumulated power on time, hours:minutes )(\d+)", re.MULTILINE
)
_NAMESPACE_NAME: Final = re.compile(
    r"^Namespace \d+ (?P<kind>IEEE EUI-64|NGUID):[ \t]*(?P<name>[0-9a-f ]+)$", re.MULTILINE
)
_GROUPED: Final = re.compile(
    r"\d+(?:[,.' \u00a0\u202f]\d{3})*"
)  # thousands are parted as the machine's language has it
_SENSE: Final = re.compile(r"\[asc=([0-9a-f]+)")
_NVME_COUNTERS: Final = {
    "Available Spare": "available_spare",
    "Available Spare Threshold": "available_spare_threshold",
    "Percentage Used": "percentage_used",
    "Media and Data Integrity Errors": "media_errors",
    "Error Information Log Entries": "error_log_entries",
    "Unsafe Shutdowns": "unsafe_shutdowns",
    "Data Units Read": "data_units_read",
    "Data Units Written": "data_units_written",
}


class Fields:
    """One report's text, asked by the names that smartctl gives its lines; of a name that repeats the first counts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._values: dict[str, str] = {}
        serials: dict[str, None] = {}
        for line in _LINE.finditer(text):
            name = line["name"]
            self._values.setdefault(name, trimmed(line["value"]))
            if name.lower() == "serial number":
                serials[trimmed(line["value"])] = None
        self.serials = list(serials)

    def said(self, *names: str) -> str:
        """The first of the lines `names` that says anything."""
        return next((value for name in names if (value := self._values.get(name, ""))), "")

    def number(self, *names: str) -> int | None:
        """The whole number with which the first of the lines `names` begins, thousands and all."""
        found = _GROUPED.match(self.said(*names))
        return int(re.sub(r"\D", "", found[0])[:30]) if found else None

    @property
    def device_type(self) -> str:
        """What kind of device a SCSI device calls itself."""
        return self.said("Device type")

    @property
    def transport(self) -> str:
        """By what a SCSI device is reached, as one word."""
        return (self.said("Transport protocol").split() or [""])[0]

    @property
    def names_a_drive(self) -> bool:
        """Whether the text says which drive it speaks of."""
        return bool(self.said("Serial Number", "Serial number", "Device Model", "Model Number", "Product"))

    def disk(self, device: str, device_type: str) -> tuple[Sighting, Condition]:
        """The drive and its condition."""
        measurements = self._measurements(device, device_type)
        condition = self._condition(measurements)
        vendor, product = said(self.said("Vendor")), said(self.said("Product"))
        firmware = said(self.said("Firmware Version", "Revision"))
        disk = Sighting(
            type=ComponentType.DISK,
            vendor=vendor,
            model=said(self.said("Device Model", "Model Number")) or product,
            serial=self.said("Serial Number", "Serial number"),
            firmware=firmware,
            firmware_kind="drive" if firmware else "",
            health=condition.health,
            manufactured_on=self._manufactured_on(),
            identifiers=self._identifiers(),
            measurements=measurements,
        )
        return disk, condition

    def _identifiers(self) -> tuple[tuple[str, str], ...]:
        names = [drive_name(self.said("LU WWN Device Id", "Logical Unit id"))]
        names += [extended_unique_id(found["name"]) for found in _NAMESPACE_NAME.finditer(self._text)]
        return tuple(dict.fromkeys(name for name in names if name))

    def _manufactured_on(self) -> str:
        if not (made := _MADE.search(self._text)):
            return ""
        try:
            return date.fromisocalendar(int(made[2]), int(made[1]), 1).isoformat()
        except (ValueError, OverflowError):  # week 0 of a drive that does not know
            return ""

    def _condition(self, measurements: Mapping[str, object]) -> Condition:
        verdict = self.said("SMART overall-health self-assessment test result")
        scsi = self.said("SMART Health Status")
        passed = {"PASSED": True, "FAILED!": False}.get(verdict)
        if scsi:
            passed = scsi.startswith("OK")
        sense = _SENSE.search(scsi)
        return Condition(
            passed=passed,
            warning=self._warning(),
            sense=int(sense[1][:4], 16) if sense else None,
            suspect=is_suspect(measurements),
        )

    def _warning(self) -> int | None:
        """An NVMe drive's critical warning: its own line, or else (``-H`` alone) the reasons under the verdict."""
        printed = self.said("Critical Warning")
        if re.fullmatch(r"0x[0-9a-f]{1,4}", printed):
            return int(printed, 16)
        reasons = [bit for bit, words in enumerate(NVME_WARNINGS) if f"\n- {words}" in self._text]
        return sum(1 << bit for bit in reasons) or None

    @cached_property
    def _attributes(self) -> dict[int, str]:
        return {int(row["number"]): row["raw"] for row in _ATTRIBUTE.finditer(self._text)}

    def _attribute(self, *numbers: int) -> int | float | None:
        return next((first_number(self._attributes[number]) for number in numbers if number in self._attributes), None)

    def _measurements(self, device: str, device_type: str) -> dict[str, object]:
        uncorrected = {
            f"{row['action']}_uncorrected_errors": int(row["uncorrected"][:30]) for row in _ERRORS.finditer(self._text)
        }
        below = [
            int(row["number"]) for row in _ATTRIBUTE.finditer(self._text) if row["failed"] in {"NOW", "FAILING_NOW"}
        ]
        powered = _POWERED.search(self._text)
        hours = self._attribute(POWER_ON_HOURS) if POWER_ON_HOURS in self._attributes else self.number("Power On Hours")
        warning = self._warning()
        return measured(
            device=device,
            device_type=device_type,
            protocol=self._protocol(),
            capacity_bytes=self.number("User Capacity", "Total NVM Capacity", "Namespace 1 Size/Capacity") or None,
            rotation_rate=0 if self.said("Rotation Rate") == "Solid State Device" else self.number("Rotation Rate"),
            power_on_hours=int(powered[1][:30]) if powered and hours is None else hours,
            power_cycles=self._attribute(POWER_CYCLES) if self._attributes else self.number("Power Cycles"),
            temperature=self._temperature(),
            grown_defects=self.number("Elements in grown defect list"),
            ata_error_count=self._error_count(),
            failing_attributes=failing_attributes(below),
            critical_warning=warning if self.said("Critical Warning") else None,
            **uncorrected,
            **{key: self._attribute(number) for number, key in ATA_COUNTERS.items()},
            **{key: self.number(name) for name, key in _NVME_COUNTERS.items()},
        )

    def _protocol(self) -> str:
        kinds = {"Device Model": "ATA", "Model Number": "NVMe", "Product": "SCSI"}
        return next((protocol for name, protocol in kinds.items() if self.said(name)), "")

    def _temperature(self) -> int | float | None:
        return self._attribute(*TEMPERATURES) or self.number(
            "Temperature", "Current Drive Temperature", "Current Temperature"
        )

    def _error_count(self) -> int | None:
        counted = self.number("ATA Error Count", "Device Error Count")
        return 0 if counted is None and "\nNo Errors Logged" in self._text else counted
