"""A controller, its drives and its battery as storcli's tables describe them."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ingest.domain.identifiers import drive_name
from ingest.domain.report import PartName, Sighting, Signal
from ingest.parsers.fields import first_number, measured, said
from ingest.parsers.json_text import nodes_at, number_at, text_at
from ingest.parsers.storcli_answers import Table, asked, made_on, slot_in
from registry.domain.vocabulary import ComponentType, Health, Severity

_THROWN_OUT: Final = frozenset({"UBAD", "UBUNSP", "OFFLN", "FAILED", "FAIL"})
_MISSING: Final = frozenset({"MSNG", "MISSING"})
_WELL: Final = frozenset({"OPTIMAL", "OPTL", "OPT", "OK"})
_FAILED: Final = frozenset({"FAILED", "FAIL", "FAULT", "DEAD"})
_NO_VENDOR: Final = frozenset({"ATA", "NVME"})
_PCI: Final = re.compile(r"([0-9a-f]{2,4}):([0-9a-f]{2}):([0-9a-f]{2}):0?([0-7])", re.IGNORECASE)
_SECTORS: Final = re.compile(r"\[0x([0-9a-f]{1,15}) Sectors\]")
_SECTOR_SIZES: Final = {"512B": 512, "512 B": 512, "4KB": 4096, "4 KB": 4096}
_BATTERIES: Final = ("BBU_Info", "Cachevault_Info")

Seen = tuple[Sighting, tuple[Signal, ...]]

# The drive


def drive(slot: str, row: Table, attributes: Table, counters: Table) -> Seen | None:
    """The drive with its signals; None where it shows neither serial number nor world-wide name."""
    serial, name = text_at(attributes, "SN"), drive_name(text_at(attributes, "WWN"))
    if not (said(serial) or name):
        return None
    vendor, firmware = said(text_at(attributes, "Manufacturer Id")), said(text_at(attributes, "Firmware Revision"))
    state = text_at(row, "State")
    found = Sighting(
        type=ComponentType.DISK,
        vendor="" if vendor.upper() in _NO_VENDOR else vendor,
        model=said(text_at(attributes, "Model Number")) or said(text_at(row, "Model")),
        serial=serial,
        slot=slot,
        slot_kind="enclosure" if slot else "",
        firmware=firmware,
        firmware_kind="drive" if firmware else "",
        health=_drive_health(state, counters),
        identifiers=(name,) if name else (),
        measurements=measured(
            drive_state=state,
            capacity_bytes=_capacity(attributes),
            temperature=first_number(text_at(counters, "Drive Temperature")),
            media_errors=number_at(counters, "Media Error Count"),
            other_errors=number_at(counters, "Other Error Count"),
            predicted_failures=number_at(counters, "Predictive Failure Count"),
        ),
    )
    return found, tuple(drive_signals(found.part_name, state, counters))


def drive_signals(part: PartName, state: str, counters: Table) -> Iterator[Signal]:
    """What the controller says of a drive that it has thrown out or misses; else whether its failure is foretold."""
    if state.upper() in _THROWN_OUT:
        yield Signal(part, "state", "drive_failed", Severity.FATAL, message=f"drive state {state}", code=state)
    elif state.upper() in _MISSING:
        yield Signal(part, "state", "drive_missing", Severity.FATAL, message=f"drive state {state}", code=state)
    elif _is_predicted(counters):
        yield Signal(part, "state", "predicted_failure", Severity.CRITICAL, message="the controller foretells it")


def _is_predicted(counters: Table) -> bool:
    alert = text_at(counters, "S.M.A.R.T alert flagged by drive")
    return (number_at(counters, "Predictive Failure Count") or 0) > 0 or alert.upper() == "YES"


def _drive_health(state: str, counters: Table) -> Health:
    if state.upper() in _THROWN_OUT | _MISSING:
        return Health.FAILED
    if _is_predicted(counters):
        return Health.CRITICAL
    if (number_at(counters, "Media Error Count") or 0) > 0:
        return Health.WARNING
    return Health.OK if state else Health.UNKNOWN


def _capacity(attributes: Table) -> int | None:
    sectors = _SECTORS.search(text_at(attributes, "Raw size"))
    size = _SECTOR_SIZES.get(text_at(attributes, "Logical Sector Size").upper())
    return int(sectors[1], 16) * size if sectors and size else None


def missing_from_arrays(data: Table) -> Iterator[Signal]:
    """The drives that an array misses. They are nowhere, so only their place in the array can be told."""
    for row in nodes_at(data, "TOPOLOGY"):
        if text_at(row, "State").upper() in _MISSING:
            slot = slot_in(text_at(row, "EID:Slot"))
            part = PartName(ComponentType.DISK, slot=slot, slot_kind="enclosure" if slot else "")
            place = f"drive group {row.get('DG')}, array {row.get('Arr')}, row {row.get('Row')}"
            yield Signal(
                part, "state", "drive_missing", Severity.FATAL, message=f"{place}: {row['State']}", code="Msng"
            )


# The controller


def controller(data: Table) -> Seen | None:
    """The controller with its signals; None where the answer does not name it."""
    serial = asked(data, ("Basics", "Serial Number"), ("Serial Number",))
    name = drive_name(asked(data, ("Basics", "SAS Address"), ("SAS Address",)))
    if not (said(serial) or name):
        return None
    status = text_at(data, "Status", "Controller Status")
    firmware = said(asked(data, ("Version", "Firmware Version"), ("FW Version",)))
    slot = controller_slot(data)
    volumes = nodes_at(data, "VD LIST")
    found = Sighting(
        type=ComponentType.HBA,
        model=said(asked(data, ("Basics", "Model"), ("Product Name",))),
        serial=serial,
        slot=slot,
        slot_kind="pci" if slot else "",
        firmware=firmware,
        firmware_kind="controller" if firmware else "",
        health=_controller_health(status, volumes),
        manufactured_on=made_on(asked(data, ("Basics", "Mfg Date"), ("Mfg. Date",))),
        identifiers=(name,) if name else (),
        measurements=measured(
            controller_status=status,
            driver=asked(data, ("Version", "Driver Name"), ("Driver Name",)),
            firmware_package=said(asked(data, ("Version", "Firmware Package Build"), ("FW Package Build",))),
            memory_correctable_errors=number_at(data, "Status", "Memory Correctable Errors"),
            memory_uncorrectable_errors=number_at(data, "Status", "Memory Uncorrectable Errors"),
            physical_drives=number_at(data, "Physical Drives"),
            virtual_drives=number_at(data, "Virtual Drives"),
            virtual_drives_not_optimal=sum(not _is_well(row) for row in volumes) if volumes else None,
        ),
    )
    return found, tuple(_controller_signals(found.part_name, status, data))


def controller_slot(data: Table) -> str:
    """The controller's PCI address, which is printed as ``domain:bus:device:function``."""
    found = _PCI.fullmatch(asked(data, ("Basics", "PCI Address"), ("PCI Address",)))
    return f"{int(found[1], 16):04x}:{found[2]}:{found[3]}.{found[4]}".lower() if found else ""


