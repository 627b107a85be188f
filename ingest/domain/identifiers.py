"""One spelling for each identifier, so that the same part is the same whoever names it.

A drive's name is printed by smartctl as three numbers, by Redfish as ``0x5000C500A1B2C3D4`` or
``naa.5000c500a1b2c3d4``, by lshw with ``eui.`` before it: what is kept is the bare hexadecimal digits.
"""

import re
from typing import Final

_PREFIX = re.compile(r"(?:(naa|eui)[.:\s]*)?(?:0x)?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:.\-]+")
_HEX = re.compile(r"[0-9a-f]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PCI = re.compile(r"(?:pci@)?(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])", re.IGNORECASE)

# The length in digits by the first one, the Network Address Authority.
_NAA_DIGITS: Final = {"1": 16, "2": 16, "3": 16, "5": 16, "6": 32}
_DUMMIES: Final = ("499602d2", "1234567890abcdef")  # the first is 1234567890, written where a name was blotted out
_LOCALLY_ADMINISTERED: Final = 0b10
_GROUP: Final = 0b01


def drive_name(text: str) -> tuple[str, str] | None:
    """The world-wide name in `text` as (kind, digits) with kind ``wwn``, ``eui64`` or ``nguid``; None when it is none.

    Bare digits of 64 bits are read as a WWN when they can be one, for that is what tools print bare.
    """
    prefix = _PREFIX.match(text.strip())
    scheme = (prefix[1] or "").lower() if prefix else ""
    digits = _SEPARATORS.sub("", text.strip()[prefix.end() if prefix else 0 :]).lower()
    if not _HEX.fullmatch(digits) or _is_dummy(digits):
        return None
    if scheme != "eui" and _NAA_DIGITS.get(digits[0]) == len(digits):
        return ("wwn", digits)
    if scheme != "naa":
        return {16: ("eui64", digits), 32: ("nguid", digits)}.get(len(digits))
    return None


def extended_unique_id(text: str) -> tuple[str, str] | None:
    """As `drive_name`, for text that is known to be an EUI-64 or NGUID, whose digits alone can look like a WWN."""
    return drive_name("eui." + _PREFIX.sub("", text.strip(), count=1))


def _is_dummy(digits: str) -> bool:
    return len(set(digits)) == 1 or digits.endswith(_DUMMIES)


def mac_address(text: str) -> str:
    """A network port's own address as ``0c:42:a1:3d:bd:e0``; ``""`` when it is none or was made up by software."""
    digits = _SEPARATORS.sub("", text).lower()
    if len(digits) != 12 or not _HEX.fullmatch(digits) or len(set(digits)) == 1:
        return ""
    if int(digits[:2], 16) & (_LOCALLY_ADMINISTERED | _GROUP):
        return ""
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def gpu_uuid(text: str) -> str:
    """A GPU's UUID without the ``GPU-`` that NVIDIA's own tools print before it; ``""`` when it is none."""
    uuid = text.strip().lower().removeprefix("gpu-")
    return uuid if _UUID.fullmatch(uuid) and uuid.strip("0-") else ""


def pci_address(text: str) -> str:
    """A PCI function's address as ``0000:3b:00.0``; ``""`` when `text` is none."""
    found = _PCI.fullmatch(text.strip())
    if not found:
        return ""
    domain, bus, device, function = found.groups()
    return f"{int(domain or '0', 16):04x}:{bus}:{device}.{function}".lower()
