"""What ``nvidia-smi -q`` prints of a server's GPUs."""

from typing import Any

from demo.fleet import Fitted, Snapshot
from demo.render.facts import gpu_uuid, pci_address, temperature


def query(snapshot: Snapshot) -> str:
    """The whole output, as text for people."""
    at = snapshot.collected_at
    gpus = snapshot.of_type("gpu")
    head = [
        "",
        "==============NVSMI LOG==============",
        "",
        *_block({"Timestamp": f"{at:%a %b %e %H:%M:%S %Y}", "Driver Version": "550.90.07", "CUDA Version": "12.4"}),
        "",
        *_block({"Attached GPUs": len(gpus)}),
    ]
    lines = [*head]
    for one in gpus:
        lines += [f"GPU 0000{pci_address(one).upper()}", *_block(_gpu(snapshot, one), depth=1), ""]
    return "\n".join(lines)


def _block(fields: dict[str, Any], depth: int = 0) -> list[str]:
    lines = []
    for key, value in fields.items():
        name = "    " * depth + key
        if isinstance(value, dict):
            lines += [name, *_block(value, depth + 1)]
        else:
            lines.append(f"{name:<42}: {value}")
    return lines


def _gpu(snapshot: Snapshot, fitted: Fitted) -> dict[str, Any]:
    part = fitted.part
    # Rows that were remapped were repaired; a GPU that waits for a reset to do so wants attention.
    remapped = 2 if fitted.health != "ok" else 0
    counters = {"SRAM Correctable": 0, "SRAM Uncorrectable": 0, "DRAM Correctable": 0, "DRAM Uncorrectable": 0}
    return {
        "Product Name": part.model.model,
        "Product Brand": "NVIDIA",
        "Product Architecture": "Ada Lovelace",
        "Serial Number": part.serial,
        "GPU UUID": gpu_uuid(part),
        "Minor Number": fitted.place.position,
        "VBIOS Version": fitted.firmware,
        "MultiGPU Board": "No",
        "Board Part Number": part.model.part_number,
        "PCI": {"Bus Id": f"0000{pci_address(fitted).upper()}", "Replays Since Reset": 0},
        "Fan Speed": "N/A",
        "FB Memory Usage": {"Total": "46068 MiB", "Reserved": "640 MiB", "Used": "0 MiB"},
        "ECC Mode": {"Current": "Enabled", "Pending": "Enabled"},
        "ECC Errors": {"Volatile": counters, "Aggregate": counters},
        "Retired Pages": {"Single Bit ECC": "N/A", "Double Bit ECC": "N/A", "Pending Page Blacklist": "N/A"},
        "Remapped Rows": {
            "Correctable Error": remapped,
            "Uncorrectable Error": 0,
            "Pending": "Yes" if remapped else "No",
            "Remapping Failure Occurred": "No",
        },
        "Temperature": {"GPU Current Temp": f"{temperature(fitted, snapshot.collected_at) + 20} C"},
        "GPU Power Readings": {"Power Draw": "71.30 W", "Current Power Limit": "350.00 W"},
        "Processes": "None",
    }
