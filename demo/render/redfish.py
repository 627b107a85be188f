"""A server's Redfish service as a folder of resources, the way a crawler saves it: ``redfish/v1/**/index.json``.

Makers differ in where a thing stands and what its fields hold; what they share is in `tree`, the rest in `Dialect`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from demo.catalogue import CpuModel, DimmModel, DiskModel, PsuModel
from demo.fleet import Fitted, Snapshot, dimm_names
from demo.render.facts import bad_blocks, eui64, gpu_uuid, mac, module_id, printed, wwn_digits

Json: TypeAlias = dict[str, Any]

_HEALTH = {"ok": "OK", "warning": "Warning", "critical": "Critical"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one maker's management controller names its resources."""

    system: str
    chassis: str
    manager: str
    bios_item: str
    bmc_item: str


_DELL = Dialect(
    "System.Embedded.1",
    "System.Embedded.1",
    "iDRAC.Embedded.1",
    "Installed-159-{}__BIOS.Setup.1-1",
    "Installed-25227-{}__iDRAC.Embedded.1-1",
)
_HPE = Dialect("1", "1", "1", "2", "1")
_OTHER = Dialect("1", "1", "1", "BIOS", "BMC")


class Tree:
    """Resources by their path, and the collections that link them."""

    def __init__(self) -> None:
        self.resources: dict[str, Json] = {}

    def add(self, path: str, schema: str, body: Json) -> str:
        """Puts a resource at `path`; its name defaults to its id."""
        kind = schema.partition(".")[0]
        name = path.rsplit("/", 1)[-1]
        head = {"@odata.id": path, "@odata.type": f"#{schema}.{kind}", "Id": name, "Name": name}
        self.resources[path] = head | body
        return path

    def collect(self, path: str, schema: str, members: Iterable[str]) -> Json:
        """Puts a collection at `path`; gives the link to it."""
        links = [{"@odata.id": member} for member in members]
        kind = f"{schema}Collection"
        self.resources[path] = {
            "@odata.id": path,
            "@odata.type": f"#{kind}.{kind}",
            "Name": f"{schema} Collection",
            "Members": links,
            "Members@odata.count": len(links),
        }
        return {"@odata.id": path}

    def files(self) -> dict[str, str]:
        """The resources as files."""
        return {f"{path.strip('/')}/index.json": printed(body) for path, body in sorted(self.resources.items())}


def files(snapshot: Snapshot) -> dict[str, str]:
    """All files of the server's tree: path and content."""
    dialect = {"Dell Inc.": _DELL, "HPE": _HPE}.get(snapshot.server.platform.vendor, _OTHER)
    tree = Tree()
    system = f"/redfish/v1/Systems/{dialect.system}"
    chassis = f"/redfish/v1/Chassis/{dialect.chassis}"
    manager = f"/redfish/v1/Managers/{dialect.manager}"
    parts = {
        "Processors": tree.collect(f"{system}/Processors", "Processor", _processors(tree, system, snapshot)),
        "Memory": tree.collect(f"{system}/Memory", "Memory", _memory(tree, system, snapshot)),
        "Storage": _storage(tree, system, snapshot),
    }
    logs = {"LogServices": tree.collect(f"{system}/LogServices", "LogService", _logs(tree, system, snapshot))}
    links = {"Links": {"Chassis": [{"@odata.id": chassis}]}}
    tree.add(system, "ComputerSystem.v1_16_0", _system(snapshot) | parts | logs | links)
    housed = {
        "NetworkAdapters": tree.collect(
            f"{chassis}/NetworkAdapters", "NetworkAdapter", _adapters(tree, chassis, snapshot)
        ),
        **_power(tree, chassis, snapshot),
    }
    tree.add(
        chassis,
        "Chassis.v1_16_0",
        _chassis(snapshot) | housed | {"Links": {"ComputerSystems": [{"@odata.id": system}]}},
    )
    tree.add(manager, "Manager.v1_12_0", _manager(snapshot, system))
    items = _firmware(tree, dialect, snapshot, system, manager)
    root = {
        "RedfishVersion": "1.13.1",
        "Vendor": snapshot.server.platform.vendor.split()[0],
        "Systems": tree.collect("/redfish/v1/Systems", "ComputerSystem", [system]),
        "Chassis": tree.collect("/redfish/v1/Chassis", "Chassis", [chassis]),
        "Managers": tree.collect("/redfish/v1/Managers", "Manager", [manager]),
        "UpdateService": {"@odata.id": "/redfish/v1/UpdateService"},
    }
    inventory = tree.collect("/redfish/v1/UpdateService/FirmwareInventory", "SoftwareInventory", items)
    tree.add(
        "/redfish/v1/UpdateService", "UpdateService.v1_11_0", {"ServiceEnabled": True, "FirmwareInventory": inventory}
    )
    tree.add("/redfish/v1", "ServiceRoot.v1_10_0", root | {"Id": "RootService", "Name": "Root Service"})
    return tree.files()


