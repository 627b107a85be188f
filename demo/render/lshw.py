"""What ``lshw -json`` prints of a server: above all the list of its drives, which smartctl knows only one by one."""

from typing import Any, TypeAlias

from demo.catalogue import CpuModel, DimmModel, DiskModel, PsuModel
from demo.fleet import Fitted, Snapshot, dimm_names
from demo.render.facts import device_names, mac, pci_address, printed

Json: TypeAlias = dict[str, Any]

_BROADCOM = {"class": "storage", "claimed": True, "vendor": "Broadcom / LSI", "businfo": "pci@0000:17:00.0"}


def tree(snapshot: Snapshot) -> str:
    """The whole output: since version 2.18 a list of one system."""
    server = snapshot.server
    core = {
        "id": "core",
        "class": "bus",
        "claimed": True,
        "handle": "DMI:0002",
        "description": "Motherboard",
        "product": server.platform.board,
        "vendor": server.platform.vendor,
        "physid": "0",
        "version": "1.02",
        "serial": server.board_serial,
        "children": [
            _memory(snapshot),
            *(_processor(one) for one in snapshot.of_type("cpu")),
            {
                "id": "pci:0",
                "class": "bridge",
                "claimed": True,
                "description": "Host bridge",
                "businfo": "pci@0000:00:00.0",
                "children": [
                    _controller(snapshot),
                    *_nvme_drives(snapshot),
                    *(_card(one) for one in snapshot.of_type("nic")),
                ],
            },
        ],
    }
    system = {
        "id": server.hostname,
        "class": "system",
        "claimed": True,
        "handle": "DMI:0001",
        "description": "Rack Mount Chassis",
        "product": f"{server.platform.model} (To be filled by O.E.M.)",
        "vendor": server.platform.vendor,
        "version": "0123456789",
        "serial": server.serial,
        "width": 64,
        "configuration": {"boot": "normal", "chassis": "rackmount", "uuid": server.uuid},
        "children": [core, *(_power(one) for one in snapshot.of_type("psu"))],
    }
    return printed([system])


def _memory(snapshot: Snapshot) -> Json:
    modules = {one.place.position: one for one in snapshot.of_type("memory")}
    names = dimm_names(snapshot.server.platform)
    banks = [_bank(position, name, modules.get(position)) for position, name in enumerate(names)]
    return {
        "id": "memory",
        "class": "memory",
        "claimed": True,
        "description": "System Memory",
        "physid": "1000",
        "children": banks,
    }


def _bank(position: int, name: str, fitted: Fitted | None) -> Json:
    bank: Json = {"id": f"bank:{position}", "class": "memory", "claimed": True, "physid": f"{position:x}", "slot": name}
    model = fitted.part.model if fitted else None
    if fitted is None or not isinstance(model, DimmModel):
        return bank | {"description": "DIMM [empty]", "product": "NO DIMM", "vendor": "NO DIMM", "serial": "NO DIMM"}
    return bank | {
        "description": f"DIMM {model.generation} Synchronous Registered (Buffered) {model.speed} MHz (0.3 ns)",
        "product": model.part_number,
        "vendor": model.vendor,
        "serial": fitted.part.serial,
        "units": "bytes",
        "size": model.gibibytes * 2**30,
        "width": 64,
    }


def _processor(fitted: Fitted) -> Json:
    model = fitted.part.model
    return {
        "id": f"cpu:{fitted.place.position}",
        "class": "processor",
        "claimed": True,
        "description": "CPU",
        "product": model.model,
        "vendor": "Intel Corp." if model.vendor == "Intel" else "Advanced Micro Devices [AMD]",
        "businfo": f"cpu@{fitted.place.position}",
        "slot": f"CPU{fitted.place.position + 1}",
        "configuration": {"cores": str(model.cores if isinstance(model, CpuModel) else 0)},
    }


def _controller(snapshot: Snapshot) -> Json:
    """The SATA or SAS controller with its drives; lshw cuts their models to 16 characters and their firmware to 4.

    Of what is behind a RAID controller the system sees nothing but its volumes.
    """
    if snapshot.of_type("hba"):
        return _raid()
    drives = [(name, one) for name, one in device_names(snapshot) if name.startswith("sd")]
    return {
        "id": "sas",
        **_BROADCOM,
        "description": "Serial Attached SCSI controller",
        "product": "Fusion-MPT 12GSAS/PCIe Secure SAS38xx",
        "children": [
            {
                "id": f"disk:{number}",
                "class": "disk",
                "claimed": True,
                "description": "SCSI Disk" if getattr(one.part.model, "protocol", "") == "SCSI" else "ATA Disk",
                "product": one.part.model.model[:16],
                "physid": f"0.{number}.0",
                "businfo": f"scsi@0:0.{number}.0",
                "logicalname": f"/dev/{name}",
                "version": one.firmware[:4],
                "serial": one.part.serial,
                "units": "bytes",
                "size": one.part.model.capacity if isinstance(one.part.model, DiskModel) else 0,
            }
            for number, (name, one) in enumerate(drives)
        ],
    }


def _raid() -> Json:
    return {
        "id": "raid",
        **_BROADCOM,
        "description": "RAID bus controller",
        "product": "MegaRAID 12GSAS/PCIe Secure SAS39xx",
        "children": [
            {
                "id": f"disk:{number}",
                "class": "disk",
                "claimed": True,
                "description": "SCSI Disk",
                "product": "PERC H755 Front",
                "vendor": "DELL",
                "businfo": f"scsi@0:3.{111 - number}.0",
                "logicalname": f"/dev/sd{chr(97 + number)}",
                "version": "5.26",
                "units": "bytes",
                "size": size,
            }
            for number, size in enumerate((9_600_000_000_000, 959_656_755_200))
        ],
    }


def _nvme_drives(snapshot: Snapshot) -> list[Json]:
    return [
        {
            "id": "nvme",
            "class": "storage",
            "claimed": True,
            "description": "NVMe device",
            "product": one.part.model.model,
            "vendor": one.part.model.vendor,
            "businfo": f"pci@0000:{0x81 + one.place.position:02x}:00.0",
            "logicalname": f"/dev/{name}",
            "version": one.firmware,
            "serial": one.part.serial,
        }
        for name, one in device_names(snapshot)
        if name.startswith("nvme")
    ]


def _card(fitted: Fitted) -> Json:
    """A network card, whose ``serial`` is its address."""
    model = fitted.part.model
    address = pci_address(fitted)
    return {
        "id": f"network:{fitted.place.position}",
        "class": "network",
        "claimed": True,
        "description": "Ethernet interface",
        "product": model.model,
        "vendor": model.vendor,
        "businfo": f"pci@{address}",
        "logicalname": f"ens{fitted.place.position + 1}f0np0",
        "version": "01",
        "serial": mac(fitted.part),
        "configuration": {"driver": "ice", "firmware": fitted.firmware, "link": "yes"},
    }


def _power(fitted: Fitted) -> Json:
    model = fitted.part.model
    return {
        "id": f"power:{fitted.place.position}",
        "class": "power",
        "description": model.model,
        "product": model.part_number,
        "vendor": model.vendor.upper(),
        "physid": str(fitted.place.position + 1),
        "version": fitted.firmware,
        "serial": fitted.part.serial,
        "units": "mWh",
        "capacity": model.watts if isinstance(model, PsuModel) else 0,
    }
