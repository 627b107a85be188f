"""What the kernel of a server with GPUs logs, with the time of each line in words, as ``dmesg -T`` prints it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from demo.fleet import Breakdown, Fitted, Snapshot
from demo.render.facts import gpu_uuid, pci_address

_REMEMBERED = timedelta(days=60)  # older lines have left the buffer


def messages(snapshot: Snapshot) -> str:
    """The buffer at that moment, with the Xids of GPUs that failed."""
    start = snapshot.collected_at - _REMEMBERED
    lines = [
        (start, "Linux version 6.8.0-45-generic (buildd@lcy02-amd64-115)"),
        (start + timedelta(seconds=4), f"DMI: {snapshot.server.platform.vendor} {snapshot.server.platform.model}"),
        (start + timedelta(seconds=41), "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.90.07"),
    ]
    lines += [line for one in snapshot.broken if one.place.type == "gpu" for line in _xid(one)]
    return "".join(f"[{at:%a %b %e %H:%M:%S %Y}] {text}\n" for at, text in sorted(lines) if at >= start)


def _xid(broken: Breakdown) -> Iterator[tuple[datetime, str]]:
    address = pci_address(Fitted(broken.part, broken.place, "", broken.at)).removesuffix(".0")
    yield broken.at, f"NVRM: GPU at PCI:{address}: {gpu_uuid(broken.part)}"
    yield broken.at, f"NVRM: GPU Board Serial Number: {broken.part.serial}"
    yield broken.at, f"NVRM: Xid (PCI:{address}): 48, pid=88213, name=python3, DBE (double bit error) ECC Error 0x1"