def _status(health: str = "ok") -> Json:
    return {"Status": {"Health": _HEALTH[health], "State": "Enabled"}}


def _worst(parts: Iterable[Fitted]) -> str:
    return max((one.health for one in parts), key=("ok", "warning", "critical").index, default="ok")


def _system(snapshot: Snapshot) -> Json:
    server = snapshot.server
    dell = server.platform.vendor == "Dell Inc."
    rollup = _worst(snapshot.fitted)
    body: Json = {
        "Name": "System",
        "Manufacturer": server.platform.vendor,
        "Model": server.platform.model,
        # Dell's SerialNumber is the board's; the service tag, by which everyone knows the server, is its SKU.
        "SerialNumber": server.board_serial if dell else server.serial,
        "SKU": server.serial if dell else "To be filled by O.E.M.",
        "AssetTag": "",
        "UUID": server.uuid,
        "HostName": server.hostname,
        "SystemType": "Physical",
        "PowerState": "On",
        "BiosVersion": snapshot.of_type("bios")[0].firmware,
        "Status": {"Health": _HEALTH[rollup], "HealthRollup": _HEALTH[rollup], "State": "Enabled"},
    }
    if dell:
        body["Oem"] = {"Dell": {"DellSystem": {"ChassisServiceTag": server.serial, "NodeID": server.serial}}}
    return body


def _chassis(snapshot: Snapshot) -> Json:
    server = snapshot.server
    dell = server.platform.vendor == "Dell Inc."
    return {
        "Name": "Computer System Chassis",
        "ChassisType": "RackMount",
        "Manufacturer": server.platform.vendor,
        "Model": server.platform.model,
        "SerialNumber": server.board_serial if dell else server.serial,
        "SKU": server.serial if dell else "",
        **_status(),
    }


def _manager(snapshot: Snapshot, system: str) -> Json:
    bmc = snapshot.of_type("bmc")[0]
    return {
        "Name": "Manager",
        "ManagerType": "BMC",
        "Model": bmc.part.model.model,
        "FirmwareVersion": bmc.firmware,
        "DateTime": _local(snapshot.collected_at, dell=snapshot.server.platform.vendor == "Dell Inc."),
        "DateTimeLocalOffset": "-05:00" if snapshot.server.platform.vendor == "Dell Inc." else "+00:00",
        "Links": {"ManagerForServers": [{"@odata.id": system}]},
        **_status(),
    }


def _local(at: datetime, *, dell: bool) -> str:
    """The controller's clock; Dell's are set to their factory's zone and never changed."""
    zone = "-05:00"
    if not dell:
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"
    hours = int(zone[:3])
    return f"{datetime.fromtimestamp(at.timestamp() + hours * 3600, tz=at.tzinfo):%Y-%m-%dT%H:%M:%S}{zone}"


def _firmware(tree: Tree, dialect: Dialect, snapshot: Snapshot, system: str, manager: str) -> Iterable[str]:
    bios = snapshot.of_type("bios")[0].firmware
    bmc = snapshot.of_type("bmc")[0].firmware
    shelf = "/redfish/v1/UpdateService/FirmwareInventory"
    shown = f"BIOS Date: 08/04/2023 Ver {bios}" if snapshot.server.platform.vendor == "Supermicro" else bios
    for name, item, version, related in (
        ("BIOS", dialect.bios_item, shown, f"{system}/Bios"),
        ("BMC", dialect.bmc_item, bmc, manager),
    ):
        path = f"{shelf}/{item.format(version)}"
        body = {"Name": name, "Version": version, "Updateable": True, "RelatedItem": [{"@odata.id": related}]}
        yield tree.add(path, "SoftwareInventory.v1_4_0", body | _status())


