"""Memory, processors and drives: one resource each."""

import re
from collections.abc import Iterator
from dataclasses import replace

from ingest.domain.identifiers import gpu_uuid
from ingest.parsers.redfish.identifiers import durable_names
from ingest.parsers.redfish.parts import Part, part, see
from ingest.parsers.redfish.resource import Resource, first
from registry.domain.vocabulary import ComponentType

_A_PEBIBYTE = 1024**3  # in MiB; no module is as large, and the bytes of one must fit into 64 bits
_SOLDERED = ("HBM", "GDDR")  # a graphics card's own memory
_PROCESSORS = {"": ComponentType.CPU, "CPU": ComponentType.CPU, "GPU": ComponentType.GPU}
_CARDS = ("FPGA", "Accelerator", "DSP")
# Dell's PPID: country, part number, maker, date, sequence, revision. PCIe devices print it without part and revision.
_PPID = re.compile(r"([A-Z]{2})-([0-9A-Z]{6})-([0-9A-Z]{5})-([0-9A-Z]{3})-([0-9A-Z]{4})(?:-[0-9A-Z]{3})?")


def memory(resource: Resource) -> Iterator[Part]:
    if resource.word("MemoryDeviceType").startswith(_SOLDERED):
        return
    size = resource.number("CapacityMiB") or 0
    slot = first(resource.label(), resource.word("DeviceLocator"), resource.numbered_name(), resource.place_by_name())
    sighting = see(
        resource,
        ComponentType.MEMORY,
        slot=slot,
        measurements={
            "size_bytes": int(size) * 1024 * 1024 if 0 < size < _A_PEBIBYTE else None,
            "configured_speed_mts": resource.number("OperatingSpeedMhz"),
            "memory_type": resource.word("MemoryDeviceType"),
        },
    )
    yield part(resource, sighting)


def processor(resource: Resource) -> Iterator[Part]:
    written = resource.word("ProcessorType")
    kind = _PROCESSORS.get(written, ComponentType.OTHER)
    if kind == ComponentType.OTHER and written not in _CARDS:  # a core or a thread
        return
    socket = resource.word("Socket") or (resource.numbered_name() if kind == ComponentType.CPU else "")
    slot = first(resource.label(), socket, resource.place_by_name())
    uuid = gpu_uuid(resource.text("UUID")) if kind == ComponentType.GPU else ""
    sighting = see(
        resource,
        kind,
        slot=slot,
        firmware=resource.word("FirmwareVersion"),
        identifiers=[("uuid", uuid)] if uuid else (),
        measurements={
            "cores": resource.number("TotalCores"),
            "threads": resource.number("TotalThreads"),
            "max_speed_mhz": resource.number("MaxSpeedMHz"),
        },
    )
    known = kind != ComponentType.OTHER or bool(sighting.serial)
    yield part(resource, sighting, links=resource.links("Links", "PCIeDevice"), alone=known)


def drive(resource: Resource) -> Iterator[Part]:
    ppid = _PPID.fullmatch(resource.text("PartNumber"))
    sighting = see(
        resource,
        ComponentType.DISK,
        slot=resource.label() or resource.place_by_name(),
        firmware=resource.word("Revision") or resource.word("FirmwareVersion"),
        identifiers=durable_names(resource),
        measurements={
            "capacity_bytes": resource.number("CapacityBytes"),
            "life_left_percent": resource.number("PredictedMediaLifeLeftPercent"),
            "media_type": resource.word("MediaType"),
            "protocol": resource.word("Protocol"),
        },
    )
    if ppid is None:
        yield part(resource, sighting, links=pcie_devices(resource))
        return
    sighting = replace(sighting, part_number=ppid[2])
    as_pcie_device = ppid[1] + ppid[3] + ppid[4] + ppid[5]
    yield part(resource, sighting, links=pcie_devices(resource), other_serials=(as_pcie_device,))


def pcie_devices(resource: Resource) -> list[str]:
    """The PCIe devices that `resource` says it is, by their functions."""
    functions = resource.links("Links", "PCIeFunctions")
    return [key.partition("/pciefunctions/")[0] for key in functions if "/pciefunctions/" in key]
