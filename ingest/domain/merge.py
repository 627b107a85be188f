"""Joins what several tools saw of one asset's components into each component once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ingest.domain.kinds import FIRMWARE_KINDS, HEALTH_ORDER, SLOT_KINDS, rank
from ingest.domain.nameless import join_nameless
from ingest.domain.parts import CleanPart, Part, clean_part, differ, line, names_differ, word
from ingest.domain.report import Sighting
from registry.domain.drive_makers import drive_maker
from registry.domain.identity import identifier_lookup, serial_lookup, vendor_key
from registry.domain.vocabulary import ComponentType

_DESCRIPTIONS = ("vendor", "model", "part_number", "lot", "manufactured_on")
_FREE = frozenset({"lot", "manufactured_on"})  # people's own words and dates, which no firmware fills


INFERRED = 1000  # the rank of what no tool says and we conclude: behind all tools


@dataclass(frozen=True, slots=True)
class Merged:
    """One component of a snapshot, told by one tool or several.

    `lookup` is ``""`` where only its position names it. `slots` and `firmware`: (kind of source, value), best
    kind first. `claims`: per descriptive field the value and the rank of the parser that gave it. `shared`: the lookups
    by serial that it shows and cannot have, since another part of the snapshot shows them too.
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
    shared: tuple[str, ...] = ()

    @property
    def vendor(self) -> str:
        """The vendor that a tool names, or ``""``; only such a one tells parts with one serial apart."""
        rank, name = self.claims.get("vendor", (INFERRED, ""))
        return "" if rank == INFERRED else name

    def said(self, name: str) -> str:
        """The value of a descriptive field, or ``""``."""
        return self.claims[name][1] if name in self.claims else ""


def merge_parts(
    parts: Sequence[Part],
    placeholders: Collection[str] = frozenset(),
    coverage: Collection[tuple[str, str]] = (),
) -> tuple[tuple[Merged, ...], tuple[str, ...]]:
    """The components told by `parts`, and the names that cannot be one component's.

    `coverage`: the (parser, component type) pairs that are enumerated completely.

    A serial that one tool shows on parts which cannot be one (two slots, other models, other identifiers) names none of
    them: each is then known by what else it shows, and the serial is among the conflicts.
    """
    cleaned = [clean_part(part, placeholders) for part in parts]
    conflicts = _drop_shared_serials(cleaned)
    split = _of_several_vendors(cleaned)
    for item in cleaned:
        item.key = _key(item, split)
    _join_by_identifier(cleaned)
    _join_by_bus_address(cleaned)
    groups: dict[str, list[CleanPart]] = defaultdict(list)
    for item in join_nameless(cleaned, coverage):
        groups[item.key].append(item)
    merged = sorted((_merge(group) for group in groups.values()), key=_order)
    return tuple(merged), tuple(sorted(conflicts))


def _drop_shared_serials(cleaned: Sequence[CleanPart]) -> set[str]:
    """Takes away serials that cannot be one part's, and splits those that two vendors share; gives the names taken."""
    groups: dict[str, list[CleanPart]] = defaultdict(list)
    for item in cleaned:
        if item.serial:
            groups[serial_lookup(item.type, item.serial)].append(item)
    shared = {lookup for lookup, group in groups.items() if len(group) > 1 and _contradicts(group)}
    for lookup in shared:
        for item in groups[lookup]:
            item.serial, item.shared = "", lookup
    return shared


def _contradicts(group: Sequence[CleanPart]) -> bool:
    by_parser: dict[str, list[CleanPart]] = defaultdict(list)
    for item in group:
        by_parser[item.part.parser].append(item)
    return any(_cannot_be_one(a, b) for items in by_parser.values() for a, b in combinations(items, 2))


def _cannot_be_one(a: CleanPart, b: CleanPart) -> bool:
    """Whether one tool's two sightings of one serial are of two parts; two vendors may share a serial rightfully."""
    if a.vendor and b.vendor and vendor_key(a.vendor) != vendor_key(b.vendor):
        return False
    return differ(a.part.sighting, b.part.sighting) or names_differ(a.identifiers, b.identifiers)


