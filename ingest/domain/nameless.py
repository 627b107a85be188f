"""Joins parts that only their position names: processors, fans, system firmware, what shows no serial.

Two tools that list the same nameless parts spell slots and models in two ways. What is certain is joined, by the rules
in docs/parsers.md; where nothing is, one tool's list is better than two lists of the same parts.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ingest.domain.parts import CleanPart
from ingest.domain.places import NUMBERED, Place, counted_from_one, in_order, may_be_of_one_make, place_of
from ingest.domain.report import Sighting
from registry.domain.serials import normalise
from registry.domain.vocabulary import ComponentType

# A server has one of each: two tools that show one show the same.
_ONE_EACH = frozenset({ComponentType.BIOS, ComponentType.BMC, ComponentType.MOTHERBOARD})
_MARK = "@"

_Groups = dict[str, list[CleanPart]]


def join_nameless(cleaned: Sequence[CleanPart], coverage: Collection[tuple[str, str]]) -> list[CleanPart]:
    """`cleaned` with a key for each part, less those that repeat what another tool enumerates.

    `coverage`: the (parser, component type) pairs that are enumerated completely.
    """
    if all(item.key for item in cleaned):
        return list(cleaned)
    _join_by_slot(cleaned)
    kept = list(cleaned)
    for kind in sorted({item.type for item in cleaned if item.key.startswith(_MARK)}):
        own = [item for item in cleaned if item.type == kind]
        if len({item.part.parser for item in own}) > 1:
            dropped = _join_lists(kind, own, {parser for parser, covered in coverage if covered == kind})
            kept = [item for item in kept if item.type != kind or item.key not in dropped]
    return kept


def _join_by_slot(cleaned: Sequence[CleanPart]) -> None:
    """Joins nameless parts with what another tool saw of the same type in a slot that it calls the same."""
    seen_at: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in cleaned:
        if item.key and item.part.sighting.slot:
            seen_at[item.place][item.key].add(item.part.parser)
    models: dict[tuple[str, tuple[str, str]], set[str]] = defaultdict(set)
    for item in cleaned:
        if item.key:
            continue
        there = seen_at.get(item.place, {}) if item.part.sighting.slot else {}
        # What one tool lists beside a part in a slot of the same name is another part.
        known = [key for key, parsers in there.items() if item.part.parser not in parsers]
        item.key = known[0] if len(known) == len(there) == 1 else _position(item, models)


def _position(item: CleanPart, models: Mapping[tuple[str, tuple[str, str]], set[str]]) -> str:
    """A key for this snapshot alone: the position, and the model where one tool sees several models there."""
    model, there = normalise(item.part.sighting.model), models[(item.part.parser, item.place)]
    key = f"{_MARK}{item.place[0]}|{item.place[1]}|{model if there - {model} else ''}"
    if not item.identifiers:
        there.add(model)
    return key


@dataclass(frozen=True, slots=True)
class _Thing:
    """One component as it is known so far."""

    key: str
    sightings: Sequence[Sighting]
    parsers: frozenset[str]
    places: frozenset[Place]


def _join_lists(kind: str, items: Sequence[CleanPart], enumerating: Collection[str]) -> set[str]:
    """Joins one type's nameless parts; gives the keys of those that are left out.

    The lists are taken in the order of precedence, but that of a tool whose list is complete first, and best one that
    names each part. What follows is joined to what is known; else left out where a complete list is known, or added.
    """
    things = _things(kind, items)
    known = [thing for thing in things if not thing.key.startswith(_MARK)]
    waiting = [thing for thing in things if thing.key.startswith(_MARK)]
    ranks = {item.part.parser: (item.part.rank, item.part.parser) for item in items}
    nameless = {parser for thing in waiting for parser in thing.parsers}
    order = sorted(ranks, key=lambda parser: (parser not in enumerating, parser in nameless, ranks[parser]))
    keys: dict[str, str] = {}
    dropped: set[str] = set()
    for number, parser in enumerate(order):
        mine = [thing for thing in waiting if parser in thing.parsers and thing.key not in keys.keys() | dropped]
        mine = [thing for thing in mine if thing not in known]
        others = [thing for thing in known if parser not in thing.parsers]
        pairs = _pairs(kind, mine, others, all_mine=_all_of(things, parser), all_known=known)
        keys.update(pairs)
        left = [thing for thing in mine if thing.key not in pairs]
        if number and order[0] in enumerating:
            dropped.update(thing.key for thing in left)
        else:
            known.extend(left)
        known = [_widened(thing, [one for one in mine if pairs.get(one.key) == thing.key]) for thing in known]
    for item in items:
        item.key = keys.get(item.key, item.key)
    return dropped


def _things(kind: str, items: Sequence[CleanPart]) -> list[_Thing]:
    # Of the type's places by each tool, the first is 1.
    told = {item.part.parser: set[Place]() for item in items}
    for item in items:
        told[item.part.parser].add(place_of(kind, item.part.sighting.slot))
    counted = {parser: counted_from_one(places) for parser, places in told.items()}
    groups: _Groups = defaultdict(list)
    for item in items:
        groups[item.key].append(item)
    return [
        _Thing(
            key,
            [item.part.sighting for item in group],
            frozenset(item.part.parser for item in group),
            frozenset(counted[item.part.parser][place_of(kind, item.part.sighting.slot)] for item in group) - {()},
        )
        for key, group in groups.items()
    ]


def _all_of(things: Sequence[_Thing], parser: str) -> int:
    return sum(parser in thing.parsers for thing in things)


def _widened(thing: _Thing, more: Sequence[_Thing]) -> _Thing:
    if not more:
        return thing
    return _Thing(
        thing.key,
        [*thing.sightings, *(sighting for one in more for sighting in one.sightings)],
        thing.parsers.union(*(one.parsers for one in more)),
        thing.places.union(*(one.places for one in more)),
    )


def _pairs(
    kind: str, mine: Sequence[_Thing], others: Sequence[_Thing], *, all_mine: int, all_known: Sequence[_Thing]
) -> dict[str, str]:
    """Which of one tool's nameless parts (by key) are which of the others.

    `all_mine`: how many parts of the type the tool shows.
    """
    if len(mine) == all_mine == len(others) == len(all_known) == 1:
        same = kind in _ONE_EACH or may_be_of_one_make(mine[0].sightings, others[0].sightings)
        return {mine[0].key: others[0].key} if same else {}
    pairs = _by_place(mine, others)
    left = [thing for thing in mine if thing.key not in pairs]
    free = [thing for thing in others if thing.key not in pairs.values()]
    if kind in NUMBERED and len(mine) == all_mine == len(others) == len(all_known):
        pairs |= _by_order(left, free)
    return pairs


def _by_place(mine: Sequence[_Thing], others: Sequence[_Thing]) -> dict[str, str]:
    """Those whose slots mean the same place."""
    here = Counter(place for thing in mine for place in thing.places)
    there: dict[Place, list[_Thing]] = defaultdict(list)
    for thing in others:
        for place in thing.places:
            there[place].append(thing)
    pairs: dict[str, str] = {}
    for thing in mine:
        found = {
            other.key: other
            for place in thing.places
            for other in there[place]
            if here[place] == len(there[place]) == 1
        }
        for key, other in found.items():
            if len(found) == 1 and key not in pairs.values() and may_be_of_one_make(thing.sightings, other.sightings):
                pairs[thing.key] = key
    return pairs


def _by_order(mine: Sequence[_Thing], others: Sequence[_Thing]) -> dict[str, str]:
    """As many here as there, each in a slot of its own, and no model speaks against it: then in the slots' order."""
    if not mine or not _lined_up(mine) or not _lined_up(others):
        return {}
    pairs = list(zip(sorted(mine, key=_slot), sorted(others, key=_slot), strict=True))
    if not all(may_be_of_one_make(one.sightings, other.sightings) for one, other in pairs):
        return {}
    return {one.key: other.key for one, other in pairs}


def _lined_up(things: Sequence[_Thing]) -> bool:
    slots = [place for thing in things for place in thing.places]
    return len(slots) == len(set(slots)) >= len(things) and all(thing.places for thing in things)


def _slot(thing: _Thing) -> list[list[tuple[bool, int, str]]]:
    return sorted(in_order(place) for place in thing.places)
