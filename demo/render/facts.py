"""Numbers that several formats print of one part, so that all of them print the same."""

import random
from datetime import datetime
from typing import Any

import orjson

from demo.fleet import Fitted, Part, Snapshot


def printed(content: Any) -> str:
    """JSON as tools print it for people."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def power_on_hours(fitted: Fitted, at: datetime) -> int:
    """For how long a drive has run by then: ever since it was built in, and some hours at its maker's."""
    return int((at - fitted.since).total_seconds() // 3600) + fitted.part.number % 24


def bad_blocks(fitted: Fitted, at: datetime) -> int:
    """How many blocks a drive has given up on: none while it is well, more each day after."""
    if fitted.health_since is None:
        return 0
    days = (at - fitted.health_since).days + 1
    return days * (8 if fitted.health == "critical" else 2) + fitted.part.number % 5


def temperature(fitted: Fitted, at: datetime) -> int:
    """Degrees Celsius."""
    return 28 + (fitted.part.number + at.toordinal()) % 9


def wwn(part: Part) -> tuple[int, int, int]:
    """The world wide name of an ATA or SCSI drive: its format, the maker's number, and the drive's."""
    return 5, part.model.oui, part.number & 0xFFFFFFFFF


def wwn_digits(part: Part) -> str:
    """The same in sixteen hexadecimal digits."""
    format_, oui, unit = wwn(part)
    return f"{format_:x}{oui:06x}{unit:09x}"


def eui64(part: Part) -> str:
    """The EUI-64 of an NVMe drive's namespace in sixteen hexadecimal digits."""
    return f"{part.model.oui:06x}{part.number & 0xFFFFFFFFFF:010x}"


def mac(part: Part) -> str:
    """A network card's first permanent address."""
    tail = part.number & 0xFFFFFE
    return f"{part.model.mac.lower()}:{tail >> 16:02x}:{tail >> 8 & 255:02x}:{tail & 255:02x}"


def gpu_uuid(part: Part) -> str:
    """A GPU's UUID as its driver prints it."""
    digits = f"{part.number:016x}{part.number * 31 & (1 << 62) - 1:016x}"
    return f"GPU-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def module_id(part: Part, jedec: str) -> str:
    """A memory module's JEDEC id, which ends in its serial number."""
    year, week, _ = part.born.isocalendar()
    return f"{jedec}01{year % 100:02d}{week:02d}{part.serial}"


def device_names(snapshot: Snapshot) -> list[tuple[str, Fitted]]:
    """The operating system's names of the drives in the order of names: another order after each boot."""
    drives = snapshot.of_type("disk")
    random.Random(f"{snapshot.server.serial}/{snapshot.boot}").shuffle(drives)
    nvme = [one for one in drives if getattr(one.part.model, "protocol", "") == "NVMe"]
    rest = [one for one in drives if one not in nvme]
    return [(f"nvme{n}", one) for n, one in enumerate(nvme)] + [(f"sd{chr(97 + n)}", one) for n, one in enumerate(rest)]


def pci_address(fitted: Fitted) -> str:
    """Where a card sits on its server's PCI bus."""
    first = {"nic": 0x31, "gpu": 0x51}[fitted.place.type]
    return f"0000:{first + 0x10 * fitted.place.position:02x}:00.0"
