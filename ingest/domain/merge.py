"""Joins what several tools saw of one asset's components into each component once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from ingest.domain.identifiers import drive_name, extended_unique_id
from ingest.domain.kinds import FIRMWARE_KINDS, HEALTH_ORDER, SLOT_KINDS, rank
from ingest.domain.report import Sighting
from registry.domain.identifiers import clean_identifier
from registry.domain.identity import identifier_lookup, serial_lookup, vendor_key
from registry.domain.serials import board_serial, clean_serial, is_placeholder, module_serial, normalise
from registry.domain.vocabulary import MAX_SERIAL, MAX_TEXT

_DESCRIPTIONS = ("vendor", "model", "part_number", "lot", "manufactured_on")
_DRIVE_NAMES = frozenset({"wwn", "nguid", "eui64"})
_FREE = frozenset({"lot", "manufactured_on"})  # people's own words and dates, which no firmware fills
_SERIAL_FORMS = {"memory": module_serial, "motherboard": board_serial}


@dataclass(frozen=True, slots=True)
class Part:
    """One sighting, the parser it comes from, and that parser's rank (0 counts first)."""

    parser: str
    rank: int
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Merged:
    """One component of a snapshot, told by one tool or several.

    `lookup` is ``""`` where only its position names it. `slots` and `firmware`: (kind of source, value), best
    kind first. `claims`: per descriptive field the value and the rank of the parser that gave it.
    """

    type: str
    lookup: str
    serial: str
    identifiers: tuple[tuple[str, str], ...]
    slots: tuple[tuple[str, str], ...]
    firmware: tuple[tuple[str, str], ...]
    health: str
    parsers: tuple[str, ...]
    claims: Mapping[str, tuple[int, str]]
    measurements: Mapping[str, Any]

    def said(self, name: str) -> str:
        """The value of a descriptive field, or ``""``."""
        return self.claims[name][1] if name in self.claims else ""


@dataclass(slots=True)
class _Clean:
    """A part with its names cleaned; `key` is what it is joined by, ``""`` where only its position names it."""

    part: Part
    serial: str
    identifiers: frozenset[tuple[str, str]]
    key: str = ""


def merge_parts(
    parts: Sequence[Part], placeholders: Collection[str] = frozenset()
) -> tuple[tuple[Merged, ...], tuple[str, ...]]:
    """The components told by `parts`, and the names that cannot be one component's.

    A serial that one tool shows on parts which cannot be one (two slots, other models, other identifiers) names none of
    them: each is then known by what else it shows, and the serial is among the conflicts.
    """
    cleaned = [_clean(part, placeholders) for part in parts]
    conflicts = _drop_shared_serials(cleaned)
    split = _of_several_vendors(cleaned)
    for item in cleaned:
        item.key = _key(item, split)
    _join_by_identifier(cleaned)
    _join_by_slot(cleaned)
    groups: dict[str, list[_Clean]] = defaultdict(list)
    for item in cleaned:
        groups[item.key].append(item)
    merged = sorted((_merge(group) for group in groups.values()), key=_order)
    return tuple(merged), tuple(sorted(conflicts))


def named_part(
    kind: str, serial: str, identifiers: Iterable[tuple[str, str]], placeholders: Collection[str] = frozenset()
) -> tuple[str, frozenset[tuple[str, str]]]:
    """(serial, identifiers) of a part of type `kind` as they are compared; placeholders are left out."""
    form = _SERIAL_FORMS.get(kind, clean_serial)
    pairs = (_identifier(name, value) for name, value in identifiers)
    return form(serial, placeholders)[:MAX_SERIAL], frozenset((n, value[:MAX_SERIAL]) for n, value in pairs if value)


def _clean(part: Part, placeholders: Collection[str]) -> _Clean:
    sighting = part.sighting
    return _Clean(part, *named_part(sighting.type, sighting.serial, sighting.identifiers, placeholders))


