"""Finds the component of a snapshot that each failure signal speaks of."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.domain.merge import Merged, named_part
from ingest.domain.report import Signal
from registry.domain.identity import identifier_lookup, serial_lookup
from registry.domain.serials import normalise
from registry.domain.vocabulary import MAX_TEXT


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
    """Each signal once, in the order of time, with the component that it speaks of."""
    by_name = _by_name(components)
    by_slot = _by_slot(components)
    placed: dict[str, PlacedSignal] = {}
    for item in told:
        part = item.signal.part
        serial, identifiers = named_part(part.type, part.serial, part.identifiers, placeholders)
        lookup = serial_lookup(part.type, serial) if serial else identifier_lookup(part.type, identifiers)
        component = by_name.get(lookup) if lookup else None
        if component is None:
            component = _only(by_name.get(identifier_lookup(part.type, [pair])) for pair in identifiers)
        if component is None and not serial and part.slot:
            component = by_slot.get((part.type, normalise(part.slot)))
        digest = _digest(item, lookup)
        placed.setdefault(digest, PlacedSignal(item.parser, item.signal, component, lookup, digest))
    return tuple(sorted(placed.values(), key=_order))


def _by_name(components: Sequence[Merged]) -> Mapping[str, int]:
    """The places of components by every name they bear, but for names that two of them share."""
    found: dict[str, set[int]] = defaultdict(set)
    for place, component in enumerate(components):
        names = {identifier_lookup(component.type, [pair]) for pair in component.identifiers} | {component.lookup}
        for name in names - {""}:
            found[name].add(place)
    return {name: next(iter(places)) for name, places in found.items() if len(places) == 1}


def _by_slot(components: Sequence[Merged]) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for place, component in enumerate(components):
        for _, slot in component.slots:
            found[(component.type, normalise(slot))].add(place)
    return {slot: next(iter(places)) for slot, places in found.items() if len(places) == 1}


def _only(places: Iterable[int | None]) -> int | None:
    known = {place for place in places if place is not None}
    return known.pop() if len(known) == 1 else None


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
