"""Which kind of identifier a text is, where tools print it without saying so."""

import re
from typing import Final

from registry.domain.identifiers import clean_identifier

_PCI = re.compile(r"(?:pci@)?(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])", re.IGNORECASE)

# A WWN's length in digits by its first one, the Network Address Authority. Authority 3 is left out: such names are
# given by whoever set the drive up, and stay with its place when the drive is replaced.
_NAA_DIGITS: Final = {"1": 16, "2": 16, "5": 16, "6": 32}


def drive_name(text: str) -> tuple[str, str] | None:
    """The world-wide name in `text` as (kind, digits) with kind ``wwn``, ``eui64`` or ``nguid``; None when it is none.

    Without ``naa.`` or ``eui.`` before it, what can be a WWN is read as one, for that is what tools print bare.
    """
    scheme = text.strip()[:3].lower()
    digits = clean_identifier("wwn", text)
    if not digits:
        return None
    if scheme != "eui" and _NAA_DIGITS.get(digits[0]) == len(digits):
        return ("wwn", digits)
    if scheme != "naa":
        return {16: ("eui64", digits), 32: ("nguid", digits)}.get(len(digits))
    return None


def extended_unique_id(text: str) -> tuple[str, str] | None:
    """As `drive_name`, for text that is known to be an EUI-64 or NGUID, whose digits alone can look like a WWN."""
    return drive_name(f"eui.{text}")


def mac_address(text: str) -> str:
    """A network port's own address as ``0c:42:a1:3d:bd:e0``; ``""`` when it is none or was made up by software."""
    return clean_identifier("mac", text)


def gpu_uuid(text: str) -> str:
    """A GPU's UUID without the ``GPU-`` that NVIDIA's own tools print before it; ``""`` when it is none."""
    return clean_identifier("uuid", text)


def pci_address(text: str) -> str:
    """A PCI function's address as ``0000:3b:00.0``; ``""`` when `text` is none."""
    found = _PCI.fullmatch(text.strip())
    if not found:
        return ""
    domain, bus, device, function = found.groups()
    return f"{int(domain or '0', 16):04x}:{bus}:{device}.{function}".lower()