def _identifier(kind: str, value: str) -> tuple[str, str]:
    """The identifier as it is compared; a drive's name is of the kind that its digits show, whatever tools call it."""
    clean = clean_identifier(kind, value)
    if kind in _DRIVE_NAMES and clean:
        return drive_name(clean) or extended_unique_id(clean) or (kind, clean)
    return (kind, clean)


def _drop_shared_serials(cleaned: Sequence[_Clean]) -> set[str]:
    """Takes away serials that cannot be one part's, and splits those that two vendors share; gives the names taken."""
    groups: dict[str, list[_Clean]] = defaultdict(list)
    for item in cleaned:
        if item.serial:
            groups[serial_lookup(item.part.sighting.type, item.serial)].append(item)
    shared = {lookup for lookup, group in groups.items() if len(group) > 1 and _contradicts(group)}
    for lookup in shared:
        for item in groups[lookup]:
            item.serial = ""
    return shared


def _contradicts(group: Sequence[_Clean]) -> bool:
    by_parser: dict[str, list[_Clean]] = defaultdict(list)
    for item in group:
        by_parser[item.part.parser].append(item)
    return any(_cannot_be_one(a, b) for items in by_parser.values() for a, b in combinations(items, 2))


def _cannot_be_one(a: _Clean, b: _Clean) -> bool:
    """Whether one tool's two sightings of one serial are of two parts; two vendors may share a serial rightfully."""
    one, other = a.part.sighting, b.part.sighting
    if one.vendor and other.vendor and vendor_key(one.vendor) != vendor_key(other.vendor):
        return False
    if one.slot_kind == other.slot_kind and one.slot and other.slot and normalise(one.slot) != normalise(other.slot):
        return True
    if one.model and other.model and normalise(one.model) != normalise(other.model):
        return True
    return any(
        {value for kind, value in a.identifiers if kind == shared}.isdisjoint(
            {value for kind, value in b.identifiers if kind == shared}
        )
        for shared in {kind for kind, _ in a.identifiers} & {kind for kind, _ in b.identifiers}
    )


def _of_several_vendors(cleaned: Sequence[_Clean]) -> dict[str, str]:
    """The lookups under which one tool lists several vendors' parts, each with the vendor that comes first by name."""
    vendors: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in cleaned:
        if item.serial and item.part.sighting.vendor:
            lookup = serial_lookup(item.part.sighting.type, item.serial)
            vendors[(item.part.parser, lookup)].add(vendor_key(item.part.sighting.vendor))
    return {lookup: min(names) for (_, lookup), names in sorted(vendors.items()) if len(names) > 1}


def _key(item: _Clean, split: Mapping[str, str]) -> str:
    sighting = item.part.sighting
    if item.serial:
        lookup = serial_lookup(sighting.type, item.serial)
        return f"{lookup}|{vendor_key(sighting.vendor) or split[lookup]}" if lookup in split else lookup
    return identifier_lookup(sighting.type, item.identifiers)


def _join_by_identifier(cleaned: Sequence[_Clean]) -> None:
    """Gives a part without a serial the key of the one part of its type with a serial that shows its identifier."""
    owners: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in cleaned:
        if item.serial:
            for kind, value in item.identifiers:
                owners[(item.part.sighting.type, kind, value)].add(item.key)
    for item in cleaned:
        if not item.serial:
            known = {key for kind, value in item.identifiers for key in owners[(item.part.sighting.type, kind, value)]}
            if len(known) == 1:
                item.key = known.pop()


def _join_by_slot(cleaned: Sequence[_Clean]) -> None:
    """Joins nameless parts with what another tool saw of the same type in a slot that it calls the same."""
    if all(item.key for item in cleaned):
        return
    seen_at: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in cleaned:
        if item.key and item.part.sighting.slot:
            seen_at[_place(item)][item.key].add(item.part.parser)
    for number, item in enumerate(cleaned):
        if item.key:
            continue
        there = seen_at.get(_place(item), {}) if item.part.sighting.slot else {}
        # What one tool lists beside a part in a slot of the same name is another part.
        known = [key for key, parsers in there.items() if item.part.parser not in parsers]
        item.key = known[0] if len(known) == len(there) == 1 else _nameless(item, cleaned[:number])


