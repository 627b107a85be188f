"""Which entries of a controller's logs tell that a part failed: few of the many that call themselves critical."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ingest.parsers.redfish.failing import Fault
from ingest.parsers.xids import is_hardware_xid, xid_severity
from registry.domain.vocabulary import ComponentType, Severity

_DRIVE_FAILED: Final = Fault(ComponentType.DISK, "drive_failed", Severity.FATAL)
_DRIVE_FORETOLD: Final = Fault(ComponentType.DISK, "predicted_failure", Severity.CRITICAL)
_SUPPLY_FAILED: Final = Fault(ComponentType.PSU, "psu_failure", Severity.FATAL)
_SUPPLY_FORETOLD: Final = Fault(ComponentType.PSU, "predicted_failure", Severity.CRITICAL)
_FAN_FAILED: Final = Fault(ComponentType.FAN, "fan_failure", Severity.FATAL)
_BATTERY_FAILED: Final = Fault(ComponentType.BATTERY, "battery_failure", Severity.FATAL)
_CONTROLLER_FAILED: Final = Fault(ComponentType.HBA, "controller_failure", Severity.FATAL)
_MEMORY_ERROR: Final = Fault(ComponentType.MEMORY, "uncorrectable_ecc", Severity.CRITICAL)
_MACHINE_CHECK: Final = Fault(ComponentType.CPU, "machine_check", Severity.CRITICAL)

# By the last word of the MessageId, which bears the version of its registry before it.
_BY_MESSAGE: Final = {
    # Dell
    "PDR1001": _DRIVE_FAILED,  # fault detected on drive
    "PDR16": _DRIVE_FORETOLD,
    "PSU0001": _SUPPLY_FAILED,
    "PSU0002": _SUPPLY_FORETOLD,
    "MEM0001": _MEMORY_ERROR,  # multi-bit errors
    "CPU0000": _MACHINE_CHECK,  # internal error
    "CPU0704": _MACHINE_CHECK,
    "FAN0001": _FAN_FAILED,  # below the lower critical threshold
    # The standard's registries StorageDevice, Power and Environmental
    "DriveFailure": _DRIVE_FAILED,
    "DrivePredictiveFailure": _DRIVE_FORETOLD,
    "ControllerFailure": _CONTROLLER_FAILED,
    "BatteryFailure": _BATTERY_FAILED,
    "PowerSupplyFailed": _SUPPLY_FAILED,
    "PowerSupplyPredictiveFailure": _SUPPLY_FORETOLD,
    "FanFailed": _FAN_FAILED,
    # OpenBMC
    "MemoryECCUncorrectable": _MEMORY_ERROR,
    "CPUError": _MACHINE_CHECK,
    "PowerSupplyFailurePredicted": _SUPPLY_FORETOLD,
}
# Copies of the IPMI event log, by type of sensor and by what is said of it.
_BY_SENSOR: Final = (
    ("memory", re.compile(r"\buncorrectable (?:ecc|memory|other)|\buncorrectable error", re.IGNORECASE), _MEMORY_ERROR),
    ("power supply", re.compile(r"power supply fail|\bfailure detected", re.IGNORECASE), _SUPPLY_FAILED),
    ("power supply", re.compile(r"\bpredictive failure", re.IGNORECASE), _SUPPLY_FORETOLD),
    ("drive slot", re.compile(r"\bdrive fault", re.IGNORECASE), _DRIVE_FAILED),
    ("drive slot", re.compile(r"\bpredictive failure", re.IGNORECASE), _DRIVE_FORETOLD),
    ("processor", re.compile(r"\bierr\b|\bmachine check\b", re.IGNORECASE), _MACHINE_CHECK),
    ("battery", re.compile(r"\bbattery failed", re.IGNORECASE), _BATTERY_FAILED),
)
# HPE's Integrated Management Log has no MessageId.
_BY_TEXT_OF_HPE: Final = (
    (re.compile(r"^Uncorrectable Memory Error", re.IGNORECASE), _MEMORY_ERROR),
    (re.compile(r"^Uncorrectable Machine Check", re.IGNORECASE), _MACHINE_CHECK),
    (re.compile(r"^(?:System )?Power Supply\b(?!.*\bInput\b).*\bFail(?:ed|ure)\b", re.IGNORECASE), _SUPPLY_FAILED),
    (re.compile(r"(?:Storage Enclosure|Drive Array) Device Failure", re.IGNORECASE), _DRIVE_FAILED),
    (re.compile(r"Drive detects imminent failure", re.IGNORECASE), _DRIVE_FORETOLD),
)
_XID: Final = re.compile(r"(?<![A-Za-z])XID\s+(\d{1,4})\b")
_SXID: Final = re.compile(r"\bSXID\s+(\d{1,6})\s+Fatal\b", re.IGNORECASE)
_POWER_CUT: Final = re.compile(r"\binput lost|\bAC lost|\binput power loss", re.IGNORECASE)
_ENDED: Final = frozenset({"deassert", "deasserted"})
_KEPT: Final = (
    "@odata.id", "@odata.type", "Created", "EntryCode", "Links", "Message", "MessageArgs", "MessageId",
    "OemRecordFormat", "SensorType", "Severity",
)  # fmt: skip


def trim_entry(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is kept of an entry that tells of a failure, or of lost power, which explains some; None of all others."""
    if fault_in(entry) is None and not is_power_cut(entry):
        return None
    sensor = _text(entry, "Oem", "Supermicro", "RawEventData", "SensorName")
    kept = {name: entry[name] for name in _KEPT if name in entry}
    return {**kept, "SensorName": sensor} if sensor else kept


def fault_in(entry: Mapping[str, Any]) -> Fault | None:
    """The part's fault that `entry` tells, or None."""
    if _text(entry, "Severity") == "OK" or _text(entry, "EntryCode").lower() in _ENDED:
        return None
    message, code = _text(entry, "Message"), _text(entry, "MessageId").rpartition(".")[2]
    if _XID.search(message) or _SXID.search(message):
        return _of_nvidia(message)
    return _BY_MESSAGE.get(code) or _of_sensor(entry) or _of_hpe(entry)


def _of_nvidia(message: str) -> Fault | None:
    if found := _XID.search(message):
        number = int(found[1])
        return Fault(ComponentType.GPU, f"xid_{number}", xid_severity(number)) if is_hardware_xid(number) else None
    found = _SXID.search(message)
    return Fault(ComponentType.OTHER, f"sxid_{int(found[1])}", Severity.CRITICAL) if found else None


def _of_sensor(entry: Mapping[str, Any]) -> Fault | None:
    sensor = _text(entry, "SensorType").lower()
    said = f"{_text(entry, 'EntryCode')} {_text(entry, 'Message')}"
    return next((fault for kind, words, fault in _BY_SENSOR if sensor.startswith(kind) and words.search(said)), None)


def _of_hpe(entry: Mapping[str, Any]) -> Fault | None:
    if not _text(entry, "OemRecordFormat").startswith(("Hpe-IML", "Hp-IML")):
        return None
    message = _text(entry, "Message")
    return next((fault for words, fault in _BY_TEXT_OF_HPE if words.search(message)), None)


def is_power_cut(entry: Mapping[str, Any]) -> bool:
    """Whether a power supply lost its input: all that it reports at that moment follows from it."""
    return _text(entry, "SensorType").lower().startswith("power supply") and bool(
        _POWER_CUT.search(f"{_text(entry, 'EntryCode')} {_text(entry, 'Message')}")
    )


def _text(entry: Mapping[str, Any], *path: str) -> str:
    value: Any = entry
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
