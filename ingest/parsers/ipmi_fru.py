"""``ipmitool fru print``: what the management controller keeps of the server and of its replaceable units."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.domain.identifiers import mac_address
from ingest.domain.report import AssetClaim, Member, MemberError, Report, SerialClaim, Sighting
from ingest.parsers.fields import measured, said, trimmed, whole_lines
from ingest.parsers.printed_time import printed_time
from registry.domain.serials import clean_serial, normalise
from registry.domain.vocabulary import ComponentType

_HEADER: Final = re.compile(r"FRU Device Description : (.*?)(?: \(ID (\d+)\))?")
_KEY: Final = (
    r"(?:Chassis|Board|Product) "
    r"(?:Type|Serial|Part Number|Mfg Date|Mfg|Product|Manufacturer|Name|Version|Asset Tag|Extra|FRU ID)"
)
_OURS: Final = re.compile(rf"^FRU Device Description : |\A\s*{_KEY} *: [^\n]*\n\s*{_KEY} *: ".encode(), re.MULTILINE)
_SYSTEM: Final = re.compile(r"builtin fru device|/sys", re.IGNORECASE)

# What a unit is, by the last part of its name; the first that fits counts.
_BY_NAME: Final = (
    (ComponentType.MEMORY, re.compile(r".*\bDIMM.*|D\d+", re.IGNORECASE)),
    (
        ComponentType.PSU,
        re.compile(r"(?:PSU?|PWR|POWER|PWR[ _]?SUPPLY|POWER[ _]?SUPPLY)[ _#-]?\d+(?:[ _]FRU)?", re.IGNORECASE),
    ),
    (ComponentType.DISK, re.compile(r"(?:HDD|SSD|NVME|DISK|DRIVE)[ _-]?\d+", re.IGNORECASE)),
    (ComponentType.GPU, re.compile(r"GPU[ _-]?\d*.*", re.IGNORECASE)),
    (ComponentType.FAN, re.compile(r"(?:SYS[ _]?)?FAN[ _-]?\d+", re.IGNORECASE)),
    (ComponentType.CPU, re.compile(r"(?:CPU|PROC|P)[ _-]?\d+", re.IGNORECASE)),
    (ComponentType.MOTHERBOARD, re.compile(r"MB|MOTHERBOARD|(?:MAIN|SYSTEM|BASE) ?BOARD(?:[ _]FRU)?", re.IGNORECASE)),
    (ComponentType.HBA, re.compile(r".*\b(?:PERC|RAID|HBA|SAS CTRL)\d*\b.*", re.IGNORECASE)),
    (ComponentType.NIC, re.compile(r".*\b(?:NDC|NIC|LOM|OCP|MLOM)\d*\b.*", re.IGNORECASE)),
    (ComponentType.BMC, re.compile(r"(?:BMC|SP)(?:[ _]?FRU)?", re.IGNORECASE)),
)
_BY_PRODUCT: Final = (
    (ComponentType.NIC, re.compile(r".*\b(?:Ethernet|Network|InfiniBand|ConnectX|Gigabit|GbE)\b.*", re.IGNORECASE)),
    (ComponentType.HBA, re.compile(r".*\b(?:RAID|SAS HBA|Smart Array|HBA|Fibre Channel)\b.*", re.IGNORECASE)),
    (ComponentType.PSU, re.compile(r".*\b(?:PWR SPLY|Power Supply|PSU)\b.*", re.IGNORECASE)),
)
# Makers write the serial of these on the product, that of boards on the board.
_PRODUCTS: Final = frozenset(
    {ComponentType.MEMORY, ComponentType.PSU, ComponentType.DISK, ComponentType.FAN, ComponentType.CPU}
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One FRU: its name as printed, its number, and its fields."""

    name: str
    number: str
    fields: Mapping[str, str]

    def said(self, *keys: str) -> str:
        return next((text for key in keys if (text := said(self.fields.get(key, "")))), "")

    def serial(self, *areas: str) -> str:
        """The first serial number that names something; a network port's address is none."""
        texts = (trimmed(self.fields.get(f"{area} Serial", "")) for area in areas)
        return next((text for text in texts if clean_serial(text) and not mac_address(text)), "")