def _place(item: _Clean) -> tuple[str, str]:
    return (item.part.sighting.type, normalise(item.part.sighting.slot))


def _nameless(item: _Clean, before: Sequence[_Clean]) -> str:
    """A key for this snapshot alone: the position, and the model where one tool sees several models there."""
    place = _place(item)
    same_tool = {
        normalise(other.part.sighting.model)
        for other in before
        if other.part.parser == item.part.parser
        and _place(other) == place
        and not other.serial
        and not other.identifiers
    }
    model = normalise(item.part.sighting.model)
    return f"@{place[0]}|{place[1]}|{model if same_tool - {model} else ''}"


def _merge(group: Sequence[_Clean]) -> Merged:
    if len(group) == 1:
        return _alone(group[0])
    ordered = sorted(group, key=lambda item: (item.part.rank, item.part.parser))
    sightings = [item.part.sighting for item in ordered]
    identifiers = tuple(sorted({pair for item in ordered for pair in item.identifiers}))
    serial = next((item.serial for item in ordered if item.serial), "")
    kind = sightings[0].type
    return Merged(
        type=kind,
        lookup=serial_lookup(kind, serial) if serial else identifier_lookup(kind, identifiers),
        serial=serial,
        identifiers=identifiers,
        slots=_by_kind(((s.slot_kind, s.slot) for s in sightings), SLOT_KINDS),
        firmware=_by_kind(((s.firmware_kind, s.firmware) for s in sightings), FIRMWARE_KINDS),
        health=max((s.health for s in sightings), key=HEALTH_ORDER.index),
        parsers=tuple(sorted({item.part.parser for item in ordered})),
        claims=_claims(ordered),
        measurements=_measurements(sightings),
    )


def _alone(item: _Clean) -> Merged:
    """The component that one tool alone saw: nearly every one, and each snapshot has many."""
    sighting, serial = item.part.sighting, item.serial
    identifiers = tuple(sorted(item.identifiers))
    slot, firmware = _line(sighting.slot), _line(sighting.firmware)
    return Merged(
        type=sighting.type,
        lookup=serial_lookup(sighting.type, serial) if serial else identifier_lookup(sighting.type, identifiers),
        serial=serial,
        identifiers=identifiers,
        slots=((sighting.slot_kind, slot),) if slot else (),
        firmware=((sighting.firmware_kind, firmware),) if firmware else (),
        health=sighting.health,
        parsers=(item.part.parser,),
        claims=_claims((item,)),
        measurements=sighting.measurements,
    )


def _by_kind(told: Iterable[tuple[str, str]], kinds: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    known: dict[str, str] = {}
    for kind, value in told:
        if text := _line(value):
            known.setdefault(kind, text)
    return tuple(sorted(known.items(), key=lambda pair: rank(kinds, pair[0])))


def _claims(ordered: Sequence[_Clean]) -> dict[str, tuple[int, str]]:
    claims: dict[str, tuple[int, str]] = {}
    for item in ordered:
        for name in _DESCRIPTIONS:
            text = getattr(item.part.sighting, name)
            if text and name not in claims and (text := _line(text) if name in _FREE else _word(text)):
                claims[name] = (item.part.rank, text)
    return claims


@lru_cache(maxsize=16_384)  # a fleet's parts are of few makes and models
def _word(text: str) -> str:
    """The text on one line, or ``""`` where it fills a field without saying anything."""
    return "" if is_placeholder(text) else _line(text)


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_TEXT]


def _measurements(sightings: Sequence[Sighting]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for sighting in reversed(sightings):
        joined.update(sighting.measurements)
    return joined


def _order(component: Merged) -> tuple[str, str, tuple[tuple[str, str], ...], str]:
    return (component.type, component.lookup, component.slots, component.said("model"))
