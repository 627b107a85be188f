"""The nodes of lshw's tree, each with what lies above it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.domain.identifiers import pci_address
from ingest.parsers.fields import said
from ingest.parsers.json_text import nodes_at, number_at, text_at
from registry.domain.serials import clean_serial


@dataclass(frozen=True, slots=True, eq=False)  # two nodes may say the same: which one it is matters
class Node:
    """One device. `above`: the nodes from the root down to its parent."""

    values: Mapping[str, Any]
    above: tuple["Node", ...] = ()

    def text(self, *path: str) -> str:
        """The text under the keys of `path`, or ``""``."""
        return text_at(self.values, *path)

    def said(self, *path: str) -> str:
        """As `text`, or ``""`` where the text only fills its place."""
        return said(text_at(self.values, *path))

    def number(self, *path: str) -> int | float | None:
        """The number under the keys of `path`, or None."""
        return number_at(self.values, *path)

    @property
    def id(self) -> str:
        """What lshw calls it, without the count: ``bank`` for ``bank:3``."""
        return self.text("id").partition(":")[0]

    @property
    def kind(self) -> str:
        """Its class: ``memory``, ``disk``, ``storage``, ``network``..."""
        return self.text("class")

    @property
    def pci(self) -> str:
        """Its address on the PCI bus, or ``""``."""
        bus, _, address = self.text("businfo").partition("@")
        return pci_address(address) if bus == "pci" else ""

    @property
    def device(self) -> str:
        """The operating system's name for it (the first, where it has several), or ``""``."""
        names = self.values.get("logicalname")
        first = names[0] if isinstance(names, list) and names else names
        return first if isinstance(first, str) else ""

    @property
    def names_itself(self) -> bool:
        """Whether it has a product or a serial number that is more than filled in."""
        return self.said("product") != "" or clean_serial(self.text("serial")) != ""

    def below(self, bus: str) -> bool:
        """Whether it hangs on that bus (``usb``), itself or by a node above it."""
        return any(node.text("businfo").startswith(f"{bus}@") for node in (*self.above, self))


def walk(values: Mapping[str, Any], above: tuple[Node, ...] = ()) -> Iterator[Node]:
    """The node of `values` and all below it, in the order of the file."""
    node = Node(values, above)
    yield node
    for child in nodes_at(values, "children"):
        yield from walk(child, (*above, node))
