"""What of a resource is kept until the whole tree is there: a tree has thousands of files and megabytes of logs."""

from collections.abc import Mapping
from typing import Any

from ingest.parsers.redfish.log_entries import trim_entry
from ingest.parsers.redfish.resource import kind_of

_KINDS = frozenset(
    {
        "ServiceRoot", "ComputerSystem", "Chassis", "Manager", "Memory", "Processor", "Storage", "StorageController",
        "Drive", "NetworkAdapter", "NetworkDeviceFunction", "NetworkPort", "Port", "PCIeDevice", "PCIeFunction",
        "Power", "PowerSubsystem", "PowerSupply", "Thermal", "ThermalSubsystem", "Fan", "SoftwareInventory",
        # HPE's own, from before the standard had them; iLO 4 writes Hp
        "HpeSmartStorage", "HpeSmartStorageArrayController", "HpeSmartStorageDiskDrive", "HpeServerDevice",
        "HpSmartStorage", "HpSmartStorageArrayController", "HpSmartStorageDiskDrive", "HpServerDevice",
    }
)  # fmt: skip
_KEPT_KINDS = _KINDS | {f"{kind}Collection" for kind in _KINDS}

_KEPT = frozenset(
    {
        "@odata.id", "@odata.type", "AssociatedNetworkAddresses", "BiosVersion", "CapacityBytes", "CapacityMiB",
        "Chassis", "ChassisType", "ClassCode", "ControllerPartNumber", "Controllers", "DateTime",
        "DateTimeLocalOffset", "Description", "DeviceClass", "DeviceLocator", "DeviceType", "DiskDriveStatusReasons",
        "Drives", "Drives@odata.count", "Ethernet", "FailurePredicted", "Fans", "FirmwarePackageVersion",
        "FirmwareVersion", "HostName", "Id", "Identifiers", "InterfaceType", "LineInputStatus", "Links", "Location",
        "LocationFormat", "Manufacturer", "ManufacturingDate", "MaxSpeedMHz", "MediaType", "MemberId", "Members",
        "Members@odata.count", "Members@odata.nextLink", "Memory", "MemoryDeviceType", "Model", "Name",
        "NetworkAdapters", "OperatingSpeedMhz", "PCIeDevices", "PCIeFunctions", "PartNumber", "PhysicalLocation",
        "Power", "PowerCapacityWatts", "PowerOnHours", "PowerSubsystem", "PowerSupplies",
        "PredictedMediaLifeLeftPercent", "ProcessorType", "Processors", "ProductPartNumber", "ProductionDate",
        "Protocol", "RelatedItem", "Revision", "SKU", "SSDEnduranceUtilizationPercentage", "SerialNumber", "Slot",
        "Socket", "SparePartNumber", "Status", "StatusIndicator", "Storage", "StorageControllers", "SystemType",
        "Thermal", "ThermalSubsystem", "TotalCores", "TotalThreads", "UUID", "Version",
    }
)  # fmt: skip

# The few facts that have no place in the standard, under names of our own.
_OEM = {
    "board_serial": (("Hpe", "PCASerialNumber"), ("Hp", "PCASerialNumber"), ("Supermicro", "BoardSerialNumber")),
    "board_part": (("Hpe", "PCAPartNumber"), ("Hp", "PCAPartNumber")),
    "bay": (("Hpe", "BayNumber"), ("Hp", "BayNumber")),
    "node_tag": (("Dell", "DellSystem", "NodeID"),),
    "made_on": (("Dell", "DellMemory", "ManufactureDate"), ("Hpe", "DIMMManufacturingDate")),
    "vendor": (("Supermicro", "GPUVendor"),),
    "smart_storage": (("Hpe", "Links", "SmartStorage"), ("Hp", "links", "SmartStorage")),
    "devices": (("Hpe", "Links", "Devices"), ("Hp", "links", "Devices")),
}


def trim(value: Any) -> Any:
    """`value` with what the parser may ask for; of other kinds, and of logs without failures, the address is left."""
    if isinstance(value, list):
        return [trim(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    kind = kind_of(value)
    if kind and "@odata.id" in value:
        if kind == "LogEntry" and (entry := trim_entry(value)):
            return entry
        if kind == "LogEntryCollection" and isinstance(value.get("Members"), list):
            return {**_address(value), "Members": [trim(entry) for entry in value["Members"]]}
        if kind not in _KEPT_KINDS:
            return _address(value)
        kept = {name: trim(entry) for name, entry in value.items() if name in _KEPT}
    else:
        kept = {name: trim(entry) for name, entry in value.items() if name != "Oem"}
    oem = value.get("Oem")
    own = _own_names(oem) if isinstance(oem, dict) else {}
    return kept | {"Oem": own} if own else kept


def _address(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"@odata.id": value["@odata.id"], "@odata.type": value["@odata.type"]}


def _own_names(oem: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: next(filter(None, (_reach(oem, path) for path in paths)), None) for name, paths in _OEM.items()}
    return {name: value for name, value in found.items() if value is not None}


def _reach(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