def _of_several_vendors(cleaned: Sequence[CleanPart]) -> dict[str, str]:
    """The lookups under which one tool lists several vendors' parts, each with the vendor that comes first by name."""
    vendors: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in cleaned:
        if item.serial and item.vendor:
            vendors[(item.part.parser, serial_lookup(item.type, item.serial))].add(vendor_key(item.vendor))
    return {lookup: min(names) for (_, lookup), names in sorted(vendors.items()) if len(names) > 1}


def _key(item: CleanPart, split: Mapping[str, str]) -> str:
    if item.serial:
        lookup = serial_lookup(item.type, item.serial)
        return f"{lookup}|{vendor_key(item.vendor) or split[lookup]}" if lookup in split else lookup
    return identifier_lookup(item.type, item.identifiers)


def _join_by_identifier(cleaned: Sequence[CleanPart]) -> None:
    """Gives a part without a serial the key of the one part of its type with a serial that shows its identifier."""
    owners: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in cleaned:
        if item.serial:
            for kind, value in item.identifiers:
                owners[(item.type, kind, value)].add(item.key)
    for item in cleaned:
        if not item.serial:
            known = {key for kind, value in item.identifiers for key in owners[(item.type, kind, value)]}
            if len(known) == 1:
                item.key = known.pop()


def _join_by_bus_address(cleaned: Sequence[CleanPart]) -> None:
    """Gives a part known by an identifier alone the key of the one with a serial at its PCI address.

    A network card that one tool knows by its ports' addresses has its serial number in another's vital product data.
    """
    on_bus = [item for item in cleaned if item.part.sighting.slot_kind == "pci" and item.part.sighting.slot]
    there: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in on_bus:
        if item.serial:
            there[item.place][item.key].add(item.part.parser)
    keys: dict[str, set[str]] = defaultdict(set)
    for item in on_bus:
        if item.place in there and item.key and item.key == identifier_lookup(item.type, item.identifiers):
            # What one tool lists beside a part at the same address is another part.
            own_list = any(item.part.parser in parsers for parsers in there[item.place].values())
            keys[item.key].update({item.key} if own_list else there[item.place])
    for item in cleaned:
        if len(keys.get(item.key, ())) == 1:
            item.key = next(iter(keys[item.key]))


def _merge(group: Sequence[CleanPart]) -> Merged:
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
        shared=tuple(sorted({item.shared for item in ordered if item.shared})),
    )


def _alone(item: CleanPart) -> Merged:
    """The component that one tool alone saw: nearly every one, and each snapshot has many."""
    sighting, serial = item.part.sighting, item.serial
    identifiers = tuple(sorted(item.identifiers))
    slot, firmware = line(sighting.slot), line(sighting.firmware)
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
        shared=(item.shared,) if item.shared else (),
    )


def _by_kind(told: Iterable[tuple[str, str]], kinds: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    known: dict[str, str] = {}
    for kind, value in told:
        if text := line(value):
            known.setdefault(kind, text)
    return tuple(sorted(known.items(), key=lambda pair: rank(kinds, pair[0])))


def _claims(ordered: Sequence[CleanPart]) -> dict[str, tuple[int, str]]:
    claims: dict[str, tuple[int, str]] = {}
    for item in ordered:
        for name in _DESCRIPTIONS:
            text = item.vendor if name == "vendor" else getattr(item.part.sighting, name)
            if text and name not in claims and (text := line(text) if name in _FREE else word(text)):
                claims[name] = (item.part.rank, text)
    if "vendor" not in claims and ordered[0].type == ComponentType.DISK:
        maker = drive_maker(claims["model"][1]) if "model" in claims else ""
        return {**claims, "vendor": (INFERRED, maker)} if maker else claims
    return claims


def _measurements(sightings: Sequence[Sighting]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for sighting in reversed(sightings):
        joined.update(sighting.measurements)
    return joined


def _order(component: Merged) -> tuple[str, str, tuple[tuple[str, str], ...], str]:
    return (component.type, component.lookup, component.slots, component.said("model"))
