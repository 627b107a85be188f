"""``lsblk -J`` and ``lsblk -P``: the drives among the block devices that a kernel sees."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ingest.domain.identifiers import drive_name
from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.fields import measured, said, trimmed
from ingest.parsers.json_text import load_json, nodes_at
from ingest.parsers.volumes import has_volume_name, is_lent, is_volume
from registry.domain.vocabulary import ComponentType

_JSON: Final = re.compile(rb'"blockdevices"\s*:\s*\[')
_PAIR: Final = re.compile(r'(?<!\S)([A-Z][A-Z0-9_:%-]*)="([^"\n]*)"')
_NAMES: Final = frozenset({"NAME", "KNAME", "PATH"})
_COLUMNS: Final = frozenset(
    {"MAJ:MIN", "MAJ_MIN", "TYPE", "SIZE", "MODEL", "SERIAL", "WWN", "FSTYPE", "MOUNTPOINT", "HCTL", "TRAN", "ROTA"}
)
_ESCAPED: Final = re.compile(r"\\x([0-9a-f]{2})")
_SOFTWARE: Final = re.compile(r"(?:/dev/)?(?:loop|md|dm-|nbd|rbd|zd\d|drbd|z?ram|pmem|sr\d|fd\d|x?vd[a-z])")
_NO_VENDOR: Final = frozenset({"ATA", "NVME"})  # the kernel's name for a command set, where a maker would stand
_NAME_AS_SERIAL: Final = re.compile(r"(?:0x)?3?([56][0-9a-f]{15}(?:[0-9a-f]{16})?)", re.IGNORECASE)

Row = Mapping[str, str]


class LsblkParser:
    """The drives that show a serial number or a world-wide name. No asset, no time, no slots: names are measurements.

    Covers nothing: the same output comes from ``lsblk`` alone and from ``lsblk`` of one device.
    """

    name = "lsblk"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is JSON or pairs of lsblk; its tables for people are not wanted."""
        if head.lstrip()[:1] == b"{":
            return _JSON.search(head) is not None
        line = head.lstrip().split(b"\n", 1)[0].decode("utf-8", errors="replace")
        columns = {name for name, _ in _PAIR.findall(line)}
        return not columns.isdisjoint(_NAMES) and not columns.isdisjoint(_COLUMNS)

    def parse(self, member: Member) -> list[Report]:
        """One report with all drives, or none where there are none."""
        drives: dict[tuple[object, ...], Sighting] = {}
        for row in _rows(member):
            drive = _drive(row)
            if drive is not None:  # of the paths to one drive the first stands for all
                drives.setdefault((drive.serial.upper(), *(() if drive.serial else drive.identifiers)), drive)
        return [Report(sightings=tuple(drives.values()))] if drives else []


def _rows(member: Member) -> Iterator[Row]:
    """The rows that may be drives: of the type ``disk``; without that column, those at the top."""
    if member.content.lstrip()[:1] == b"{":
        document = load_json(member.content)
        if not isinstance(document, dict) or not isinstance(document.get("blockdevices"), list):
            raise MemberError("lsblk JSON without a list of block devices")
        rows = list(_below(document))
    else:
        rows = [(_pairs(line), 0) for line in member.text.splitlines()]
    typed = any("TYPE" in row for row, _ in rows)
    for row, level in rows:
        if row.get("TYPE") == "disk" if typed else level == 0:
            yield row


def _below(document: Mapping[str, Any]) -> Iterator[tuple[Row, int]]:
    left = [(row, 0) for row in reversed(nodes_at(document, "blockdevices"))]
    while left:
        row, level = left.pop()
        yield {key.upper(): _text(value) for key, value in row.items()}, level
        left.extend((child, level + 1) for child in reversed(nodes_at(row, "children")))


def _text(value: object) -> str:
    if isinstance(value, str):
        return trimmed(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _pairs(line: str) -> Row:
    pairs = _PAIR.findall(line)
    return {name: trimmed(_ESCAPED.sub(lambda byte: chr(int(byte[1], 16)), value)) for name, value in pairs}


def _drive(row: Row) -> Sighting | None:
    device = next((row[name] for name in ("PATH", "KNAME", "NAME") if row.get(name)), "")
    vendor, model, transport = said(row.get("VENDOR", "")), said(row.get("MODEL", "")), row.get("TRAN", "").lower()
    serial, identifiers = _names(row)
    if not (serial or (identifiers and row.get("TYPE"))):  # a partition bears the world-wide name of its drive too
        return None
    if _SOFTWARE.match(device) or transport in {"usb", "virtio"} or is_lent(transport):
        return None
    if is_volume(vendor, model) or has_volume_name(identifiers):
        return None
    firmware = said(row.get("REV", ""))
    size = row.get("SIZE", "")
    return Sighting(
        type=ComponentType.DISK,
        vendor="" if vendor.upper() in _NO_VENDOR or vendor.startswith("0x") else vendor,
        model=model,
        serial=serial,
        firmware=firmware,
        firmware_kind="lsblk" if firmware else "",
        identifiers=identifiers,
        measurements=measured(
            device=f"/dev/{device}" if device and not device.startswith("/") else device,
            capacity_bytes=int(size) if size.isascii() and size.isdigit() and len(size) < 20 else None,
            transport=transport,
            hctl=row.get("HCTL", ""),
            device_state=row.get("STATE", ""),
        ),
    )


def _names(row: Row) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(serial, identifiers). For SAS drives older versions print the world-wide name as the serial number."""
    serial, names = row.get("SERIAL", ""), [drive_name(row.get("WWN", ""))]
    if found := _NAME_AS_SERIAL.fullmatch(serial):
        serial = ""
        names.append(drive_name(found[1]))
    return serial, tuple(dict.fromkeys(name for name in names if name))
