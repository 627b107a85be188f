"""``dmidecode``: what the firmware says of the server, its board, processors, memory and power supplies."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from ingest.domain.report import AssetClaim, Member, MemberError, Report, SerialClaim, Sighting
from ingest.parsers import dmi_table
from ingest.parsers.dmi_table import Structure, Table
from ingest.parsers.fields import first_number, measured, numbered, said
from registry.domain.serials import week_begins
from registry.domain.vocabulary import ComponentType

_OURS: Final = re.compile(
    rb"^(?:# dmidecode \d|Handle 0x[0-9A-Fa-f]+(?:, DMI type \d+, \d+ bytes|\r?\n\s+DMI type))", re.MULTILINE
)
_FOUND_TABLE: Final = re.compile(r"SMBIOS [\d.]+ present\.|\d+ structures occupying \d+ bytes\.|Table at 0x[0-9A-F]+\.")
_COVERED: Final = {
    dmi_table.BIOS: ComponentType.BIOS,
    dmi_table.BASE_BOARD: ComponentType.MOTHERBOARD,
    dmi_table.PROCESSOR: ComponentType.CPU,
    dmi_table.MEMORY_DEVICE: ComponentType.MEMORY,
    dmi_table.POWER_SUPPLY: ComponentType.PSU,
}
_SIZE: Final = re.compile(r"(\d{1,15})\s*(bytes|[kMGT]i?B)", re.IGNORECASE)
_UNITS: Final = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SMALLEST_MODULE: Final = 16 << 20  # some boards list the 4 MB chip of their firmware among the modules
_ROM: Final = re.compile(r".*\b(?:ROM|EEPROM|FEPROM|EPROM|Flash)\b.*", re.IGNORECASE)
_NO_MODULE: Final = re.compile(r"no (?:dimm|module).*", re.IGNORECASE)
_MADE: Final = re.compile(r"_AssetTag \(date:(?P<year>\d\d)/(?P<week>\d\d)\)", re.IGNORECASE)
_NAMES_A_BAY: Final = re.compile(r"(?:system )?(?:power supply|psu|ps)\s*#?\s*\d+", re.IGNORECASE)


class DmidecodeParser:
    """The server itself, with its memory modules, processors, power supplies, mainboards and firmware.

    Covers a component type when the output surely has every SMBIOS structure of its kind (see
    `Table.complete_types`): a whole table covers all five as far as it has such structures, the answer to
    ``--type memory`` covers memory. Tells no time.
    """

    name = "dmidecode"
    version = 2

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` starts as dmidecode's output does, or has one of its structures."""
        return _OURS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report; its asset is None when the output leaves out the system's own structure."""
        table = dmi_table.read_table(member.text)
        if not table.structures:
            return _of_nothing(member.text)
        sightings = (
            *_bios(table),
            *_boards(table.of_type(dmi_table.BASE_BOARD)),
            *_processors(table.of_type(dmi_table.PROCESSOR)),
            *_modules(table.of_type(dmi_table.MEMORY_DEVICE)),
            *_power_supplies(table.of_type(dmi_table.POWER_SUPPLY)),
        )
        covered = frozenset(_COVERED[number] for number in table.complete_types() if number in _COVERED)
        problems = (table.complaint,) if table.complaint else ()
        return [Report(asset=_asset(table), coverage=covered, sightings=sightings, problems=problems)]


def _of_nothing(text: str) -> list[Report]:
    """No report of a selection that found nothing (``--type 43`` without a TPM); `MemberError` for what is an error."""
    remarks = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if remarks and _FOUND_TABLE.fullmatch(remarks[-1]):
        return []
    said_last = f": {remarks[-1][:200]}" if remarks else ""
    raise MemberError(f"dmidecode printed no structure{said_last}")


def _asset(table: Table) -> AssetClaim | None:
    # A board's serial alone names no asset: beside the system's own report it would make a second one.
    systems = table.of_type(dmi_table.SYSTEM)
    if not systems:
        return None
    sources = (
        ("system", systems[:1]),
        ("board", _main_boards(table.of_type(dmi_table.BASE_BOARD))[:1]),
        ("chassis", table.of_type(dmi_table.CHASSIS)[:1]),
    )
    serials = (
        SerialClaim(structure.field("serial number"), source) for source, found in sources for structure in found
    )
    return AssetClaim(
        vendor=said(systems[0].field("manufacturer")),
        model=said(systems[0].field("product name")),
        serials=tuple(claim for claim in serials if claim.value),
    )


def _bios(table: Table) -> Iterable[Sighting]:
    for bios in table.of_type(dmi_table.BIOS)[:1]:
        yield bios_sighting(
            vendor=said(bios.field("vendor")),
            version=said(bios.field("version")),
            released=bios.field("release date"),
        )


def bios_sighting(vendor: str, version: str, released: str) -> Sighting:
    """The system firmware as SMBIOS tells it. It has no model, so that an update leaves it the same component."""
    return Sighting(
        type=ComponentType.BIOS,
        vendor=vendor,
        slot="BIOS",
        slot_kind="dmi",
        firmware=version,
        firmware_kind="dmi" if version else "",
        measurements=measured(release_date=_iso_date(released)),
    )


def _iso_date(text: str) -> str:
    """``2024-03-15`` for "03/15/2024"; ``""`` for what is no date of that form."""
    try:
        return datetime.strptime(text.strip(), "%m/%d/%Y").date().isoformat()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return ""