def _logs(tree: Tree, system: str, snapshot: Snapshot) -> Iterable[str]:
    """The management controller's log: what it says of power supplies that died, between lines of no weight."""
    dell = snapshot.server.platform.vendor == "Dell Inc."
    log = f"{system}/LogServices/{'Sel' if dell else 'IML'}"
    began = snapshot.server.since + timedelta(minutes=20)
    lines = [(began, "OK", "SEL9901" if dell else "", "Log cleared.")]
    for one in snapshot.broken:
        if one.place.type == "psu":
            number = one.place.position + 1
            words = f"Power supply {number} failed." if dell else f"Power Supply Failure (Power Supply {number})"
            lines.append((one.at, "Critical", "PSU0001" if dell else "", words))
    entries = []
    for number, (at, severity, code, message) in enumerate(lines, 1):
        body: Json = {"EntryType": "SEL" if dell else "Oem", "Severity": severity, "Message": message}
        body |= {"MessageId": f"IDRAC.2.8.{code}"} if dell else {"OemRecordFormat": "Hpe-IML"}
        body["Created"] = _local(at, dell=dell)
        entries.append(tree.add(f"{log}/Entries/{number}", "LogEntry.v1_11_0", body))
    listed = tree.collect(f"{log}/Entries", "LogEntry", entries)
    yield tree.add(log, "LogService.v1_2_0", {"Entries": listed, "OverWritePolicy": "WrapsWhenFull"})


def _processors(tree: Tree, system: str, snapshot: Snapshot) -> Iterable[str]:
    dell = snapshot.server.platform.vendor == "Dell Inc."
    for one in snapshot.of_type("cpu"):
        number = one.place.position + 1
        model = one.part.model
        cores = model.cores if isinstance(model, CpuModel) else 0
        body: Json = {
            "Name": f"CPU {number}",
            "ProcessorType": "CPU",
            "Manufacturer": "Intel(R) Corporation" if model.vendor == "Intel" else "Advanced Micro Devices, Inc.",
            "Model": model.model,
            "SerialNumber": "",
            "Socket": f"CPU.Socket.{number}" if dell else f"Proc {number}",
            "TotalCores": cores,
            "TotalThreads": cores * 2,
        }
        yield tree.add(f"{system}/Processors/CPU.Socket.{number}", "Processor.v1_12_0", body | _status())
    for one in snapshot.of_type("gpu"):
        number = one.place.position + 1
        body = {
            "Name": f"GPU {number}",
            "ProcessorType": "GPU",
            "Manufacturer": "NVIDIA",
            "Model": one.part.model.model,
            "PartNumber": one.part.model.part_number,
            "SerialNumber": one.part.serial,
            "UUID": gpu_uuid(one.part).removeprefix("GPU-"),
            "FirmwareVersion": one.firmware,
            "Location": {"PartLocation": {"ServiceLabel": f"PCIe Slot {number}", "LocationType": "Slot"}},
        }
        yield tree.add(f"{system}/Processors/GPU{number}", "Processor.v1_12_0", body | _status(one.health))


def _memory(tree: Tree, system: str, snapshot: Snapshot) -> Iterable[str]:
    platform = snapshot.server.platform
    modules = {one.place.position: one for one in snapshot.of_type("memory")}
    for position, name in enumerate(dimm_names(platform)):
        dell = platform.vendor == "Dell Inc."
        path = f"{system}/Memory/{f'DIMM.Socket.{name}' if dell else position + 1}"
        label = f"DIMM {name}" if dell else name
        body: Json = {"Name": label, "DeviceLocator": label}
        one = modules.get(position)
        model = one.part.model if one else None
        if one is None or not isinstance(model, DimmModel):
            if dell:
                continue  # iDRAC leaves empty sockets out; the others list them as absent.
            yield tree.add(path, "Memory.v1_12_0", body | {"SerialNumber": "NO DIMM", "Status": {"State": "Absent"}})
            continue
        body |= {
            "Manufacturer": model.vendor,
            "PartNumber": model.part_number,
            # Supermicro's controllers print the whole JEDEC module id.
            "SerialNumber": module_id(one.part, model.jedec) if platform.vendor == "Supermicro" else one.part.serial,
            "MemoryType": "DRAM",
            "MemoryDeviceType": model.generation,
            "CapacityMiB": model.gibibytes * 1024,
            "OperatingSpeedMhz": model.speed,
            "RankCount": 2,
        }
        yield tree.add(path, "Memory.v1_12_0", body | _status(one.health))


def _storage(tree: Tree, system: str, snapshot: Snapshot) -> Json:
    path = f"{system}/Storage/{'CPU.1' if snapshot.server.platform.vendor == 'Dell Inc.' else 'DE00A000'}"
    drives = [_drive(tree, path, snapshot, one) for one in snapshot.of_type("disk")]
    body = {"Name": "Storage", "Drives": [{"@odata.id": drive} for drive in drives], "Drives@odata.count": len(drives)}
    tree.add(path, "Storage.v1_10_1", body | _status(_worst(snapshot.of_type("disk"))))
    return tree.collect(f"{system}/Storage", "Storage", [path])


