"""The SMBIOS structures in dmidecode's output, whatever its version and however it was cut."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

BIOS: Final = 0
SYSTEM: Final = 1
BASE_BOARD: Final = 2
CHASSIS: Final = 3
PROCESSOR: Final = 4
MEMORY_ARRAY: Final = 16
MEMORY_DEVICE: Final = 17
POWER_SUPPLY: Final = 39
END_OF_TABLE: Final = 127

# The types that one keyword of `dmidecode --type` selects.
_KEYWORDS: Final = (
    {0, 13},
    {1, 12, 15, 23, 32},
    {2, 10, 41},
    {5, 6, 16, 17},
)
_HANDLE: Final = re.compile(r"Handle 0x[0-9A-Fa-f]+(?:, DMI type (\d{1,3}), \d+ bytes\.?)?\s*")
_TYPE_LINE: Final = re.compile(r"\s+DMI type (\d{1,3}), \d+ bytes\.?\s*")  # dmidecode 2.2: below the handle
_DECLARED: Final = re.compile(r"(\d{1,6}) structures occupying \d+ bytes\.?\s*")
_BROKEN: Final = re.compile(r".*(?:<TRUNCATED>|DMI table is broken|Wrong DMI structures (?:count|length)).*")


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure: its DMI type and its fields, by name in lower case."""

    type: int
    fields: Mapping[str, str]

    def field(self, name: str) -> str:
        """The field's text as printed, or ``""``."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class Table:
    """What one run of dmidecode printed. `complaint`: what it said of a table that it could not read to its end."""

    structures: tuple[Structure, ...]
    declared: int | None = None
    complaint: str = ""

    def of_type(self, number: int) -> list[Structure]:
        """The structures of that DMI type, in the order of the table."""
        return [structure for structure in self.structures if structure.type == number]

    def complete_types(self) -> frozenset[int]:
        """The DMI types whose structures are all here.

        - A whole table ends with the structure End Of Table, which a selection (``--type``) does not print. It is
          complete unless it has fewer structures than dmidecode announced: then somebody cut it.
        - Without that end it is a selection, or a table cut short. A selection of one type, or of one keyword's types,
          is known by having nothing else; any other mixture could be either, and counts as cut.
        - Fewer memory devices than the memory arrays have room for mean that devices were cut off.
        - A table that dmidecode itself calls broken is complete in nothing.
        """
        present = {structure.type for structure in self.structures}
        if self.complaint or not self._is_whole(present):
            return frozenset()
        if len(self.of_type(MEMORY_DEVICE)) < self._room_for_memory():
            present.discard(MEMORY_DEVICE)
        return frozenset(present)

    def _is_whole(self, present: set[int]) -> bool:
        if END_OF_TABLE in present and len(present) > 1:
            return self.declared is None or len(self.structures) >= self.declared
        return len(present) == 1 or any(present <= keyword for keyword in _KEYWORDS)

    def _room_for_memory(self) -> int:
        printed = (array.field("number of devices") for array in self.of_type(MEMORY_ARRAY))
        return sum(int(count) for count in printed if count.isascii() and count.isdigit() and len(count) < 6)


def read_table(text: str) -> Table:
    """The table in dmidecode's output `text`; lines that belong to no structure are passed over."""
    declared: int | None = None
    complaint = ""
    blocks: list[list[str]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _HANDLE.fullmatch(line):
            blocks.append([line])
        elif _BROKEN.fullmatch(line):
            complaint = line.strip()
        elif blocks:
            blocks[-1].append(line)
        elif found := _DECLARED.fullmatch(line):
            declared = int(found[1])
    structures = tuple(structure for block in blocks if (structure := _structure(block)))
    return Table(structures, declared, complaint)


def _structure(block: list[str]) -> Structure | None:
    handle = _HANDLE.fullmatch(block[0])
    body = block[1:]
    number = handle[1] if handle else None
    if number is None:
        below = _TYPE_LINE.fullmatch(body[0]) if body else None
        if below is None:
            return None
        number, body = below[1], body[1:]
    return Structure(int(number), _fields(body[1:]))


def _fields(lines: Iterable[str]) -> dict[str, str]:
    """The fields of a structure: what is indented deeper than the first belongs to a list and is passed over."""
    fields: dict[str, str] = {}
    indent: int | None = None
    for line in lines:
        name, colon, value = line.strip().partition(":")
        if not name:
            continue
        depth = _depth(line)
        indent = depth if indent is None else indent
        if colon and depth == indent:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _depth(line: str) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())
