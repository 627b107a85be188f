"""``lspci``: the cards that carry a serial number of their own, and the devices that fell off the bus."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.domain.report import Member, MemberError, PartName, Report, Sighting, Signal
from ingest.parsers.fields import first_number, measured, said, trimmed
from ingest.parsers.lspci_records import Device, read_devices
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType, Severity

_ADDRESS: Final = rb"(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
_OURS: Final = re.compile(rb"\s*(?:Slot:\s*" + _ADDRESS + rb"|" + _ADDRESS + rb' (?:"|[0-9A-Z][^\r\n]*: ))')

# What the running firmware is called in the vital product data of those that say it there.
_FIRMWARE: Final = re.compile(r"(?:FFV|FW[ :]?)(\d[\w.-]*)")
_LINK: Final = re.compile(r"Speed ([\d.]+) ?GT/s(?: \(\w+\))?, Width x(\d+)")


class LspciParser:
    """Network, graphics and storage cards whose vital product data has a serial number, each at its first function.

    Cards without one give no sighting: at a bus address alone they would be second components beside those that other
    tools name. But whichever they are, what failed is told at their address: a device that the bus does not reach any
    more (``rev ff``), and a fatal PCI Express error. A device serial number (``Capabilities: Device Serial Number``) is
    that of a chip, and repeats on each of its functions: it names nothing. Covers nothing and tells no time.
    """

    name = "lspci"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` starts with a device of lspci, in any of its forms but the tree."""
        return _OURS.match(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report, or none where no card names itself and none has failed."""
        devices = list(read_devices(member.text))
        if not devices:
            raise MemberError("no device of lspci was read")
        sightings = tuple(_cards(devices))
        signals = tuple(_signals(devices))
        return [Report(sightings=sightings, signals=signals)] if sightings or signals else []


def _cards(devices: Sequence[Device]) -> Iterator[Sighting]:
    """One sighting for all devices of one serial and part number: cards with two chips show it on both."""
    found: dict[tuple[str, str, str], Device] = {}
    for device in devices:
        serial = clean_serial(device.fields.get("SN", ""))
        if device.type and serial and not device.is_virtual and device.type != ComponentType.DISK:
            found.setdefault((device.type, serial, device.fields.get("PN", "")), device)
    for (kind, _, _), device in found.items():
        yield _sighting(kind, device)


def _sighting(kind: str, device: Device) -> Sighting:
    vital = device.fields
    firmware = said(vital.get("RM", "")) or next(
        (version[1] for key in ("V0", "V1", "V2", "V3") if (version := _FIRMWARE.match(vital.get(key, "")))), ""
    )
    link = _LINK.match(vital.get("LnkSta", ""))
    return Sighting(
        # No vendor: lspci names the maker of the chip, and a card of that serial is often another's.
        type=kind,
        model=said(vital.get("Product Name", "")) or device.text,
        part_number=said(vital.get("PN", "")),
        serial=trimmed(vital["SN"]),
        slot=device.slot,
        slot_kind="pci",
        firmware=firmware,
        firmware_kind="pci" if firmware else "",
        measurements=measured(
            chip=device.text,
            revision=said(vital.get("EC", "")),
            driver=vital.get("Kernel driver in use", ""),
            pcie_speed_gts=first_number(link[1]) if link else None,
            pcie_width=first_number(link[2]) if link else None,
            pcie_downgraded=True if "downgraded" in vital.get("LnkSta", "") else None,
        ),
    )


def _signals(devices: Sequence[Device]) -> Iterator[Signal]:
    """The failures, once for all functions of a device."""
    told: set[tuple[str, str]] = set()
    for device in devices:
        mode = _mode(device) if device.type and not device.is_virtual else ""
        place = (device.slot.partition(".")[0], mode)
        if mode and place not in told:
            told.add(place)
            yield _signal(device, mode)


def _mode(device: Device) -> str:
    if device.is_gone:
        return "fallen_off_bus"
    return "pcie_fatal_error" if device.fatal_errors else ""


def _signal(device: Device, mode: str) -> Signal:
    gone = mode == "fallen_off_bus"
    return Signal(
        part=PartName(device.type, serial=trimmed(device.fields.get("SN", "")), slot=device.slot, slot_kind="pci"),
        kind="state",
        mode=mode,
        severity=Severity.FATAL if gone else Severity.CRITICAL,
        message=f"{device.text} (rev ff)" if gone else f"{device.text}: {', '.join(device.fatal_errors)}"[:500],
    )
