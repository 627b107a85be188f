"""Which entries of a management controller's event log are failures of a part, by the IPMI specification's words."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from registry.domain.vocabulary import ComponentType, Severity

# A state that is gone so soon was no failure: a power cut, a controller that starts, a fan that had to spin up. After
# it somebody has been at the machine: the failure was real, and was repaired.
_PASSING: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `type`: what the sensor watches, `sensor`: its name or number; `detail`: what stands behind the event.

    `moment`: aware, UTC; None where the log has no time, or that of a clock which was never set.
    """

    moment: datetime | None
    type: str
    sensor: str
    event: str
    asserted: bool = True
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What kind of failure an event is. `may_pass`: it is a state, which a later entry may take back."""

    type: ComponentType
    mode: str
    severity: Severity
    may_pass: bool = False


_LOST_DATA: Final = Fault(ComponentType.MEMORY, "uncorrectable_ecc", Severity.CRITICAL)
_MACHINE_CHECK: Final = Fault(ComponentType.CPU, "machine_check", Severity.CRITICAL)
_DEAD_PROCESSOR: Final = Fault(ComponentType.CPU, "cpu_failure", Severity.FATAL)
_DEAD_SUPPLY: Final = Fault(ComponentType.PSU, "psu_failure", Severity.FATAL, may_pass=True)
_WEAK_SUPPLY: Final = Fault(ComponentType.PSU, "predicted_failure", Severity.CRITICAL, may_pass=True)
_DEAD_DRIVE: Final = Fault(ComponentType.DISK, "drive_failed", Severity.FATAL, may_pass=True)
_WEAK_DRIVE: Final = Fault(ComponentType.DISK, "predicted_failure", Severity.CRITICAL, may_pass=True)
_SLOW_FAN: Final = Fault(ComponentType.FAN, "fan_failure", Severity.CRITICAL, may_pass=True)
_STANDING_FAN: Final = Fault(ComponentType.FAN, "fan_failure", Severity.FATAL, may_pass=True)
_WEAK_FAN: Final = Fault(ComponentType.FAN, "predicted_failure", Severity.CRITICAL, may_pass=True)
_DEAD_BATTERY: Final = Fault(ComponentType.BATTERY, "battery_failure", Severity.FATAL, may_pass=True)

# (what the sensor watches, how the event starts, what it is). Whatever is not here is no failure of a part: corrected
# errors, lost redundancy, AC that was cut (the power unit's "Failure detected" is its echo), a chassis that was opened,
# thermal trips, and all of type Critical Interrupt, which names a bus and no part.
_FAULTS: Final = tuple(
    (watched, re.compile(event, re.IGNORECASE), fault)
    for watched, event, fault in (
        ("memory", r"uncorrectable ecc|parity\b|uncorrectable memory error", _LOST_DATA),
        (
            "processor",
            r"ierr\b|uncorrectable machine check|sm ?bios uncorrectable|machine check exception",
            _MACHINE_CHECK,
        ),
        ("processor", r"frb1/bist failure|frb3/processor startup", _DEAD_PROCESSOR),
        ("power supply", r"failure detected|power supply failure", _DEAD_SUPPLY),
        ("power supply", r"predictive failure(?! deasserted)", _WEAK_SUPPLY),
        ("drive slot", r"drive fault|drive failure", _DEAD_DRIVE),
        ("drive slot", r"predictive failure(?! deasserted)", _WEAK_DRIVE),
        ("fan", r"lower non-recoverable going low|transition to (?:non-recoverable|critical from)", _STANDING_FAN),
        ("fan", r"lower critical going low", _SLOW_FAN),
        ("fan", r"predictive failure asserted", _WEAK_FAN),
        ("battery", r"failed\b", _DEAD_BATTERY),
    )
)
_STANDS: Final = re.compile(r"Reading 0(?:\.0+)? <")


def fault_of(entry: Entry) -> Fault | None:
    """What has failed by this entry, or None where it tells of no failure of a part."""
    watched = entry.type.lower()
    for kind, event, fault in _FAULTS:
        if watched.startswith(kind) and event.match(entry.event):
            return _STANDING_FAN if fault is _SLOW_FAN and _STANDS.search(entry.detail) else fault
    return None


def is_passing(entry: Entry, taken_back: Entry | None) -> bool:
    """Whether `taken_back`, the next entry that takes back `entry`, comes so soon that nothing can have failed.

    Where either has no time, the machine was only starting, and the taking back counts.
    """
    if taken_back is None:
        return False
    if entry.moment is None or taken_back.moment is None:
        return True
    return abs(taken_back.moment - entry.moment) <= _PASSING
