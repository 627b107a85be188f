"""The mainboard, the management controllers and the BIOS, of which systems and managers tell."""

from collections.abc import Iterator

from ingest.domain.report import Sighting
from ingest.parsers.redfish.machines import Machine, is_baseboard, serial_claims
from ingest.parsers.redfish.parts import FIRMWARE_KIND, SLOT_KIND
from ingest.parsers.redfish.resource import Resource, first
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType


def boards(machine: Machine) -> Iterator[Sighting]:
    """The parts that a machine has one of, and that are no resources of their own."""
    host = next((system for system in machine.systems if not is_baseboard(system)), None)
    if host is not None:
        yield from _mainboard(host, machine)
        yield from _bios(host)
    yield from _controllers(host, machine)


def _mainboard(host: Resource, machine: Machine) -> Iterator[Sighting]:
    own = next((claim.value for claim in serial_claims(host) if claim.source == "board"), "")
    # Supermicro prints it with the chassis, whose model is then the board's.
    extras = [(resource, resource.text("Oem", "board_serial")) for resource in (host, *machine.chassis)]
    for resource, serial in [(host, own), *extras]:
        if not clean_serial(serial):
            continue
        yield Sighting(
            type=ComponentType.MOTHERBOARD,
            vendor=resource.word("Manufacturer"),
            model=resource.word("Model") if resource is not host else "",
            part_number=resource.word("Oem", "board_part") or (resource.word("PartNumber") if serial == own else ""),
            serial=serial,
            slot="System Board",
            slot_kind=SLOT_KIND,
        )
        return


def _bios(host: Resource) -> Iterator[Sighting]:
    if version := host.word("BiosVersion"):
        yield Sighting(
            type=ComponentType.BIOS, slot="BIOS", slot_kind=SLOT_KIND, firmware=version, firmware_kind=FIRMWARE_KIND
        )


def _controllers(host: Resource | None, machine: Machine) -> Iterator[Sighting]:
    """The machine's own controller sits at ``BMC``, those of its boards at their own names."""
    told = [manager for manager in machine.managers if manager.word("FirmwareVersion")]
    hosts = host.links("Links", "ManagedBy") if host is not None else []
    told.sort(key=lambda manager: manager.key not in hosts)
    for place, manager in enumerate(told):
        yield Sighting(
            type=ComponentType.BMC,
            vendor=first(manager.word("Manufacturer"), host.word("Manufacturer") if host is not None else ""),
            model=manager.word("Model"),
            part_number=manager.word("PartNumber"),
            serial=manager.text("SerialNumber"),
            slot="BMC" if place == 0 else manager.id.rstrip("/").rpartition("/")[2],
            slot_kind=SLOT_KIND,
            firmware=manager.word("FirmwareVersion"),
            firmware_kind=FIRMWARE_KIND,
            health=manager.health(),
        )