def _main_boards(boards: Sequence[Structure]) -> list[Structure]:
    """The mainboard, or mainboards: by their type where several boards are listed, among them risers and midplanes."""
    main = [board for board in boards if board.field("type").lower() in {"", "motherboard", "server blade"}]
    return main or list(boards[:1])


def _boards(boards: Sequence[Structure]) -> Iterable[Sighting]:
    for board in _main_boards(boards):
        model, serial = said(board.field("product name")), board.field("serial number")
        if model or said(serial):
            slot = said(board.field("location in chassis"))
            yield Sighting(
                type=ComponentType.MOTHERBOARD,
                vendor=said(board.field("manufacturer")),
                model=model,
                serial=serial,
                slot=slot,
                slot_kind="dmi" if slot else "",
                measurements=measured(revision=said(board.field("version"))),
            )


def _processors(sockets: Sequence[Structure]) -> Iterable[Sighting]:
    for socket, slot in zip(sockets, _places(sockets, "socket designation"), strict=True):
        if _is_processor(socket):
            yield Sighting(
                type=ComponentType.CPU,
                vendor=said(socket.field("manufacturer")),
                model=said(socket.field("version")),
                part_number=said(socket.field("part number")),
                serial=socket.field("serial number"),
                slot=slot,
                slot_kind="dmi" if slot else "",
                measurements=measured(
                    cores=first_number(socket.field("core count")),
                    threads=first_number(socket.field("thread count")),
                    max_speed_mhz=first_number(socket.field("max speed")),
                ),
            )


def _is_processor(socket: Structure) -> bool:
    """Whether a central processor sits in the socket; disabled by the firmware, it still does."""
    if socket.field("type").lower() not in {"", "central processor", "unknown", "other"}:
        return False
    status = socket.field("status").lower()
    return "unpopulated" not in status and ("populated" in status or said(socket.field("version")) != "")


def _modules(devices: Sequence[Structure]) -> Iterable[Sighting]:
    for device, slot in zip(devices, _places(devices, "locator", "bank locator"), strict=True):
        if _is_module(device):
            yield Sighting(
                type=ComponentType.MEMORY,
                vendor=said(device.field("manufacturer")),
                model=said(device.field("part number")),
                part_number=said(device.field("part number")),
                serial=device.field("serial number"),
                slot=slot,
                slot_kind="dmi" if slot else "",
                manufactured_on=_made_on(device.field("asset tag")),
                measurements=measured(
                    size_bytes=_size(device),
                    memory_type=said(device.field("type")),
                    rank=first_number(device.field("rank")),
                    speed_mts=first_number(device.field("speed")),
                    configured_speed_mts=first_number(
                        device.field("configured memory speed") or device.field("configured clock speed")
                    ),
                ),
            )


def _made_on(tag: str) -> str:
    """The Monday of the week of making, which Supermicro's boards write into a module's tag; else ``""``."""
    found = _MADE.search(tag)
    made = week_begins(found["year"], found["week"]) if found else None
    return made.isoformat() if made else ""


def _is_module(device: Structure) -> bool:
    named = [device.field(name) for name in ("serial number", "manufacturer", "part number")]
    if any(_NO_MODULE.fullmatch(text) for text in (device.field("size"), *named)):
        return False
    if _ROM.fullmatch(device.field("type")):
        return False
    size = _size(device)
    if size is None:  # "Unknown", which SMBIOS also has for modules it cannot size
        return said(named[0]) != ""
    return size >= _SMALLEST_MODULE


def _size(device: Structure) -> int | None:
    text = device.field("size")
    found = _SIZE.fullmatch(text)
    if found:
        return int(found[1]) * _UNITS[found[2][0].lower()]
    return 0 if text.lower() in {"", "0", "none", "not installed", "no module installed"} else None


def _power_supplies(supplies: Sequence[Structure]) -> Iterable[Sighting]:
    for supply in supplies:
        printed = said(supply.field("name"))
        part = said(supply.field("model part number"))
        serial = supply.field("serial number")
        if "not present" in supply.field("status").lower() or not (printed or part or said(serial)):
            continue
        names_bay = _NAMES_A_BAY.fullmatch(printed) is not None
        slot = said(supply.field("location")) or (printed if names_bay else "")
        yield Sighting(
            type=ComponentType.PSU,
            vendor=said(supply.field("manufacturer")),
            model=part if names_bay else printed or part,
            part_number=part,
            serial=serial,
            slot=slot,
            slot_kind="dmi" if slot else "",
            measurements=measured(
                revision=said(supply.field("revision")),
                max_power_watts=first_number(supply.field("max power capacity")),
            ),
        )


def _places(structures: Sequence[Structure], name: str, wider: str = "") -> list[str]:
    """A slot for each structure, no two alike: a name that repeats gets the wider place before it, then a count after.

    All structures are named, empty sockets too: a slot must not change its name because its neighbour was filled.
    """
    names = [said(structure.field(name)) for structure in structures]
    if wider:
        within = [said(structure.field(wider)) for structure in structures]
        repeated = Counter(names)
        names = [
            f"{bank} {place}".strip() if repeated[place] > 1 else place
            for bank, place in zip(within, names, strict=True)
        ]
    return numbered(names)
