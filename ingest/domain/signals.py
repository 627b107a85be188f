"""Finds the component of a snapshot that each failure signal speaks of."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ingest.domain.devices import drive_names
from ingest.domain.merge import Merged
from ingest.domain.parts import named_part
from ingest.domain.report import DEVICE, PartName, Signal
from registry.domain.identity import identifier_lookup, serial_lookup
from registry.domain.serials import normalise
from registry.domain.vocabulary import MAX_TEXT

_Name = TypeVar("_Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class TellingSignal:
    """A signal and the name of the parser that read it."""

    parser: str
    signal: Signal


@dataclass(frozen=True, slots=True)
class PlacedSignal:
    """A signal with the part that it speaks of.

    `component`: the place of that part among the snapshot's components, or None where it shows no such part.
    `lookup`: the name of the part by serial or identifier, ``""`` where the source names its slot alone.
    `digest`: of what the source says; a log's entry has the same one in every bundle.
    """

    parser: str
    signal: Signal
    component: int | None
    lookup: str
    digest: str


def place_signals(
    told: Sequence[TellingSignal], components: Sequence[Merged], placeholders: Collection[str] = frozenset()
) -> tuple[PlacedSignal, ...]:
    """Each signal once, in the order of time, with the component that it speaks of.

    Of a part that is named by its device alone nothing is left where no one component had that device.
    """
    index = _Index(components)
    placed: dict[str, PlacedSignal] = {}
    for item in told:
        part = item.signal.part
        device = next((value for kind, value in part.identifiers if kind == DEVICE), "")
        component = index.by_device(part.type, device) if device else None
        if component is not None:
            lookup = components[component].lookup
        elif device:
            continue
        else:
            component, lookup = index.find(part, placeholders)
        digest = _digest(item, lookup)
        placed.setdefault(digest, PlacedSignal(item.parser, item.signal, component, lookup, digest))
    return tuple(sorted(placed.values(), key=_order))


class _Index:
    """A snapshot's components by each of their names."""

    def __init__(self, components: Sequence[Merged]) -> None:
        self._components = components
        self._names = _of_one(_names(components))
        self._slots = _of_one(
            ((component.type, normalise(slot)), place)
            for place, component in enumerate(components)
            for _, slot in component.slots
        )
        self._devices = _of_one(_devices(components))

    def find(self, part: PartName, placeholders: Collection[str]) -> tuple[int | None, str]:
        """(place of the component that `part` names, the part's name by serial or identifier)."""
        serial, identifiers = named_part(part.type, part.serial, part.identifiers, placeholders)
        lookup = serial_lookup(part.type, serial) if serial else identifier_lookup(part.type, identifiers)
        found = self._names.get(lookup) if lookup else None
        if found is None:
            found = _only(self._names.get(identifier_lookup(part.type, [pair])) for pair in identifiers)
        if found is None and not serial and part.slot:
            found = self._slots.get((part.type, normalise(part.slot)))
            if found is not None and _is_another(self._components[found], identifiers):
                found = None
        return found, lookup

    def by_device(self, kind: str, device: str) -> int | None:
        """The place of the one component of that type that some tool saw as `device`."""
        return next(
            (self._devices[key] for name in drive_names(device) if (key := (kind, name)) in self._devices), None
        )


def _names(components: Sequence[Merged]) -> Iterator[tuple[str, int]]:
    for place, component in enumerate(components):
        for name in {identifier_lookup(component.type, [pair]) for pair in component.identifiers} | {component.lookup}:
            if name:
                yield name, place


def _devices(components: Sequence[Merged]) -> Iterator[tuple[tuple[str, str], int]]:
    for place, component in enumerate(components):
        device, kind = component.measurements.get("device"), component.measurements.get("device_type", "")
        # Of a drive behind a RAID controller smartctl names the controller's own device.
        if isinstance(device, str) and "," not in str(kind):
            for name in drive_names(device):
                yield (component.type, name), place


def _of_one(pairs: Iterable[tuple[_Name, int]]) -> Mapping[_Name, int]:
    """The places by name, but for names that several components share."""
    found: dict[_Name, set[int]] = defaultdict(set)
    for name, place in pairs:
        found[name].add(place)
    return {name: next(iter(places)) for name, places in found.items() if len(places) == 1}


def _only(places: Iterable[int | None]) -> int | None:
    known = {place for place in places if place is not None}
    return known.pop() if len(known) == 1 else None


def _is_another(component: Merged, identifiers: Collection[tuple[str, str]]) -> bool:
    """Whether `component` shows an identifier where a part with `identifiers` has another one."""
    shown: dict[str, set[str]] = defaultdict(set)
    for kind, value in component.identifiers:
        shown[kind].add(value)
    return any(kind in shown and value not in shown[kind] for kind, value in identifiers)


def _digest(item: TellingSignal, lookup: str) -> str:
    signal = item.signal
    content = [
        item.parser,
        signal.kind,
        signal.part.type,
        lookup,
        signal.part.slot_kind,
        " ".join(signal.part.slot.split())[:MAX_TEXT],
        signal.mode,
        signal.severity,
        signal.occurred_at.isoformat() if signal.occurred_at else None,
        signal.code,
        signal.message,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:32]


def _order(item: PlacedSignal) -> tuple[bool, str, str]:
    moment = item.signal.occurred_at
    return (moment is not None, moment.isoformat() if moment else "", item.digest)
