"""This very machine as a bundle: what Linux tells without extra tools, beside lshw and dmidecode where they work."""

import hashlib
import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from demo.bundles import tar_gz
from registry.domain.serials import clean_serial

Json: TypeAlias = dict[str, Any]

_PCI_ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]")
_TOOLS = {"dmidecode.txt": ("dmidecode",), "lshw.json": ("lshw", "-json", "-quiet")}
# A part without a serial number is known by its place, which each tool names in its own way: told twice, it would be
# two. Where a tool works, parts that tend to have no serial number are left to it.
_LEFT_TO_TOOL = {"dmidecode.txt": {"bios", "cpu", "memory", "motherboard"}, "lshw.json": {"cpu", "motherboard"}}
_PATIENCE_SECONDS = 30


def bundle(at: datetime) -> tuple[str, bytes]:
    """The name and bytes of a tar.gz that speaks of this machine as it is now."""
    files = {name: output for name, command in _TOOLS.items() if (output := _output_of(command))}
    left = frozenset[str]().union(*(_LEFT_TO_TOOL[name] for name in files))
    files["this-machine.json"] = json.dumps(document(Path("/"), at, leaving_out=left), indent=1).encode()
    return f"this-machine-{at:%Y-%m-%dT%H%M%SZ}.tar.gz", tar_gz(files, at)


def document(root: Path, at: datetime, leaving_out: frozenset[str] = frozenset()) -> Json:
    """The canonical document of the machine whose file systems are under `root`, without components of those types."""
    dmi = root / "sys/class/dmi/id"
    components = [*_board(root), *_memory(root), *_processors(root), *_disks(root), *_network_cards(root)]
    return {
        "format": "reanimator/v1",
        "collected_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "asset": {
            "vendor": _read(dmi / "sys_vendor"),
            **_name(root),
            "hostname": platform.node(),
        },
        # Power supplies, fans and the like are there as well, but the kernel does not name them.
        "coverage": sorted({"cpu", "disk", "memory", "nic"} - leaving_out),
        "components": [component for component in components if component["type"] not in leaving_out],
    }


def _name(root: Path) -> Json:
    """The asset's serial and model.

    Virtual machines and unprivileged users see no serial number. The machine is then known by its UUID, or by a digest
    of its machine id (which should not leave the machine as it is); its model says so.
    """
    dmi = root / "sys/class/dmi/id"
    model = _read(dmi / "product_name")
    if serial := clean_serial(_read(dmi / "product_serial")):
        return {"serial": serial, "model": model}
    if uuid := clean_serial(_read(dmi / "product_uuid")):
        return {"serial": f"MACHINE-{uuid}", "model": f"{model or 'Machine'} (no serial number, known by its UUID)"}
    known_by = _read(root / "etc/machine-id") or platform.node()
    digest = hashlib.sha256(f"reanimator demo {known_by}".encode()).hexdigest()[:16].upper()
    return {"serial": f"MACHINE-{digest}", "model": f"{model or 'Machine'} (no serial number, known by its machine id)"}


def _board(root: Path) -> list[Json]:
    dmi = root / "sys/class/dmi/id"
    board = _component(
        "motherboard",
        vendor=_read(dmi / "board_vendor"),
        model=_read(dmi / "board_name"),
        serial=_read(dmi / "board_serial"),
    )
    bios = _component("bios", slot="BIOS", vendor=_read(dmi / "bios_vendor"), firmware=_read(dmi / "bios_version"))
    return [component for component in (board, bios) if len(component) > 2]


def _memory(root: Path) -> list[Json]:
    """The memory as a whole: without dmidecode, nobody knows of which modules it is made."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", _read(root / "proc/meminfo"), re.MULTILINE)
    if not found:
        return []
    size = int(found[1]) * 1024
    return [_component("memory", slot="System", model="System memory", measurements={"size_bytes": size})]


def _processors(root: Path) -> list[Json]:
    """One component per socket; the kernel lists threads."""
    sockets: dict[str, list[dict[str, str]]] = {}
    for block in _read(root / "proc/cpuinfo").split("\n\n"):
        pairs = (line.partition(":") for line in block.splitlines())
        thread = {key.strip(): value.strip() for key, _, value in pairs}
        if thread:
            sockets.setdefault(thread.get("physical id", "0"), []).append(thread)
    return [
        _component(
            "cpu",
            slot=f"CPU {number}",
            vendor=threads[0].get("vendor_id", ""),
            model=threads[0].get("model name", ""),
            measurements={"threads": len(threads), "microcode": threads[0].get("microcode", "")},
        )
        for number, threads in sorted(sockets.items())
    ]


def _disks(root: Path) -> list[Json]:
    """Drives with hardware behind them: neither loop devices nor RAM disks have a device."""
    drives = [drive for drive in _entries(root / "sys/block") if (drive / "device").exists()]
    return [_disk(drive) for drive in drives if not drive.name.startswith(("sr", "fd"))]


def _disk(drive: Path) -> Json:
    device = drive / "device"
    wwid = _read(drive / "wwid") or _read(device / "wwid")
    # A controller has many drives; its address is the place of the one drive only where controller and drive are one.
    own_controller = drive.name.startswith(("nvme", "vd"))
    return _component(
        "disk",
        slot=_pci_address(device) if own_controller else "",
        vendor=_maker(device),
        model=_read(device / "model"),
        serial=_read(device / "serial") or _read(drive / "serial") or _unit_serial(device),
        firmware=_read(device / "firmware_rev") or _read(device / "rev"),
        identifiers={"wwn": wwid} if wwid.startswith(("naa.", "eui.")) else {},
        measurements={
            "device": f"/dev/{drive.name}",
            "capacity_bytes": int(_read(drive / "size") or 0) * 512,
            "rotational": _read(drive / "queue/rotational") == "1",
        },
    )


def _maker(device: Path) -> str:
    """Who made a drive. For SATA drives the kernel says ``ATA``, for PCI devices a number: neither is a maker."""
    vendor = _read(device / "vendor")
    return "" if vendor == "ATA" or vendor.startswith("0x") else vendor


def _unit_serial(device: Path) -> str:
    """The serial number in a SCSI drive's vital product data: four bytes of header, then text."""
    try:
        return (device / "vpd_pg80").read_bytes()[4:].decode("ascii", errors="replace").strip("\0 ")
    except OSError:
        return ""


def _network_cards(root: Path) -> list[Json]:
    """Interfaces with hardware behind them; bridges, tunnels and the like have no device."""
    cards = [card for card in _entries(root / "sys/class/net") if (card / "device").exists()]
    return [
        _component(
            "nic",
            slot=_pci_address(card / "device"),
            identifiers={"mac": _read(card / "address")},
            # The kernel knows the model by numbers alone; lshw, where it works, knows the name.
            measurements={
                "device": card.name,
                "pci_vendor": _read(card / "device/vendor"),
                "pci_device": _read(card / "device/device"),
            },
        )
        for card in cards
    ]


def _component(kind: str, **fields: Any) -> Json:
    return {"type": kind} | {key: value for key, value in fields.items() if value}


def _pci_address(device: Path) -> str:
    """The innermost PCI address on the way to the device, if it sits on that bus."""
    addresses = _PCI_ADDRESS.findall(os.path.realpath(device))
    return addresses[-1] if addresses else ""


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _read(path: Path) -> str:
    """The file's text, trimmed; nothing where it is missing or not for us to read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _output_of(command: tuple[str, ...]) -> bytes:
    """What the tool prints; nothing where it is missing, fails, or does not end."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""
