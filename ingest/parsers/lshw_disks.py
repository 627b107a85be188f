"""The drives in lshw's tree, told apart from what only looks like one."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.domain.identifiers import drive_name
from ingest.domain.report import Sighting
from ingest.parsers.fields import measured, said
from ingest.parsers.lshw_tree import Node
from ingest.parsers.volumes import is_volume
from registry.domain.vocabulary import ComponentType

_OPTICAL: Final = re.compile(r".*\b(?:CD|DVD|cdrom|optical|floppy)\b.*", re.IGNORECASE)


def disk_sightings(nodes: Sequence[Node]) -> Iterator[Sighting]:
    """The drives among `nodes`. On a SCSI bus they have no slot: lshw tells the host's numbering, which is no place."""
    namespaces = _namespaces(nodes)
    for node in nodes:
        if _is_nvme_controller(node):
            drive = _nvme(node, namespaces[node])
            if drive.serial or drive.identifiers:  # else it is the controller chip that is named, not the drive
                yield drive
        elif _is_drive(node):
            yield _drive(node)


def _namespaces(nodes: Sequence[Node]) -> defaultdict[Node, list[Node]]:
    found: defaultdict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        for above in node.above if node.kind == "disk" else ():
            if _is_nvme_controller(above):
                found[above].append(node)
    return found


def _is_nvme_controller(node: Node) -> bool:
    return node.kind == "storage" and (node.id == "nvme" or node.text("configuration", "driver") == "nvme")


def _is_drive(node: Node) -> bool:
    if node.kind != "disk" or node.id in {"cdrom", "medium", "namespace"} or node.below("usb"):
        return False
    if any(above.kind == "disk" or _is_nvme_controller(above) for above in node.above):
        return False  # a medium in a reader, a namespace of the drive above it
    product, vendor, description = node.said("product"), node.said("vendor"), node.text("description")
    if is_volume(product, vendor) or _OPTICAL.fullmatch(f"{product} {description}"):
        return False
    return product != "" or node.said("serial") != ""


def _drive(node: Node) -> Sighting:
    return _sighting(node, slot="", names=[node.text("configuration", "wwid")], size=node.number("size"), of=node)


def _nvme(node: Node, namespaces: Sequence[Node]) -> Sighting:
    names = [child.text("configuration", "wwid") for child in namespaces]
    sizes = [size for child in namespaces if (size := child.number("size")) is not None]
    return _sighting(node, slot=node.pci, names=names, size=sum(sizes) or None, of=next(iter(namespaces), node))


def _sighting(node: Node, *, slot: str, names: Sequence[str], size: int | float | None, of: Node) -> Sighting:
    firmware = node.said("version")
    found = [drive_name(name) for name in names]
    return Sighting(
        type=ComponentType.DISK,
        vendor=said(node.text("vendor")),
        model=node.said("product"),
        serial=node.text("serial"),
        slot=slot,
        slot_kind="pci" if slot else "",
        firmware=firmware,
        firmware_kind="lshw" if firmware else "",
        identifiers=tuple(dict.fromkeys(name for name in found if name)),
        measurements=measured(device=of.device or node.device, capacity_bytes=size),
    )
