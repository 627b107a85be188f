"""A sosreport: what commands printed, each in a file of its plugin's folder that is named after the command."""

from demo.catalogue import DiskModel
from demo.fleet import Fitted, Snapshot
from demo.render import dmidecode, ipmi, kernel, nvidia_smi
from demo.render.facts import bad_blocks, device_names, eui64, power_on_hours, printed, temperature


def files(snapshot: Snapshot) -> dict[str, str]:
    """All files of the report below its own folder."""
    server = snapshot.server
    at = snapshot.collected_at
    commands = {
        "date/date": f"{at:%a %b %e %H:%M:%S UTC %Y}\n",
        "date/hwclock": f"{at:%Y-%m-%d %H:%M:%S}.000000+00:00\n",
        "hardware/dmidecode": dmidecode.dump(snapshot),
        "host/hostname": f"{server.hostname}\n",
        "ipmitool/ipmitool_fru_print": ipmi.units(snapshot),
        "ipmitool/ipmitool_sel_elist": ipmi.events(snapshot),
        "kernel/dmesg_-T": kernel.messages(snapshot),
        "kernel/uname_-a": f"Linux {server.hostname} 6.8.0-45-generic #45-Ubuntu SMP x86_64 GNU/Linux\n",
        **{f"nvme/smartctl_--all_.dev.{name}n1": smartctl(one, snapshot) for name, one in device_names(snapshot)},
        "nvme/nvme_list_-v_-o_json": _nvme_list(snapshot),
        "nvidia/nvidia-smi_-q": nvidia_smi.query(snapshot),
    }
    folder = f"sosreport-{server.hostname}-{at:%Y-%m-%d}-{server.serial[-7:].lower()}"
    return {f"{folder}/sos_commands/{name}": text for name, text in commands.items()}


def _nvme_list(snapshot: Snapshot) -> str:
    """What ``nvme list -v -o json`` prints: the controllers at their places on the bus, each with its drive."""
    systems = [
        {
            "Subsystem": f"nvme-subsys{number}",
            "SubsystemNQN": f"nqn.1994-11.com.samsung:nvme:PM9A3:2.5-inch:{one.part.serial}",
            "Controllers": [_controller(name, one)],
            "Namespaces": [],
        }
        for number, (name, one) in enumerate(device_names(snapshot))
    ]
    return printed({"Devices": [{"HostNQN": "", "HostID": snapshot.server.uuid, "Subsystems": systems}]})


def _controller(name: str, fitted: Fitted) -> dict[str, object]:
    return {
        "Controller": name,
        "Cntlid": "6",
        "SerialNumber": fitted.part.serial,
        "ModelNumber": fitted.part.model.model,
        "Firmware": fitted.firmware,
        "Transport": "pcie",
        "Address": f"0000:{0x81 + fitted.place.position:02x}:00.0",
        "Slot": "",
        "Namespaces": [{"NameSpace": f"{name}n1", "NSID": 1, "PhysicalSize": _capacity(fitted), "SectorSize": 512}],
        "Paths": [],
    }


def _capacity(fitted: Fitted) -> int:
    return fitted.part.model.capacity if isinstance(fitted.part.model, DiskModel) else 0


def smartctl(fitted: Fitted, snapshot: Snapshot) -> str:
    """What ``smartctl --all`` prints for people of an NVMe drive."""
    at, part, model = snapshot.collected_at, fitted.part, fitted.part.model
    if not isinstance(model, DiskModel):
        raise TypeError(f"smartctl reports drives, not a {model.type}")
    hours, bad, failing = power_on_hours(fitted, at), bad_blocks(fitted, at), fitted.health == "critical"
    name = eui64(part)
    size = f"{model.capacity:,} [{model.capacity / 10**12:.2f} TB]"
    verdict = "FAILED!\n- media has been placed in degraded mode" if failing else "PASSED"
    identity = [
        ("Model Number", model.model),
        ("Serial Number", part.serial),
        ("Firmware Version", fitted.firmware),
        ("PCI Vendor/Subsystem ID", f"0x{model.pci_vendor:04x}"),
        ("IEEE OUI Identifier", f"0x{model.oui:06x}"),
        ("Total NVM Capacity", size),
        ("Unallocated NVM Capacity", "0"),
        ("Controller ID", "6"),
        ("NVMe Version", "1.4"),
        ("Number of Namespaces", "32"),
        ("Namespace 1 Size/Capacity", size),
        ("Namespace 1 IEEE EUI-64", f"{name[:6]} {name[6:]}"),
        ("Local Time is", f"{at:%a %b %e %H:%M:%S %Y} UTC"),
    ]
    condition = [
        ("Critical Warning", "0x04" if failing else "0x00"),
        ("Temperature", f"{temperature(fitted, at)} Celsius"),
        ("Available Spare", "100%"),
        ("Available Spare Threshold", "10%"),
        ("Percentage Used", f"{hours // 2500}%"),
        ("Data Units Read", f"{hours * 7100:,}"),
        ("Data Units Written", f"{hours * 4200:,}"),
        ("Host Read Commands", f"{hours * 310_000:,}"),
        ("Host Write Commands", f"{hours * 270_000:,}"),
        ("Controller Busy Time", f"{hours // 40:,}"),
        ("Power Cycles", f"{12 + part.number % 40}"),
        ("Power On Hours", f"{hours:,}"),
        ("Unsafe Shutdowns", f"{part.number % 7}"),
        ("Media and Data Integrity Errors", f"{bad:,}"),
        ("Error Information Log Entries", f"{bad:,}"),
    ]
    return "\n".join(
        [
            "smartctl 7.4 2023-08-01 r5530 [x86_64-linux-6.8.0-45-generic] (local build)",
            "Copyright (C) 2002-23, Bruce Allen, Christian Franke, www.smartmontools.org",
            "",
            "=== START OF INFORMATION SECTION ===",
            *(f"{key + ':':<35} {value}" for key, value in identity),
            "",
            "=== START OF SMART DATA SECTION ===",
            f"SMART overall-health self-assessment test result: {verdict}",
            "",
            "SMART/Health Information (NVMe Log 0x02)",
            *(f"{key + ':':<35} {value}" for key, value in condition),
            "",
        ]
    )
