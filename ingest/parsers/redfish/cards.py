"""Network adapters, storage controllers, and PCIe devices of any kind."""

import re
from collections.abc import Collection, Iterator

from ingest.domain.identifiers import mac_address
from ingest.parsers.redfish.identifiers import durable_names
from ingest.parsers.redfish.modules import pcie_devices
from ingest.parsers.redfish.parts import Part, part, see
from ingest.parsers.redfish.resource import Resource, first
from ingest.parsers.redfish.tree import Tree
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType

_CLASSES = {
    "networkcontroller": ComponentType.NIC,
    "massstoragecontroller": ComponentType.HBA,
    "displaycontroller": ComponentType.GPU,
    "processingaccelerators": ComponentType.GPU,
    "coprocessor": ComponentType.GPU,
}
_NVME_CLASS = "0x0108"
_WORDS = {
    ComponentType.GPU: re.compile(r"\bgpus?\d*\b|\b[ah]100\b|nvidia (tesla|[ahlb]\d+)"),
    ComponentType.DISK: re.compile(r"nvme ?ssd|\bnvme\b|\bssd\d*\b"),
    ComponentType.HBA: re.compile(r"\braid\b|\bhba\b|smart array|megaraid|\bperc\b|storage controller"),
    ComponentType.NIC: re.compile(r"\bnic\d*\b|ethernet|\beth\b|network|connectx|bluefield|infiniband"),
}
# Numbered by the bus, so that one card more gives another its number.
_BUS_ADDRESS = re.compile(r"[0-9a-f]{1,4}([-_:.][0-9a-f]{1,4})*", re.IGNORECASE)


class Cards:
    """Reads cards, of which the tree tells some things in resources below or beside them."""

    def __init__(self, tree: Tree) -> None:
        self._below: dict[str, list[Resource]] = {}
        for kind in ("NetworkDeviceFunction", "NetworkPort", "Port", "PCIeFunction"):
            for resource in tree.of(kind):
                self._below.setdefault(resource.key.rpartition("/")[0], []).append(resource)
        self._tree = tree

    def network_adapter(self, resource: Resource) -> Iterator[Part]:
        controllers = resource.each("Controllers")
        slot = first(resource.label(), *(controller.label() for controller in controllers), resource.place_by_name())
        sighting = see(
            resource,
            ComponentType.NIC,
            slot=slot,
            firmware=first(
                *(controller.word("FirmwarePackageVersion") for controller in controllers),
                resource.word("FirmwareVersion"),
            ),
            identifiers=[("mac", address) for address in self._addresses(resource)],
        )
        devices = [key for controller in controllers for key in controller.links("Links", "PCIeDevices")]
        yield part(resource, sighting, links=devices)

    def storage(self, resource: Resource, drive_models: Collection[str]) -> Iterator[Part]:
        """The controllers written into a ``Storage`` resource, as the older schema has them."""
        for place, entry in enumerate(resource.each("StorageControllers")):
            name = entry.name() if entry.word("MemberId") or entry.word("Id") else str(place)
            of_its_own = Resource(f"{resource.id}/StorageControllers/{name}", entry.data, entry.problems)
            yield self._controller(of_its_own, resource.key, drive_models)

    def storage_controller(self, resource: Resource, drive_models: Collection[str]) -> Iterator[Part]:
        yield self._controller(resource, resource.key.rsplit("/", 2)[0], drive_models)

    def pcie_device(self, resource: Resource) -> Iterator[Part]:
        kind = self._kind(resource)
        sighting = see(
            resource,
            kind,
            slot=resource.part("Slot").label() or _unless_bus_address(resource.name()),
            model=resource.word("Model") or _unless_bus_address(resource.word("Name")),
            firmware=resource.word("FirmwareVersion"),
        )
        yield part(resource, sighting, alone=bool(clean_serial(sighting.serial)))

    def _controller(self, resource: Resource, storage: str, drive_models: Collection[str]) -> Part:
        """Chipset ports and the controller inside an NVMe drive are listed too, but are no parts of their own."""
        sighting = see(
            resource,
            ComponentType.HBA,
            slot=resource.label() or resource.place_by_name(),
            firmware=resource.word("FirmwareVersion"),
            identifiers=[name for name in durable_names(resource) if name[0] == "wwn"],
        )
        known = bool(sighting.firmware and sighting.model and sighting.model not in drive_models)
        return part(
            resource,
            sighting,
            links=pcie_devices(resource),
            hints=(f"{storage} controller {resource.name().lower()}",),
            alone=known or bool(clean_serial(sighting.serial)),
        )

    def _addresses(self, adapter: Resource) -> list[str]:
        functions = self._below.get(f"{adapter.key}/networkdevicefunctions", [])
        ports = [port for name in ("networkports", "ports") for port in self._below.get(f"{adapter.key}/{name}", [])]
        permanent = (function.text("Ethernet", "PermanentMACAddress") for function in functions)
        current = (function.text("Ethernet", "MACAddress") for function in functions)
        of_ports = (
            text
            for port in ports
            for text in (*port.texts("AssociatedNetworkAddresses"), *port.texts("Ethernet", "AssociatedMACAddresses"))
        )
        for texts in (permanent, current, of_ports):
            if found := list(dict.fromkeys(filter(None, map(mac_address, texts)))):
                return found
        return []

    def _kind(self, device: Resource) -> ComponentType:
        functions = [*self._below.get(f"{device.key}/pciefunctions", [])]
        functions += filter(None, map(self._tree.get, device.links("Links", "PCIeFunctions")))
        for function in functions:
            if function.text("ClassCode").lower().startswith(_NVME_CLASS):
                return ComponentType.DISK
            kind = _CLASSES.get(function.text("DeviceClass").lower())
            if kind is not None:
                return kind
        told = " ".join(device.word(name) for name in ("Id", "Name", "Model", "Description")).lower()
        return next((kind for kind, words in _WORDS.items() if words.search(told)), ComponentType.OTHER)


def _unless_bus_address(name: str) -> str:
    return "" if _BUS_ADDRESS.fullmatch(name) else name
