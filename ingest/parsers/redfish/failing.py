"""Whether a part itself says that it fails; what stands around it only repeats that."""

from dataclasses import dataclass
from typing import Final

from ingest.parsers.redfish.resource import Resource
from registry.domain.vocabulary import ComponentType, Severity

# A critical part that the controller has put out of use is one that does not work.
_OUT_OF_USE: Final = frozenset({"unavailableoffline", "disabled"})
_FAILED: Final = {
    ComponentType.DISK: "drive_failed",
    ComponentType.PSU: "psu_failure",
    ComponentType.FAN: "fan_failure",
    ComponentType.BATTERY: "battery_failure",
    ComponentType.HBA: "controller_failure",
}
_NO_INPUT: Final = frozenset({"lossofinput", "outofrange"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What failed: the kind of part, and the mode and severity of a signal."""

    kind: ComponentType
    mode: str
    severity: Severity


def fault_of(resource: Resource, kind: ComponentType) -> Fault | None:
    """The fault that `resource` tells of itself, or None."""
    critical = resource.text("Status", "Health").lower() == "critical"
    state = resource.text("Status", "State").lower()
    indicator = resource.text("StatusIndicator").lower()
    if kind in _FAILED and ((critical and state in _OUT_OF_USE) or indicator == "fail"):
        return None if _has_no_input(resource) else Fault(kind, _FAILED[kind], Severity.FATAL)
    if resource.flag("FailurePredicted") or indicator == "predictivefailureanalysis":
        return Fault(kind, "predicted_failure", Severity.CRITICAL)
    if critical and not _has_no_input(resource):
        return Fault(kind, "health_critical", Severity.CRITICAL)
    return None


def _has_no_input(supply: Resource) -> bool:
    """Whether it is the power before a supply that failed, and not the supply."""
    return supply.text("LineInputStatus").lower() in _NO_INPUT