def _drive(tree: Tree, storage: str, snapshot: Snapshot, fitted: Fitted) -> str:
    model = fitted.part.model
    if not isinstance(model, DiskModel):
        raise TypeError(f"a {model.type} is no drive")
    position = fitted.place.position
    nvme = model.protocol == "NVMe"
    match snapshot.server.platform.vendor:
        case "Dell Inc.":
            name, place = (
                f"Disk.Bay.{position}:Enclosure.Internal.0-1",
                {"LocationOrdinalValue": position, "LocationType": "Slot"},
            )
        case "HPE":
            name, place = f"{position}", {"ServiceLabel": f"Box 1:Bay {position + 1}", "LocationType": "Bay"}
        case _:
            name, place = f"Disk.Bay.{position}", {"ServiceLabel": f"Bay {position}", "LocationType": "Bay"}
    body: Json = {
        "Manufacturer": model.vendor,
        "Model": model.model,
        "PartNumber": model.part_number,
        "SerialNumber": fitted.part.serial,
        "Revision": fitted.firmware,
        "CapacityBytes": model.capacity,
        "MediaType": "HDD" if model.rpm else "SSD",
        "Protocol": "NVMe" if nvme else "SATA",
        "Identifiers": [
            {
                "DurableName": eui64(fitted.part) if nvme else wwn_digits(fitted.part),
                "DurableNameFormat": "EUI" if nvme else "NAA",
            }
        ],
        "PhysicalLocation": {"PartLocation": place},
        "FailurePredicted": fitted.health == "critical",
        "PredictedMediaLifeLeftPercent": None if model.rpm else max(1, 98 - bad_blocks(fitted, snapshot.collected_at)),
    }
    return tree.add(f"{storage}/Drives/{name}", "Drive.v1_12_1", body | _status(fitted.health))


def _adapters(tree: Tree, chassis: str, snapshot: Snapshot) -> Iterable[str]:
    for one in snapshot.of_type("nic"):
        number = one.place.position + 1
        name = f"NIC.Slot.{number}" if snapshot.server.platform.vendor == "Dell Inc." else str(number)
        path = f"{chassis}/NetworkAdapters/{name}"
        function = tree.add(
            f"{path}/NetworkDeviceFunctions/{name}-1",
            "NetworkDeviceFunction.v1_5_0",
            {"NetDevFuncType": "Ethernet", "Ethernet": {"PermanentMACAddress": mac(one.part).upper()}},
        )
        body = {
            "Manufacturer": one.part.model.vendor,
            "Model": one.part.model.model,
            "PartNumber": one.part.model.part_number,
            "SerialNumber": one.part.serial,
            "Controllers": [
                {
                    "FirmwarePackageVersion": one.firmware,
                    "Location": {"PartLocation": {"ServiceLabel": f"PCIe Slot {number}", "LocationType": "Slot"}},
                }
            ],
            "NetworkDeviceFunctions": tree.collect(
                f"{path}/NetworkDeviceFunctions", "NetworkDeviceFunction", [function]
            ),
        }
        yield tree.add(path, "NetworkAdapter.v1_7_0", body | _status())


def _power(tree: Tree, chassis: str, snapshot: Snapshot) -> Json:
    """Power supplies: a resource each where the controller is new, an array in one resource where it is older."""
    supplies = [_supply(one) for one in snapshot.of_type("psu")]
    if snapshot.server.platform.vendor != "Dell Inc.":
        rows = [supply | {"MemberId": str(number)} for number, supply in enumerate(supplies)]
        return {"Power": {"@odata.id": tree.add(f"{chassis}/Power", "Power.v1_6_1", {"PowerSupplies": rows})}}
    subsystem = f"{chassis}/PowerSubsystem"
    shelf = f"{subsystem}/PowerSupplies"
    paths = [tree.add(f"{shelf}/PSU.Slot.{n}", "PowerSupply.v1_1_0", supply) for n, supply in enumerate(supplies, 1)]
    tree.add(
        subsystem, "PowerSubsystem.v1_1_0", {"PowerSupplies": tree.collect(shelf, "PowerSupply", paths)} | _status()
    )
    return {"PowerSubsystem": {"@odata.id": subsystem}}


def _supply(fitted: Fitted) -> Json:
    model = fitted.part.model
    return {
        "Name": f"Power Supply {fitted.place.position + 1}",
        "Manufacturer": model.vendor.upper(),
        "Model": model.model,
        "PartNumber": model.part_number,
        "SerialNumber": fitted.part.serial,
        "FirmwareVersion": fitted.firmware,
        "PowerCapacityWatts": model.watts if isinstance(model, PsuModel) else 0,
        "PowerSupplyType": "AC",
        **_status(fitted.health),
    }