class IpmiFruParser:
    """The asset by its own unit (product, else board, else chassis), and every unit that bears a serial number.

    Covers nothing: the list has no end by which a cut one could be told, and a busy controller says of parts that are
    there that they are not. Units without a serial number are left out: at a controller's own names for its slots they
    would be second components beside those of other tools. Tells no time.
    """

    name = "ipmi-fru"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` has a unit's heading, or starts with the fields of one unit alone."""
        return _OURS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report; its asset is None when the file has only some of the units."""
        units = _units(member.text)
        if not any(unit.fields for unit in units):
            raise MemberError("no FRU was read: none of them has any field")
        system = _system(units)
        asset = _asset(system) if system else None
        taken = {normalise(claim.value) for claim in asset.serials if claim.source != "board"} if asset else set()
        parts = _parts([unit for unit in units if unit is not system], taken)
        return [Report(asset=asset, sightings=(*_board(system, units), *parts))]


def _units(text: str) -> list[_Unit]:
    """The units, but for those that repeat another's fields: one memory chip can have two names."""
    blocks: list[tuple[str, str, dict[str, str]]] = [("", "", {})]
    for line in whole_lines(text):
        if found := _HEADER.fullmatch(line.strip()):
            blocks.append((trimmed(found[1]), found[2] or "", {}))
            continue
        key, colon, value = line.partition(":")
        if colon and value.strip():
            blocks[-1][2].setdefault(key.strip(), value.strip())
    units: dict[tuple[tuple[str, str], ...], _Unit] = {}
    for name, number, fields in blocks:
        if fields:
            units.setdefault(tuple(sorted(fields.items())), _Unit(name, number, fields))
    return list(units.values())


def _system(units: Sequence[_Unit]) -> _Unit | None:
    """The unit of the whole server. Sun's is called /SYS, and its unit 0 is the management controller."""
    named = [unit for unit in units if _SYSTEM.fullmatch(unit.name)]
    if named:
        return next((unit for unit in named if unit.name.upper() == "/SYS"), named[0])
    chief = next((unit for unit in units if unit.number == "0" or not unit.name), None)
    return chief if chief and any(key.startswith("Chassis ") for key in chief.fields) else None


def _asset(system: _Unit) -> AssetClaim:
    sources = {"system": "Product", "board": "Board", "chassis": "Chassis"}
    claims = (SerialClaim(system.serial(area), source) for source, area in sources.items())
    return AssetClaim(
        vendor=system.said("Product Manufacturer", "Board Mfg"),
        model=system.said("Product Name", "Board Product"),
        serials=tuple(claim for claim in claims if claim.value),
    )


def _board(system: _Unit | None, units: Sequence[_Unit]) -> Iterator[Sighting]:
    """The mainboard that the server's own unit describes, unless a unit of its own does."""
    if system and system.serial("Board") and not any(_type(unit) == ComponentType.MOTHERBOARD for unit in units):
        yield _sighting(ComponentType.MOTHERBOARD, system, system.serial("Board"), slot="")


def _parts(units: Sequence[_Unit], taken: set[str]) -> Iterator[Sighting]:
    for unit in units:
        kind = _type(unit)
        serial = unit.serial("Product", "Board") if kind in _PRODUCTS else unit.serial("Board", "Product")
        # What only repeats the server's own number is a label upon the server.
        if serial and normalise(serial) not in taken:
            yield _sighting(kind, unit, serial, slot="" if kind == ComponentType.MOTHERBOARD else unit.name)


def _type(unit: _Unit) -> ComponentType:
    name = unit.name.rpartition("/")[2]
    product = unit.said("Product Name", "Board Product")
    found = next((kind for kind, pattern in _BY_NAME if pattern.fullmatch(name)), None)
    return found or next((kind for kind, pattern in _BY_PRODUCT if pattern.fullmatch(product)), ComponentType.OTHER)


def _sighting(kind: ComponentType, unit: _Unit, serial: str, slot: str) -> Sighting:
    areas = ("Product", "Board") if kind in _PRODUCTS else ("Board", "Product")
    names = {"Product": "Product Name", "Board": "Board Product"}
    makers = {"Product": "Product Manufacturer", "Board": "Board Mfg"}
    return Sighting(
        type=kind,
        vendor=unit.said(*(makers[area] for area in areas)),
        model=unit.said(*(names[area] for area in areas)),
        part_number=unit.said(*(f"{area} Part Number" for area in areas)),
        serial=serial,
        slot=slot,
        slot_kind="fru" if slot else "",
        manufactured_on=_manufactured_on(unit.fields.get("Board Mfg Date", "")),
        measurements=measured(revision=unit.said("Product Version")),
    )


def _manufactured_on(text: str) -> str:
    """The day in "Mon Apr 28 23:16:00 2014", whatever zone stands behind, as an ISO date; else ``""``.

    These dates begin with 1996-01-01, which stands where nobody wrote one.
    """
    made, _ = printed_time(" ".join(text.split()[:5]))
    return made.date().isoformat() if made else ""
