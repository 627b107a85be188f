"""World-wide names, in the forms that other tools print them."""

import re
from collections.abc import Iterable, Iterator

from ingest.parsers.redfish.resource import Resource

_KINDS = {"NAA": "wwn", "EUI": "eui64", "NGUID": "nguid", "UUID": "uuid"}
_LENGTHS = {"wwn": (16, 32), "eui64": (16,), "nguid": (32,), "uuid": (32,)}
_HEX = re.compile(r"[0-9a-f]+")
_NOT_HEX = re.compile(r"[\s:.\-]")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# NAA type 3 is assigned by the controller to a port, and stays there when the drive is replaced.
_LOCALLY_ASSIGNED = "3"


def durable_names(resource: Resource) -> Iterator[tuple[str, str]]:
    """(kind, digits) of the resource's ``Identifiers``."""
    for entry in resource.each("Identifiers"):
        digits = _digits(entry.text("DurableName"))
        kind = _KINDS.get(entry.text("DurableNameFormat").upper(), "wwn")
        if kind == "eui64" and len(digits) == 32:
            kind = "nguid"
        if len(digits) not in _LENGTHS[kind] or not digits.strip("0"):
            continue
        if kind == "wwn" and digits.startswith(_LOCALLY_ASSIGNED):
            continue
        yield kind, digits


def gpu_uuid(resource: Resource) -> Iterator[tuple[str, str]]:
    """The processor's UUID, of which NVIDIA's own tool prints ``GPU-`` in front."""
    written = resource.text("UUID").lower().removeprefix("gpu-")
    if _UUID.fullmatch(written) and written.strip("0-"):
        yield "uuid", written


def macs(texts: Iterable[str]) -> Iterator[str]:
    """The addresses in `texts` that a maker gave, as ``0c:42:a1:00:00:01``."""
    for text in texts:
        digits = _digits(text)
        if len(digits) == 12 and digits.strip("0") and not _is_group_or_local(digits):
            yield ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _is_group_or_local(digits: str) -> bool:
    return bool(int(digits[:2], 16) & 0b11)


def _digits(text: str) -> str:
    """The hexadecimal digits of `text`, or ``""`` where it holds anything else."""
    bare = _NOT_HEX.sub("", text.lower().removeprefix("0x").removeprefix("naa.").removeprefix("eui."))
    return bare if _HEX.fullmatch(bare) else ""
