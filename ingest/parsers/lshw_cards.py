"""The network, graphics and storage cards in lshw's tree: what of the PCI bus can be pulled out and replaced."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.domain.identifiers import mac_address
from ingest.domain.report import Sighting
from ingest.parsers.fields import measured
from ingest.parsers.lshw_tree import Node
from registry.domain.vocabulary import ComponentType

_PCI_IDS: Final = re.compile(r"\s*\[[0-9a-f]{4}(?::[0-9a-f]{4})?\]$", re.IGNORECASE)  # put behind by `lshw -numeric`
_VIRTUAL_FUNCTION: Final = re.compile(r".*\bVirtual Function\b.*", re.IGNORECASE)

# Makers of the display that a management controller shows on the network, or that a hypervisor pretends to have.
_NO_GPU: Final = re.compile(
    r"(?:aspeed|matrox|nuvoton|silicon motion|huawei|hisilicon|xgi|emulex|cirrus|vmware|red hat|innotek|bochs"
    r"|microsoft|amazon)\b.*",
    re.IGNORECASE,
)
_SERVER_VGA: Final = re.compile(r".*\b(?:ES1000|Rage XL|Rage 128)\b.*", re.IGNORECASE)  # ATI's, on older mainboards
_PROCESSOR_GRAPHICS: Final = "0000:00:02.0"  # where Intel's processors have theirs

# Drivers of controllers that are part of the chipset or of the drive, or made up by a hypervisor.
_NO_CARD_DRIVERS: Final = frozenset(
    {"ahci", "isci", "vmd", "nvme", "ata_piix", "vmw_pvscsi", "virtio-pci", "hv_storvsc"}
)
_CONTROLLER: Final = re.compile(
    r".*\b(?:RAID bus controller|Serial Attached SCSI controller|SCSI storage controller)\b.*"
)


def card_sightings(nodes: Sequence[Node]) -> Iterator[Sighting]:
    """The cards among `nodes`, each at its address on the PCI bus."""
    yield from _network_cards([node for node in nodes if _is_port(node)])
    for node in nodes:
        if _is_gpu(node):
            yield _card(ComponentType.GPU, node)
        elif _is_controller(node):
            yield _card(ComponentType.HBA, node)


def _is_port(node: Node) -> bool:
    return node.kind == "network" and node.pci != "" and not _VIRTUAL_FUNCTION.fullmatch(node.text("product"))


def _is_gpu(node: Node) -> bool:
    if node.kind != "display" or not node.pci or _VIRTUAL_FUNCTION.fullmatch(node.text("product")):
        return False
    if node.pci == _PROCESSOR_GRAPHICS and node.text("vendor").lower().startswith("intel"):
        return False
    return not is_display_of_a_server(node.text("vendor"), node.text("product"))


def is_display_of_a_server(vendor: str, product: str = "") -> bool:
    """Whether the display is a management controller's or a hypervisor's. Both may stand in `vendor`, in this order."""
    return bool(_NO_GPU.fullmatch(vendor) or _SERVER_VGA.fullmatch(f"{vendor} {product}"))


def _is_controller(node: Node) -> bool:
    if node.kind != "storage" or not node.pci or node.text("configuration", "driver") in _NO_CARD_DRIVERS:
        return False
    return node.id in {"raid", "sas"} or _CONTROLLER.fullmatch(node.text("description")) is not None


def _card(kind: ComponentType, node: Node, identifiers: tuple[tuple[str, str], ...] = ()) -> Sighting:
    firmware = node.said("configuration", "firmware")
    return Sighting(
        type=kind,
        vendor=_PCI_IDS.sub("", node.said("vendor")),
        model=_PCI_IDS.sub("", node.said("product")),
        slot=node.pci,
        slot_kind="pci",
        firmware=firmware,
        firmware_kind="lshw" if firmware else "",
        identifiers=identifiers,
        measurements=measured(device=node.device, driver=node.text("configuration", "driver")),
    )


def _network_cards(ports: Sequence[Node]) -> Iterator[Sighting]:
    """One card for all ports that are functions of one PCI device, at the address of its first function."""
    cards: defaultdict[str, list[Node]] = defaultdict(list)
    for port in ports:
        cards[port.pci.partition(".")[0]].append(port)
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for card, functions in cards.items():
        for port in functions:
            holders[mac_address(port.text("serial"))].add(card)
    for functions in cards.values():
        macs = dict.fromkeys(mac_address(port.text("serial")) for port in functions)
        # The ports of a bond all show the address of its first one: on two cards, it names neither.
        own = sorted(mac for mac in macs if mac and len(holders[mac]) == 1)
        yield _card(ComponentType.NIC, min(functions, key=lambda port: port.pci), tuple(("mac", mac) for mac in own))
