"""Whether two tools' words for a slot or a make mean the same: ``P0`` and ``CPU 1``, ``DIMM.Socket.A1`` and ``A1``."""

import re
from collections.abc import Collection, Iterable

from ingest.domain.report import Sighting
from registry.domain.vocabulary import ComponentType

Place = tuple[str | int, ...]

_WORDS = re.compile(r"[A-Z]+|\d+")
_TOKENS = re.compile(r"[A-Z0-9]+")
_SOCKETS = frozenset({"P", "CPU", "PROC", "PROCESSOR"})
# What stands in slots beside what tells them apart.
_IDLE = {
    ComponentType.CPU: _SOCKETS | {"SOCKET", "PACKAGE", "SLOT"},
    ComponentType.MEMORY: frozenset({"DIMM", "SOCKET", "SLOT", "MODULE", "MEMORY"}),
    ComponentType.FAN: frozenset({"FAN", "SYSTEM", "BOARD", "EMBEDDED", "SYS", "MODULE"}),
    ComponentType.PSU: frozenset({"PSU", "PS", "PWS", "POWER", "SUPPLY", "UNIT", "SLOT", "BAY", "STATUS", "MODULE"}),
}
_GLUED = re.compile(r"(?<=.)DIMM|DIMM(?=.)")
NUMBERED = frozenset(_IDLE)  # the types whose slots are numbered throughout
_IDLE_IN_MAKES = frozenset({"R", "TM", "CPU", "PROCESSOR", "INC", "CORP", "CORPORATION", "CO", "LTD"})


def place_of(kind: str, slot: str) -> Place:
    """What tells the slot from others of its type: its letters and numbers without the words that all have; or ``()``.

    A module's socket is kept, since letters and numbers repeat at each: ``CPU1_DIMM_A1`` is ``("P", 1, "A", 1)``.
    """
    idle = _IDLE.get(ComponentType(kind))
    if idle is None:
        return ()
    text = _GLUED.sub(" ", slot.upper()) if kind == ComponentType.MEMORY else slot.upper()
    words = (int(word) if word.isdigit() else word for word in _WORDS.findall(text))
    return tuple("P" if word in _SOCKETS else word for word in words if word not in idle)


def counted_from_one(places: Iterable[Place]) -> dict[Place, Place]:
    """Each place with the number that it has where the first is 1: some tools begin with 0."""
    told = set(places)
    alone = {place for place in told if len(place) == 1 and isinstance(place[0], int)}
    shift = 1 if (0,) in alone else 0
    return {place: (int(place[0]) + shift,) if place in alone else place for place in told}


def in_order(place: Place) -> list[tuple[bool, int, str]]:
    """The sorting key that puts 2 before 10."""
    return [(isinstance(word, str), word if isinstance(word, int) else 0, str(word)) for word in place]


def may_be_of_one_make(one: Collection[Sighting], other: Collection[Sighting]) -> bool:
    """Whether models and part numbers allow two tools' sightings to be of one part.

    They do where one is the other with words more: ``Xeon Gold 6248``, ``Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz``.
    """
    mine, theirs = _makes(one), _makes(other)
    return not mine or not theirs or any(a <= b or b <= a for a in mine for b in theirs)


def _makes(sightings: Iterable[Sighting]) -> list[frozenset[str]]:
    texts = {text for sighting in sightings for text in (sighting.model, sighting.part_number) if text}
    makes = (frozenset(_TOKENS.findall(text.upper())) - _IDLE_IN_MAKES for text in texts)
    return [make for make in makes if make]
