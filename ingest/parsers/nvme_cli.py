"""nvme-cli's JSON: ``nvme list``, ``nvme id-ctrl`` and ``nvme smart-log``, which names no drive by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final

from ingest.domain.identifiers import pci_address
from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.drive_health import Condition, is_suspect
from ingest.parsers.fields import first_number, measured, said
from ingest.parsers.json_text import load_json, nodes_at, number_at, text_at
from ingest.parsers.volumes import is_lent, is_volume
from registry.domain.vocabulary import ComponentType

_LIST: Final = re.compile(rb'"Devices"\s*:\s*\[')
_LIST_WORDS: Final = re.compile(rb'"(?:DevicePath|HostNQN|SubsystemNQN|ModelNumber)"\s*:|"Devices"\s*:\s*\[\s*\]\s*\}')
_IDENTITY: Final = (re.compile(rb'"cntlid"\s*:'), re.compile(rb'"aerl"\s*:'))
_HEALTH: Final = (re.compile(rb'"critical_warning"\s*:'), re.compile(rb'"(?:avail_spare|spare_thresh)"\s*:'))

_COUNTERS: Final = {
    "avail_spare": "available_spare",
    "spare_thresh": "available_spare_threshold",
    "percent_used": "percentage_used",
    "media_errors": "media_errors",
    "num_err_log_entries": "error_log_entries",
    "unsafe_shutdowns": "unsafe_shutdowns",
    "data_units_read": "data_units_read",
    "data_units_written": "data_units_written",
    "power_on_hours": "power_on_hours",
    "power_cycles": "power_cycles",
}
_KELVIN: Final = 273
_COMMAND: Final = re.compile(r"smart[-_]?logs?|id[-_]?ctrls?")
_DEVICE: Final = re.compile(r"nvme\d+(?:n\d+)?")


@dataclass(frozen=True, slots=True)
class _Listed:
    """The drives of one ``list``, and the devices of each. `complete`: every controller is among them."""

    drives: tuple[tuple[Sighting, tuple[str, ...]], ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Identified:
    drive: Sighting | None


@dataclass(frozen=True, slots=True)
class _Log:
    measurements: Mapping[str, object]
    condition: Condition


class NvmeCliParser:
    """NVMe drives by serial number. A health log is its drive's whose file bears the same name, but for the command.

    Covers disks by a ``list`` that shows controllers; one that shows namespaces leaves out the drives without any.
    """

    name = "nvme-cli"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is JSON of one of the three commands."""
        return (
            (_LIST.search(head) is not None and _LIST_WORDS.search(head) is not None)
            or all(word.search(head) for word in _IDENTITY)
            or all(word.search(head) for word in _HEALTH)
        )

    def read(self, member: Member) -> object:
        """What the member says; raises `MemberError` when it is none of the three."""
        document = load_json(member.content)
        if not isinstance(document, dict):
            raise MemberError("nvme-cli JSON is not an object")
        if "Devices" in document:
            return _listed(document)
        if "critical_warning" in document:
            return _log(document)
        return _identified(document)

    def assemble(self, members: Sequence[tuple[str, object]], broken: Sequence[str]) -> list[tuple[str, Report]]:
        """A report for each member; a health log that finds no drive gives none but its problem."""
        reports = []
        for path, value in members:
            if isinstance(value, _Log):
                reports.append((path, _of_log(value, _drive_of(path, members))))
            elif isinstance(value, _Identified):
                reports.append((path, Report(sightings=(value.drive,) if value.drive else ())))
            elif isinstance(value, _Listed):
                covered = frozenset({str(ComponentType.DISK)} if value.complete else ())
                reports.append((path, Report(sightings=tuple(drive for drive, _ in value.drives), coverage=covered)))
        return reports


# list


def _listed(document: Mapping[str, Any]) -> _Listed:
    if not isinstance(document["Devices"], list):
        raise MemberError("nvme list without a list of devices")
    drives: dict[str, tuple[Sighting, tuple[str, ...]]] = {}
    unnamed = False
    for row, namespaces in _rows(document):
        serial, model = text_at(row, "SerialNumber"), said(text_at(row, "ModelNumber"))
        unnamed = unnamed or not serial
        if not serial or is_volume(model) or is_lent(text_at(row, "Transport")):
            continue
        known, devices = drives.get(serial.upper(), (None, ()))
        more = tuple(dict.fromkeys((*devices, *_devices(row, namespaces))))
        # One row a namespace, or one a controller of a drive that has two.
        drives[serial.upper()] = (_with_size(known, row) if known else _drive_in(row, namespaces), more)
    by_controller = any(True for _ in _subsystems(document))
    return _Listed(tuple(drives.values()), complete=by_controller and bool(drives) and not unnamed)


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[dict[str, Any]]]]:
    """Each controller with its namespaces, or (before version 2.11) each namespace as a row by itself."""
    for subsystem in _subsystems(document):
        shared = nodes_at(subsystem, "Namespaces")
        for controller in nodes_at(subsystem, "Controllers"):
            yield controller, nodes_at(controller, "Namespaces") or shared
    for row in nodes_at(document, "Devices"):
        if "SerialNumber" in row:
            yield row, []