def _is_well(row: Table) -> bool:
    return text_at(row, "State").upper() in _WELL


def _controller_health(status: str, volumes: list[dict[str, object]]) -> Health:
    if status.upper() in _FAILED:
        return Health.FAILED
    if (status and status.upper() not in _WELL) or not all(_is_well(row) for row in volumes):
        return Health.WARNING
    return Health.OK if status else Health.UNKNOWN


def _controller_signals(part: PartName, status: str, data: Table) -> Iterator[Signal]:
    if status.upper() in _FAILED:
        yield Signal(part, "state", "controller_failure", Severity.FATAL, message=f"controller status {status}")
    lost = number_at(data, "Status", "Memory Uncorrectable Errors") or 0
    if lost > 0:
        message = "uncorrectable errors in the controller's memory"
        yield Signal(part, "state", "uncorrectable_ecc", Severity.CRITICAL, message=message)


# The battery


def batteries(data: Table, slot: str) -> Iterator[Seen]:
    """The batteries that keep a controller's cache, at the controller's own `slot`."""
    for table in _BATTERIES:
        for row in _battery_rows(data, table):
            state = said(text_at(row, "State"))
            serial = said(text_at(row, "Serial Number"))
            if not (slot or serial) or not (state or said(text_at(row, "Model"))):
                continue
            failed = state.upper() in _FAILED or "REPLACE" in state.upper()
            healthy = Health.OK if state.upper() in _WELL else Health.WARNING if state else Health.UNKNOWN
            found = Sighting(
                type=ComponentType.BATTERY,
                model=said(text_at(row, "Model")) or said(text_at(row, "Type")),
                serial=serial,
                slot=slot,
                slot_kind="pci" if slot else "",
                health=Health.FAILED if failed else healthy,
                manufactured_on=made_on(text_at(row, "MfgDate")),
                measurements=measured(battery_state=state, temperature=first_number(text_at(row, "Temp"))),
            )
            failure = Signal(
                found.part_name, "state", "battery_failure", Severity.FATAL, message=f"battery state {state}"
            )
            yield found, (failure,) if failed else ()


def _battery_rows(data: Table, table: str) -> Iterator[Mapping[str, object]]:
    """The rows of `table`; where it has a property a row (``/cx/cv show all``), they are one battery's."""
    rows = nodes_at(data, table)
    if rows and all("Property" in row for row in rows):
        yield {text_at(row, "Property"): row.get("Value") for row in (*rows, *nodes_at(data, "Design_Info"))}
    else:
        yield from rows
