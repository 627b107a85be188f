"""What a drive's own words on its condition mean, whichever tool printed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ingest.domain.report import PartName, Signal
from registry.domain.vocabulary import Health, Severity

# ATA attributes whose raw value starts with a plain counter with every maker; others (1, 7, 188) pack several numbers.
ATA_COUNTERS: Final = {
    5: "reallocated_sectors",
    187: "reported_uncorrectable",
    197: "pending_sectors",
    198: "offline_uncorrectable",
    199: "interface_crc_errors",
}
POWER_ON_HOURS, POWER_CYCLES = 9, 12
TEMPERATURES: Final = (194, 190)

# The bits of an NVMe drive's critical warning from the lowest up, in smartctl's words.
NVME_WARNINGS: Final = (
    "available spare has fallen below threshold",
    "temperature is above or below threshold",
    "NVM subsystem reliability has been degraded",
    "media has been placed in read only mode",
    "volatile memory backup device has failed",
    "persistent memory region has become read-only or unreliable",
)
_TOO_HOT: Final = 0b10
_SENSE_WARNING: Final = 0x0B  # what SCSI calls a warning (a temperature, a failed background scan), not a prediction

# Counters that say, when they are not zero, that data was lost or cannot be read.
_LOSSES: Final = (
    "reported_uncorrectable",
    "pending_sectors",
    "offline_uncorrectable",
    "media_errors",
    "read_uncorrected_errors",
    "write_uncorrected_errors",
    "verify_uncorrected_errors",
)
_WORN_OUT: Final = 100  # percent of the endurance that an NVMe drive's maker promises


@dataclass(frozen=True, slots=True)
class Condition:
    """What a drive said of itself.

    `passed`: SMART's verdict, None where there was none. `warning`: an NVMe drive's critical warning, None with other
    drives. `sense`: the additional sense code by which a SCSI drive explains why it did not pass.
    `suspect`: its counters show trouble, whatever the verdict is.
    """

    passed: bool | None = None
    warning: int | None = None
    sense: int | None = None
    suspect: bool = False

    @property
    def health(self) -> Health:
        """What all of it comes to. A hot NVMe drive does not pass SMART either, and yet has not failed."""
        if self._failing:
            return Health.FAILED if self.passed is False else Health.CRITICAL
        if self.warning:
            return Health.CRITICAL
        if self.passed is False or self.suspect:
            return Health.WARNING
        return Health.OK if self.passed else Health.UNKNOWN

    def signals(self, part: PartName) -> tuple[Signal, ...]:
        """The failure that it tells, at the drive named by `part`; none for counters alone or a temperature."""
        if not self._failing:
            return ()
        if self.warning:
            mode, code = "nvme_critical_warning", f"0x{self.warning:02x}"
            message = "; ".join(_words(self.warning))
        else:
            mode, code, message = "smart_failed", "", "the drive's SMART self-assessment failed"
        return (Signal(part, "state", mode, Severity.CRITICAL, message=message, code=code),)

    @property
    def _failing(self) -> bool:
        if self.warning:
            return self.warning != _TOO_HOT
        return self.passed is False and self.sense != _SENSE_WARNING


def _words(warning: int) -> list[str]:
    named = [word for bit, word in enumerate(NVME_WARNINGS) if warning >> bit & 1]
    return named or ["a warning without a name"]


def is_suspect(measurements: Mapping[str, Any]) -> bool:
    """Whether a drive's counters show lost data, an attribute at its threshold, or an endurance that is used up."""
    lost = any(_is_above(measurements.get(name), 0) for name in _LOSSES)
    worn = _is_above(measurements.get("percentage_used"), _WORN_OUT - 1)
    return lost or worn or bool(measurements.get("failing_attributes"))


def _is_above(value: object, limit: int) -> bool:
    return isinstance(value, (int, float)) and value > limit


def failing_attributes(numbers: list[int]) -> str:
    """The ATA attributes that are below their thresholds as one text, without those that only tell a temperature."""
    return " ".join(str(number) for number in sorted(set(numbers) - set(TEMPERATURES)))
