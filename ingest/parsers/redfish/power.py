"""Power supplies and fans, in the resources of today and in the arrays of the older schema."""

from collections.abc import Iterator

from ingest.parsers.redfish.parts import Part, part, see
from ingest.parsers.redfish.resource import Resource, first
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType


def power_supply(resource: Resource) -> Iterator[Part]:
    yield _supply(resource, _chassis(resource))


def power(resource: Resource) -> Iterator[Part]:
    for entry in _entries(resource, "PowerSupplies"):
        yield _supply(entry, _chassis(resource))


def fan(resource: Resource) -> Iterator[Part]:
    yield _fan(resource)


def thermal(resource: Resource) -> Iterator[Part]:
    for entry in _entries(resource, "Fans"):
        yield _fan(entry)


def _entries(resource: Resource, array: str) -> Iterator[Resource]:
    """The entries of an array as resources, since their own addresses are fragments and not always there."""
    for place, entry in enumerate(resource.each(array)):
        if not entry.absent():
            yield Resource(f"{resource.id}/{array}/{place}", entry.data, entry.problems)


def _supply(resource: Resource, chassis: str) -> Part:
    bay = resource.text("Oem", "bay")
    name = resource.numbered_name().removesuffix(" Status")  # Dell names the sensor
    slot = first(resource.label(), f"Bay {bay}" if bay else "", name, resource.place_by_name())
    sighting = see(
        resource,
        ComponentType.PSU,
        slot=slot,
        firmware=resource.word("FirmwareVersion"),
        measurements={"max_power_watts": resource.number("PowerCapacityWatts")},
    )
    hints = (f"{chassis} supply {sign.lower()}" for sign in (name, resource.name()) if sign)
    return part(resource, sighting, hints=hints)


def _fan(resource: Resource) -> Part:
    slot = first(resource.label(), resource.numbered_name(), resource.place_by_name())
    sighting = see(resource, ComponentType.FAN, slot=slot, firmware=resource.word("FirmwareVersion"))
    return part(resource, sighting, alone=bool(clean_serial(sighting.serial)))


def _chassis(resource: Resource) -> str:
    return "/".join(resource.key.split("/")[:5])
