"""The devices in lspci's output, in each of its forms: plain, -v to -vvv, -vmm and -mm, with names or numbers."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ingest.domain.identifiers import pci_address
from ingest.parsers.fields import trimmed, whole_lines
from ingest.parsers.lshw_cards import is_display_of_a_server
from registry.domain.vocabulary import ComponentType

_ADDRESS: Final = r"(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
_HEADING: Final = re.compile(rf"({_ADDRESS}) ([^:\"]{{2,80}}): (.*)")
_QUOTED: Final = re.compile(rf"({_ADDRESS}) (\".*)")
_SLOT: Final = re.compile(rf"Slot:\s*({_ADDRESS})")
_CODE: Final = re.compile(r"(?:.*\[)?([0-9a-f]{4})\]?", re.IGNORECASE)
_VITAL: Final = re.compile(r"\[([A-Z][A-Z0-9])\] [^:]*: ?(.*)")
_BEHIND: Final = re.compile(r"\s*\((?:rev|prog-if) [^()]*(?:\([^()]*\)[^()]*)?\)")
_IDS: Final = re.compile(r"\s*\[[0-9a-f]{4}(?::[0-9a-f]{4})?\]", re.IGNORECASE)

_TYPES: Final = {
    **dict.fromkeys(
        ("ethernet controller", "infiniband controller", "network controller", "fabric controller",
         "0200", "0207", "0208", "0280"),
        ComponentType.NIC,
    ),
    **dict.fromkeys(
        ("vga compatible controller", "3d controller", "display controller", "processing accelerators",
         "0300", "0302", "0380", "1200"),
        ComponentType.GPU,
    ),
    **dict.fromkeys(
        ("raid bus controller", "serial attached scsi controller", "scsi storage controller", "fibre channel",
         "0100", "0104", "0107", "0c04"),
        ComponentType.HBA,
    ),
    **dict.fromkeys(("non-volatile memory controller", "0108"), ComponentType.DISK),
}  # fmt: skip


@dataclass(slots=True)
class Device:
    """One function of the PCI bus. `text`: its vendor and name; `fields`: what stands below, and vital product data.

    `revision` is ``ff`` for a device that does not answer any more: every byte of it is read as ones.
    """

    slot: str
    category: str
    text: str
    revision: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The component type, or ``""`` for what is no card: bridges, parts of the chipset, a server's own display."""
        code = _CODE.fullmatch(self.category)
        name = _IDS.sub("", self.category).strip().lower()
        kind = _TYPES.get(name) or (_TYPES.get(code[1].lower()) if code else None)
        return kind if kind and not (kind == ComponentType.GPU and is_display_of_a_server(self.text)) else ""

    @property
    def is_virtual(self) -> bool:
        """Whether it is a virtual function, or a device that a hypervisor made up."""
        return "Virtual Function" in self.text or "irtio" in self.text or self.text.startswith("Amazon")

    @property
    def is_gone(self) -> bool:
        """Whether the bus does not reach it any more."""
        return self.revision.lower() == "ff"

    @property
    def fatal_errors(self) -> list[str]:
        """The fatal errors that it remembers: what both UESta and UESvrt ("is fatal") have, or DevSta's FatalErr."""
        fatal = _flags(self.fields, "UESta") & _flags(self.fields, "UESvrt")
        return sorted(fatal | (_flags(self.fields, "DevSta") & {"FatalErr"}))


def read_devices(text: str) -> Iterator[Device]:
    """The devices in the order of the output."""
    device: Device | None = None
    for line in whole_lines(text):
        if found := _heading(line):
            if device:
                yield device
            device = found
        elif device:
            _read_field(line.strip(), device)
    if device:
        yield device


def _heading(line: str) -> Device | None:
    if found := _SLOT.match(line):
        device = Device(pci_address(found[1]), "", "")
        _read_field(line[found.end() :], device)  # the line break behind it can be missing
        return device
    if found := _HEADING.fullmatch(line):
        revision = re.search(r"\(rev ([0-9a-f]{2})\)", found[3])
        return Device(pci_address(found[1]), found[2], _name(found[3]), revision[1] if revision else "")
    return _quoted(found[1], found[2]) if (found := _QUOTED.fullmatch(line)) else None


def _quoted(address: str, line: str) -> Device | None:
    try:
        words = shlex.split(line[:1000])
    except ValueError:
        return None
    plain = [word for word in words if not re.fullmatch(r"-[rp][0-9a-f]{2}", word)]
    revision = next((word[2:] for word in words if re.fullmatch(r"-r[0-9a-f]{2}", word)), "")
    return Device(pci_address(address), plain[0], _name(" ".join(plain[1:3])), revision) if len(plain) > 2 else None


def _read_field(line: str, device: Device) -> None:
    if vital := _VITAL.fullmatch(line):
        device.fields.setdefault(vital[1], trimmed(vital[2]))
        return
    key, colon, value = line.partition(":")
    key, value = key.strip(), trimmed(value)
    if not colon or not value:
        return
    if key == "Class" and not device.category:
        device.category = value[:80]
    elif key in {"Vendor", "Device"}:
        device.text = f"{device.text} {_name(value)}".strip()[:200]
    elif key == "Rev":
        device.revision = value
    else:
        device.fields.setdefault(key, value)


def _name(text: str) -> str:
    return _IDS.sub("", _BEHIND.sub("", trimmed(text)[:400])).strip()[:200]


def _flags(fields: Mapping[str, str], register: str) -> set[str]:
    return {flag[:-1] for flag in fields.get(register, "").split() if flag.endswith("+")}
