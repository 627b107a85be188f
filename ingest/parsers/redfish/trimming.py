"""What of a resource is kept until the whole tree is there: a tree has thousands of files and megabytes of logs."""

from collections.abc import Mapping
from typing import Any

from ingest.parsers.redfish.resource import kind_of

_KINDS = frozenset(
    {
        "ServiceRoot", "ComputerSystem", "Chassis", "Manager", "Memory", "Processor", "Storage", "StorageController",
        "Drive", "NetworkAdapter", "NetworkDeviceFunction", "NetworkPort", "Port", "PCIeDevice", "PCIeFunction",
        "Power", "PowerSubsystem", "PowerSupply", "Thermal", "ThermalSubsystem", "Fan", "SoftwareInventory",
    }
)  # fmt: skip
_KEPT_KINDS = _KINDS | {f"{kind}Collection" for kind in _KINDS}

_KEPT = frozenset(
    {
        "@odata.id", "@odata.type", "AssociatedNetworkAddresses", "BiosVersion", "CapacityBytes", "CapacityMiB",
        "Chassis", "ChassisType", "ClassCode", "Controllers", "DateTime", "DateTimeLocalOffset", "Description",
        "DeviceClass", "DeviceLocator", "Drives", "Drives@odata.count", "Ethernet", "FailurePredicted", "Fans",
        "FirmwarePackageVersion", "FirmwareVersion", "HostName", "Id", "Identifiers", "Links", "Location",
        "Manufacturer", "ManufacturingDate", "MaxSpeedMHz", "MediaType", "MemberId", "Members", "Members@odata.count",
        "Members@odata.nextLink", "Memory", "MemoryDeviceType", "Model", "Name", "NetworkAdapters",
        "OperatingSpeedMhz", "PCIeDevices", "PCIeFunctions", "PartNumber", "PhysicalLocation", "Power",
        "PowerCapacityWatts", "PowerSubsystem", "PowerSupplies", "PredictedMediaLifeLeftPercent", "ProcessorType",
        "Processors", "ProductionDate", "Protocol", "RelatedItem", "Revision", "SKU", "SerialNumber", "Slot", "Socket",
        "SparePartNumber", "Status", "Storage", "StorageControllers", "SystemType", "Thermal", "ThermalSubsystem",
        "TotalCores", "TotalThreads", "UUID", "Version",
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
}


def trim(value: Any) -> Any:
    """`value` with what the parser may ask for; of other kinds (logs, sensors) only the address is left."""
    if isinstance(value, list):
        return [trim(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    kind = kind_of(value)
    if kind and "@odata.id" in value:
        if kind not in _KEPT_KINDS:
            return {"@odata.id": value["@odata.id"], "@odata.type": value["@odata.type"]}
        kept = {name: trim(entry) for name, entry in value.items() if name in _KEPT}
    else:
        kept = {name: trim(entry) for name, entry in value.items() if name != "Oem"}
    oem = value.get("Oem")
    own = _own_names(oem) if isinstance(oem, dict) else {}
    return kept | {"Oem": own} if own else kept


def _own_names(oem: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: next(filter(None, (_reach(oem, path) for path in paths)), None) for name, paths in _OEM.items()}
    return {name: value for name, value in found.items() if value is not None}


def _reach(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