def _subsystems(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for device in nodes_at(document, "Devices"):
        if "Controllers" in device:
            yield device
        yield from nodes_at(device, "Subsystems")


def _devices(row: Mapping[str, Any], namespaces: Sequence[Mapping[str, Any]]) -> list[str]:
    names = [text_at(row, "DevicePath"), text_at(row, "Controller"), *(text_at(one, "NameSpace") for one in namespaces)]
    return [PurePosixPath(name).name for name in names if name]


def _drive_in(row: Mapping[str, Any], namespaces: Sequence[Mapping[str, Any]]) -> Sighting:
    sizes = [size for one in (row, *namespaces) if (size := number_at(one, "PhysicalSize")) is not None]
    device = next(iter(_devices(row, namespaces)), "")
    slot = pci_address(text_at(row, "Address"))
    firmware = said(text_at(row, "Firmware"))
    return Sighting(
        type=ComponentType.DISK,
        model=said(text_at(row, "ModelNumber")),
        serial=text_at(row, "SerialNumber"),
        slot=slot,
        slot_kind="pci" if slot else "",
        firmware=firmware,
        firmware_kind="drive" if firmware else "",
        measurements=measured(device=f"/dev/{device}" if device else "", capacity_bytes=sum(sizes) or None),
    )


def _with_size(drive: Sighting, row: Mapping[str, Any]) -> Sighting:
    """The drive, larger by the namespace in `row`; another controller of it shows the same namespaces again."""
    size, known = number_at(row, "PhysicalSize"), drive.measurements.get("capacity_bytes")
    if size is None or known is None:
        return drive
    return replace(drive, measurements={**drive.measurements, "capacity_bytes": known + size})


# id-ctrl


def _identified(document: Mapping[str, Any]) -> _Identified:
    serial, model, firmware = (said(text_at(document, key)) for key in ("sn", "mn", "fr"))
    if not (serial or model):
        raise MemberError("nvme id-ctrl without a serial number and a model")
    if is_volume(model):
        return _Identified(None)
    return _Identified(
        Sighting(
            type=ComponentType.DISK,
            model=model,
            serial=text_at(document, "sn"),
            firmware=firmware,
            firmware_kind="drive" if firmware else "",
            measurements=measured(capacity_bytes=_number(document.get("tnvmcap")) or None),
        )
    )


# smart-log


def _log(document: Mapping[str, Any]) -> _Log:
    told = document["critical_warning"]
    warning = _number(told.get("value") if isinstance(told, dict) else told)
    temperature = _number(document.get("temperature"))
    measurements = measured(
        critical_warning=warning,
        temperature=temperature - _KELVIN if temperature is not None and temperature >= _KELVIN else temperature,
        **{name: _number(document.get(key)) for key, name in _COUNTERS.items()},
    )
    # A drive passes SMART when it warns of nothing: this is how smartctl's verdict on NVMe drives comes about.
    passed = warning == 0 if isinstance(warning, int) else None
    return _Log(
        measurements,
        Condition(
            passed=passed, warning=warning if isinstance(warning, int) else None, suspect=is_suspect(measurements)
        ),
    )


def _number(value: object) -> int | float | None:
    """The number that one version prints as a number, another as text, and a third with a fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-f]{1,4}", value.strip()):
        return int(value, 16)
    return first_number(value.replace(",", "")) if isinstance(value, str) else None


def _of_log(log: _Log, drive: Sighting | None) -> Report:
    if drive is None:
        return Report(problems=("names no drive: no id-ctrl of the same name stands beside it, and no list",))
    seen = Sighting(
        type=drive.type,
        model=drive.model,
        serial=drive.serial,
        health=log.condition.health,
        measurements=log.measurements,
    )
    return Report(sightings=(seen,), signals=log.condition.signals(seen.part_name))


def _drive_of(path: str, members: Sequence[tuple[str, object]]) -> Sighting | None:
    """The drive whose health log lies at `path`.

    Its ``id-ctrl`` lies beside it under the same name, or a ``list`` in its folder shows the very device of its name.
    A controller's number and a namespace's tell nothing of each other: ``nvme0n1`` may be a namespace of ``nvme1``.
    """
    beside = [
        value.drive
        for other, value in members
        if isinstance(value, _Identified) and _without_command(other) == _without_command(path)
    ]
    if len(beside) == 1:
        return beside[0] if beside[0] and beside[0].serial else None
    lists = [
        value
        for other, value in members
        if isinstance(value, _Listed) and PurePosixPath(other).parent == PurePosixPath(path).parent
    ]
    devices = _DEVICE.findall(PurePosixPath(path).name.lower())
    if len(lists) != 1 or not devices:
        return None
    shown = [drive for drive, names in lists[0].drives if devices[-1] in names]
    return shown[0] if len(shown) == 1 else None


def _without_command(path: str) -> str:
    return _COMMAND.sub("*", path.lower())
