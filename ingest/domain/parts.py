"""A tool's sighting of a part, with its names in the form in which they are compared."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.domain.identifiers import drive_name, extended_unique_id
from ingest.domain.report import Sighting
from registry.domain.identifiers import clean_identifier
from registry.domain.serials import is_placeholder, module_made_on, normalise, part_serial
from registry.domain.vocabulary import MAX_SERIAL, MAX_TEXT, ComponentType

_DRIVE_NAMES = frozenset({"wwn", "nguid", "eui64"})
_TRANSPORTS = frozenset({"ATA", "SATA", "NVME", "SCSI", "USB"})  # where SCSI's vendor stands, of what is no SCSI drive


@dataclass(frozen=True, slots=True)
class Part:
    """One sighting, the parser it comes from, and that parser's rank (0 counts first)."""

    parser: str
    rank: int
    sighting: Sighting


@dataclass(slots=True)
class CleanPart:
    """A part with its names cleaned.

    `key` is what it is joined by: its lookup, or `@` and its place where only that names it. `shared`: the lookup that
    the part shows and cannot have, since others show it too.
    """

    part: Part
    vendor: str
    serial: str
    identifiers: frozenset[tuple[str, str]]
    key: str = ""
    shared: str = ""

    @property
    def type(self) -> str:
        """The part's type."""
        return self.part.sighting.type

    @property
    def place(self) -> tuple[str, str]:
        """The part's type and slot, as they are compared."""
        return (self.part.sighting.type, normalise(self.part.sighting.slot))


def clean_part(part: Part, placeholders: Collection[str]) -> CleanPart:
    """The part with its names as they are compared; placeholders are left out."""
    sighting = part.sighting
    if sighting.type == ComponentType.MEMORY and not sighting.manufactured_on:
        made = module_made_on(sighting.serial)
        part = replace(part, sighting=replace(sighting, manufactured_on=made.isoformat())) if made else part
    return CleanPart(
        part,
        vendor_named(sighting.vendor),
        *named_part(sighting.type, sighting.serial, sighting.identifiers, placeholders),
    )


def named_part(
    kind: str, serial: str, identifiers: Iterable[tuple[str, str]], placeholders: Collection[str] = frozenset()
) -> tuple[str, frozenset[tuple[str, str]]]:
    """(serial, identifiers) of a part of type `kind` as they are compared; placeholders are left out."""
    pairs = (clean_name(name, value) for name, value in identifiers)
    clean = part_serial(kind, serial, placeholders)[:MAX_SERIAL]
    return clean, frozenset((n, value[:MAX_SERIAL]) for n, value in pairs if value)


def clean_name(kind: str, value: str) -> tuple[str, str]:
    """The identifier as it is compared; a drive's name is of the kind that its digits show, whatever tools call it."""
    clean = clean_identifier(kind, value)
    if kind in _DRIVE_NAMES and clean:
        return drive_name(clean) or extended_unique_id(clean) or (kind, clean)
    return (kind, clean)


@lru_cache(maxsize=16_384)  # a fleet's parts are of few makes and models
def word(text: str) -> str:
    """The text on one line, or ``""`` where it fills a field without saying anything."""
    return "" if is_placeholder(text) else line(text)


def vendor_named(text: str) -> str:
    """The vendor in `text`, or ``""`` where it names none."""
    named = word(text) if text else ""
    return "" if named.upper() in _TRANSPORTS else named


def line(text: str) -> str:
    """The text on one line, no longer than its column."""
    return " ".join(text.split())[:MAX_TEXT]


def differ(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings by one tool cannot be of one part, going by slot and model."""
    if one.slot_kind == other.slot_kind and one.slot and other.slot and normalise(one.slot) != normalise(other.slot):
        return True
    return models_differ(one, other)


def models_differ(one: Sighting, other: Sighting) -> bool:
    """Whether one tool names two models."""
    return bool(one.model and other.model and normalise(one.model) != normalise(other.model))


def names_differ(one: Collection[tuple[str, str]], other: Collection[tuple[str, str]]) -> bool:
    """Whether two parts' identifiers of one kind have none in common."""
    return any(
        {value for kind, value in one if kind == shared}.isdisjoint({value for kind, value in other if kind == shared})
        for shared in {kind for kind, _ in one} & {kind for kind, _ in other}
    )
