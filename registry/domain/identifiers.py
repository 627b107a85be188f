"""One spelling for the identifiers that tell a part by another name than its serial number.

A drive's world-wide name is ``0x5000C500A1B2C3D4`` in Redfish, ``5 000c50 0a1b2c3d4`` in smartctl and
``naa.5000c500a1b2c3d4`` in a kernel: what is compared is the bare hexadecimal digits.
"""

import re

from registry.domain.serials import is_placeholder
from registry.domain.vocabulary import MAX_SERIAL

_SCHEME = re.compile(r"\s*(?:(?:naa|eui|nguid|uuid|wwn|nvme|t10)[.:\s]+)*(?:0x)?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:.\-]+")
_HEX = re.compile(r"[0-9a-f]+")
# nvidia-smi prints GPU- before what Redfish has bare.
_UUID_WRAPPING = re.compile(r"[{}\s]|urn:uuid:|^gpu-", re.IGNORECASE)
_DUMMY_NAMES = ("499602d2", "1234567890abcdef")  # the first is 1234567890; both stand where a name was blotted out
_DUMMY_UUIDS = frozenset(
    {
        "03000200040005000006000700080009",  # AMI firmware as shipped
        "00020003000400050006000700080009",
        "12345678123456781234567812345678",
        "12345678123412341234123456789abc",
    }
)
_LOCALLY_ADMINISTERED = 0b10
_GROUP = 0b01


def clean_identifier(kind: str, value: str) -> str:
    """The identifier as it is compared, or ``""`` where it tells no part from another.

    `kind`: ``wwn``, ``nguid`` or ``eui64`` become bare lower-case digits, ``mac`` groups of two with colons, ``uuid``
    groups with dashes. Other kinds are trimmed and otherwise kept, unless they are too long to store.
    """
    if kind in ("wwn", "nguid", "eui64"):
        name = _world_wide_name(value)
        return "" if kind == "wwn" and _is_local(name, value) else name
    if kind == "mac":
        return _mac(value)
    if kind == "uuid":
        return _uuid(value)
    kept = value.strip()
    return "" if is_placeholder(kept) or len(kept) > MAX_SERIAL else kept


def _world_wide_name(value: str) -> str:
    digits = _digits(_SCHEME.sub("", value, count=1))
    return "" if not 16 <= len(digits) <= 32 or digits.endswith(_DUMMY_NAMES) else digits


def _is_local(name: str, value: str) -> bool:
    """Whether whoever set the drive up gave the name (Network Address Authority 3): it stays when the drive goes."""
    return len(name) == 16 and name.startswith("3") and not value.strip().lower().startswith("eui")


def _mac(value: str) -> str:
    digits = _digits(value)
    # What software made up for a bond or a virtual machine, and group addresses, name no card.
    if len(digits) != 12 or int(digits[:2], 16) & (_LOCALLY_ADMINISTERED | _GROUP):
        return ""
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _uuid(value: str) -> str:
    digits = _digits(_UUID_WRAPPING.sub("", value))
    if len(digits) != 32 or digits in _DUMMY_UUIDS:
        return ""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _digits(text: str) -> str:
    """The hexadecimal digits of `text`, or ``""`` when it holds anything else or is a run of one digit."""
    digits = _SEPARATORS.sub("", text).lower()
    return digits if _HEX.fullmatch(digits) and len(set(digits)) > 1 else ""
