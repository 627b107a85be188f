"""HPE's own schemas, from before the standard had storage and devices: a drive may be in these alone."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ingest.parsers.redfish.failing import Fault
from ingest.parsers.redfish.parts import Part, part, see
from ingest.parsers.redfish.resource import Resource
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType, Severity

DRIVES: Final = ("HpeSmartStorageDiskDrive", "HpSmartStorageDiskDrive")
CONTROLLERS: Final = ("HpeSmartStorageArrayController", "HpSmartStorageArrayController")
DEVICES: Final = ("HpeServerDevice", "HpServerDevice")

_A_PEBIBYTE: Final = 1024**3  # in MiB
# Backplanes and what is unknown are left out: they bear no serial number.
_TYPES: Final = {
    "smart storage battery": ComponentType.BATTERY,
    "smart storage": ComponentType.HBA,
    "lom/nic": ComponentType.NIC,
    "nic": ComponentType.NIC,
    "gpu": ComponentType.GPU,
}
_FAILED: Final = frozenset({"Failed", "FailedDueToUncorrectableReadErrors", "UnrecoverableReadErrors", "WriteErrors"})
_FORETOLD: Final = frozenset({"PredictiveFail", "PredictiveFailure", "SSDWearOut"})


def disk_drive(resource: Resource) -> Iterator[Part]:
    size = resource.number("CapacityMiB") or 0
    sighting = see(
        resource,
        ComponentType.DISK,
        slot=resource.word("Location"),
        firmware=_firmware(resource),
        measurements={
            "capacity_bytes": int(size) * 1024 * 1024 if 0 < size < _A_PEBIBYTE else None,
            "power_on_hours": resource.number("PowerOnHours"),
            "percentage_used": resource.number("SSDEnduranceUtilizationPercentage"),
            "media_type": resource.word("MediaType"),
            "protocol": resource.word("InterfaceType"),
        },
    )
    found = part(resource, sighting, alone=bool(clean_serial(sighting.serial)))
    yield replace(found, fault=_drive_fault(resource) or found.fault)


def array_controller(resource: Resource) -> Iterator[Part]:
    sighting = see(resource, ComponentType.HBA, slot=resource.word("Location"), firmware=_firmware(resource))
    sighting = replace(sighting, part_number=sighting.part_number or resource.word("ControllerPartNumber"))
    yield part(resource, sighting, alone=bool(clean_serial(sighting.serial)))


def device(resource: Resource) -> Iterator[Part]:
    """A card or battery of the list of devices; what it says of itself comes after all other views."""
    kind = _TYPES.get(resource.text("DeviceType").lower())
    if kind is None:
        return
    sighting = see(
        resource,
        kind,
        slot=resource.word("Location"),
        model=resource.word("Name"),
        firmware=_firmware(resource),
    )
    yield part(resource, sighting, alone=bool(clean_serial(sighting.serial)))


def _firmware(resource: Resource) -> str:
    return resource.word("FirmwareVersion", "Current", "VersionString")


def _drive_fault(resource: Resource) -> Fault | None:
    reasons = set(resource.texts("DiskDriveStatusReasons"))
    if reasons & _FAILED:
        return Fault(ComponentType.DISK, "drive_failed", Severity.FATAL)
    if reasons & _FORETOLD:
        return Fault(ComponentType.DISK, "predicted_failure", Severity.CRITICAL)
    return None
