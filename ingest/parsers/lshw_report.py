"""What lshw's tree tells, whichever of its formats it came in."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ingest.domain.report import AssetClaim, MemberError, Report, SerialClaim, Sighting
from ingest.parsers.dmidecode import bios_sighting
from ingest.parsers.fields import first_number, measured, numbered, said
from ingest.parsers.lshw_cards import card_sightings
from ingest.parsers.lshw_disks import disk_sightings
from ingest.parsers.lshw_tree import Node, walk
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType

_APPENDED_SKU: Final = re.compile(r"\s*\([^()]*\)$")
_NAMELESS_HOSTS: Final = frozenset({"computer", "localhost", "core"})
_ENUMERATED: Final = frozenset({ComponentType.MEMORY, ComponentType.CPU, ComponentType.DISK, ComponentType.NIC})
_SMALLEST_MODULE: Final = 16 << 20  # below it is the chip that holds the firmware


def report_of(roots: Sequence[Mapping[str, Any]]) -> Report:
    """The report of the devices at and below `roots`; its asset is None when they are only some of the system's.

    Covers memory, processors, drives and network cards, each where at least one was seen, and only in a whole tree
    that root read: its one top is the system, and it has handles of the DMI table, which nobody else may read. Anything
    less (the answer to ``-class``, a run without privileges) covers nothing.
    """
    nodes = [node for root in roots for node in walk(root)]
    if not any(node.kind or node.id for node in nodes):
        raise MemberError("no device of lshw: neither the top nor anything in it has a class or an id")
    system = next((node for node in nodes if _is_system(node)), None) if len(roots) == 1 else None
    sightings = tuple(_sightings(nodes))
    covered = _coverage(system, nodes, sightings)
    return Report(asset=_asset(system, nodes) if system else None, coverage=covered, sightings=sightings)


def _is_system(node: Node) -> bool:
    if node.above:
        return False
    children: Any = node.values.get("children")
    holds_core = isinstance(children, list) and any(isinstance(it, dict) and it.get("id") == "core" for it in children)
    return node.kind == "system" or holds_core


def _coverage(system: Node | None, nodes: Sequence[Node], sightings: Sequence[Sighting]) -> frozenset[str]:
    if system is None or system.kind != "system":
        return frozenset()
    if not any(node.text("handle").startswith("DMI:") for node in nodes):
        return frozenset()
    return _ENUMERATED & {sighting.type for sighting in sightings}


def _asset(system: Node, nodes: Sequence[Node]) -> AssetClaim:
    board = next((node for node in nodes if _is_board(node)), None)
    claims = (
        SerialClaim(system.text("serial"), "system"),
        SerialClaim(board.text("serial") if board else "", "board"),
    )
    hostname = system.text("id")
    return AssetClaim(
        vendor=system.said("vendor"),
        model=_model(system),
        hostname="" if hostname.lower() in _NAMELESS_HOSTS else hostname,
        serials=tuple(claim for claim in claims if claim.value),
    )


def _model(system: Node) -> str:
    """The product without the SKU that lshw puts behind it; a product can have brackets of its own."""
    product, sku = system.text("product"), system.text("configuration", "sku")
    if sku and product.endswith(f"({sku})"):
        return said(product.removesuffix(f"({sku})"))
    return said(product if "sku" in _configuration(system) else _APPENDED_SKU.sub("", product))


def _configuration(node: Node) -> dict[str, Any]:
    found = node.values.get("configuration")
    return found if isinstance(found, dict) else {}


def _sightings(nodes: Sequence[Node]) -> Iterator[Sighting]:
    for node in nodes:
        if _is_board(node):
            yield _board(node)
        elif node.id == "firmware" and node.kind == "memory":
            yield bios_sighting(node.said("vendor"), node.said("version"), released=node.text("date"))
        elif node.kind == "power" and node.id == "power" and node.names_itself:
            yield _power_supply(node)
    yield from _processors([node for node in nodes if _is_socket(node)])
    yield from _modules([node for node in nodes if node.kind == "memory" and node.id == "bank"])
    yield from disk_sightings(nodes)
    yield from card_sightings(nodes)


def _is_board(node: Node) -> bool:
    return node.id == "core" and len(node.above) == 1 and node.names_itself


def _board(node: Node) -> Sighting:
    slot = node.said("slot")
    return Sighting(
        type=ComponentType.MOTHERBOARD,
        vendor=node.said("vendor"),
        model=node.said("product"),
        serial=node.text("serial"),
        slot=slot,
        slot_kind="dmi" if slot else "",
        measurements=measured(revision=node.said("version")),
    )


def _is_socket(node: Node) -> bool:
    # A SCSI device of the type "processor" is of this class too.
    return node.kind == "processor" and (node.text("businfo").startswith("cpu@") or node.id == "cpu")


def _processors(sockets: Sequence[Node]) -> Iterator[Sighting]:
    slots = numbered([socket.said("slot") for socket in sockets])
    for socket, slot in zip(sockets, slots, strict=True):
        if socket.names_itself and "[empty]" not in socket.text("description"):
            yield Sighting(
                type=ComponentType.CPU,
                vendor=socket.said("vendor"),
                model=socket.said("product"),
                serial=socket.text("serial"),
                slot=slot,
                slot_kind="dmi" if slot else "",
                measurements=measured(
                    cores=first_number(socket.text("configuration", "cores")),
                    threads=first_number(socket.text("configuration", "threads")),
                    microcode=socket.text("configuration", "microcode"),
                ),
            )


def _power_supply(node: Node) -> Sighting:
    # As in SMBIOS: the description is the supply's name, the product its part number.
    part, name = node.said("product"), node.said("description")
    return Sighting(
        type=ComponentType.PSU,
        vendor=node.said("vendor"),
        model=name or part,
        part_number=part,
        serial=node.text("serial"),
        measurements=measured(revision=node.said("version"), max_power_watts=node.number("capacity")),
    )


def _modules(banks: Sequence[Node]) -> Iterator[Sighting]:
    """The memory modules. A locator that two banks share names no place: lshw leaves out what tells them apart."""
    named = Counter(bank.said("slot") for bank in banks)
    for bank in banks:
        if _is_module(bank):
            slot = bank.said("slot") if named[bank.said("slot")] == 1 else ""
            yield Sighting(
                type=ComponentType.MEMORY,
                vendor=bank.said("vendor"),
                model=bank.said("product"),
                part_number=bank.said("product"),
                serial=bank.text("serial"),
                slot=slot,
                slot_kind="dmi" if slot else "",
                measurements=measured(size_bytes=bank.number("size"), description=bank.said("description")),
            )


def _is_module(bank: Node) -> bool:
    """Whether a module is in the bank. Only a size or a serial tells: full banks too are described as "[empty]"."""
    size = bank.number("size")
    if size is not None:
        return size >= _SMALLEST_MODULE
    return clean_serial(bank.text("serial")) != ""
