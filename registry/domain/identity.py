"""Which evidence speaks of the same thing: the identity rules as pure functions.

A *claim* is what one observation says of a thing's name. Its `lookup` is the strongest name that the observation
alone gives: type and serial; else type and strongest other identifier; else the position. `identify` looks at a set
of claims together and says which identity each belongs to. It depends on the set alone, not on its order.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from registry.domain.decisions import Decision, bound_together, judged
from registry.domain.serials import normalise

# Strongest first: what tells a part from all others when it shows no serial.
IDENTIFIER_STRENGTH = ("wwn", "nguid", "eui64", "uuid", "mac")
MAX_LOOKUP = 200

_COMPANY_FORMS = (
    " CORPORATION",
    " CORP.",
    " CORP",
    " INCORPORATED",
    " INC.",
    " INC",
    " CO., LTD.",
    " CO., LTD",
    " CO.,LTD.",
    " CO. LTD.",
    " LTD.",
    " LTD",
    " LIMITED",
    " LLC",
    " GMBH",
    " AG",
    " S.A.",
    "(R)",
    ",",
)


# A JEDEC code, as firmware prints it; in twelve digits the module's, the register's and the memory's makers.
_JEDEC_CODE = re.compile(r"(?:0X)?([0-9A-F]{4})(?:[0-9A-F]{8})?")


@lru_cache(maxsize=4096)  # a fleet has few vendors, and each snapshot names them for every part
def vendor_key(name: str) -> str:
    """The form in which vendors' names are compared: normalised, without the form of company.

    Of a JEDEC code the four digits of the module's own maker.
    """
    key = normalise(name)
    if code := _JEDEC_CODE.fullmatch(key):
        return code[1]
    while True:
        shorter = next((key[: -len(form)].rstrip(" ,") for form in _COMPANY_FORMS if key.endswith(form)), key)
        if shorter == key or not shorter:
            return key
        key = shorter


def fold_vendor(name: str, aliases: Mapping[str, str]) -> str:
    """The vendor that `name` stands for; unknown ones stand for themselves. `aliases`: names by `vendor_key` form."""
    key = vendor_key(name)
    return aliases.get(key, name.strip()) if key else ""


def serial_lookup(kind: str, serial: str) -> str:
    """The lookup of a component with a serial."""
    return f"{kind}:{serial}"


def identifier_lookup(kind: str, identifiers: Iterable[tuple[str, str]]) -> str:
    """The lookup of a component known by its strongest identifier, or ``""`` when none is strong."""
    ranked = sorted(
        (IDENTIFIER_STRENGTH.index(name), value) for name, value in identifiers if name in IDENTIFIER_STRENGTH
    )
    return f"{kind}~{IDENTIFIER_STRENGTH[ranked[0][0]]}~{ranked[0][1]}" if ranked else ""


def position_lookup(kind: str, asset: str, slot: str, model: str) -> str:
    """The lookup of a component without any identifier: its asset's identity, its slot and its model."""
    lookup = f"{kind}@{asset}|{normalise(slot)}|{normalise(model)}"
    if len(lookup) <= MAX_LOOKUP:
        return lookup
    return f"{kind}@{hashlib.sha256(lookup.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one observation says of a thing's name.

    `vendor` is folded, or ``""``. `identifiers` are (kind, value) pairs. `asset` is the identity of the asset it
    was seen in. `order` is the evidence's (time, SHA-256). `position` is what its place alone would name it; `shared`
    are the names that it shows and that another part of its snapshot shows too.
    """

    lookup: str
    vendor: str = ""
    identifiers: frozenset[tuple[str, str]] = frozenset()
    asset: str = ""
    order: tuple[datetime, str] | None = None
    position: str = ""
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a claim speaks of: `name` is unique, `lookup` is what bundles find it by."""

    name: str
    lookup: str


def component_type(lookup: str) -> str:
    """The type of component that a lookup speaks of."""
    return re.split("[:~@]", lookup, maxsplit=1)[0]


def is_serial(lookup: str) -> bool:
    """Whether the lookup names a serial."""
    return _mark(lookup) == ":"


def serial_of(lookup: str) -> str:
    """The serial that the lookup names, or ``""``."""
    return lookup.split(":", 1)[1] if is_serial(lookup) else ""


def is_position(lookup: str) -> bool:
    """Whether the lookup names no more than a position."""
    return _mark(lookup) == "@"


def identifier_of(lookup: str) -> tuple[str, str, str] | None:
    """(component type, kind, value) of a lookup that names an identifier, or None."""
    if _mark(lookup) != "~":
        return None
    type_, kind, value = lookup.split("~", 2)
    return type_, kind, value


def _mark(lookup: str) -> str:
    """What stands after the type; serials, slots and models may hold any of the marks too."""
    return lookup[len(component_type(lookup)) :][:1]


def identify(claims: Sequence[Claim], decisions: Sequence[Decision] = ()) -> list[Identity]:
    """Who each claim speaks of, in the order of `claims`. `decisions`: operators' words that are in force.

    - Claims of one serial are one thing, unless two vendors claim it: then each vendor's is a thing of its own, and a
      claim without a vendor goes to the vendor seen with that serial in the same asset, else to the one named first.
    - A claim by identifier is the thing with a serial that shows this identifier, if there is exactly one.
    - All else is what its lookup says.
    - Operators part claims before that, and bind things after it.
    """
    if not decisions:
        names = _names(claims)
        return _described(names, names, [claim.lookup for claim in claims])
    verdicts = [
        judged(claim.lookup, vendor_key(claim.vendor), claim.asset, claim.position, claim.shared, decisions)
        for claim in claims
    ]
    names = _names([replace(claim, lookup=verdict.name) for claim, verdict in zip(claims, verdicts, strict=True)])
    bound = bound_together([verdict.name for verdict in verdicts], names, decisions)
    return _described([bound.get(name, name) for name in names], names, [verdict.lookup for verdict in verdicts])


def _described(names: Sequence[str], own: Sequence[str], lookups: Sequence[str]) -> list[Identity]:
    """The identities with the lookup of each: the strongest of those claims that had this name of their own."""
    best: dict[str, str] = {}
    for name, mine, lookup in zip(names, own, lookups, strict=True):
        if mine == name and (name not in best or _strength(lookup) < _strength(best[name])):
            best[name] = lookup
    return [Identity(name, best[name]) for name in names]


def _strength(lookup: str) -> tuple[bool, str]:
    return (not is_serial(lookup), lookup)


def _names(claims: Sequence[Claim]) -> list[str]:
    identities: dict[int, str] = {}
    for group in _groups(claims, serial=True).values():
        identities.update(_split_by_vendor(claims, group))
    owners = _owners(claims, identities)
    for lookup, group in _groups(claims, serial=False).items():
        known = owners.get(lookup, set())
        identity = next(iter(known)) if len(known) == 1 else lookup
        identities.update(dict.fromkeys(group, identity))
    return [identities[number] for number in range(len(claims))]


def _groups(claims: Sequence[Claim], *, serial: bool) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        if is_serial(claim.lookup) == serial:
            groups[claim.lookup].append(number)
    return groups


def _split_by_vendor(claims: Sequence[Claim], group: list[int]) -> dict[int, str]:
    lookup = claims[group[0]].lookup
    vendors = {vendor_key(claims[number].vendor) for number in group} - {""}
    if len(vendors) < 2:
        return dict.fromkeys(group, lookup)
    seen_in: dict[str, set[str]] = defaultdict(set)
    for number in group:
        if claims[number].vendor:
            seen_in[claims[number].asset].add(vendor_key(claims[number].vendor))
    first = vendor_key(min((claims[n] for n in group if claims[n].vendor), key=_age).vendor)
    return {number: split_identity(lookup, _vendor_of(claims[number], seen_in, first)) for number in group}


def _age(claim: Claim) -> tuple[bool, float, str, str]:
    # A claim without an order is an operator's entry: it was there before all bundles.
    if claim.order is None:
        return (False, 0.0, "", vendor_key(claim.vendor))
    return (True, claim.order[0].timestamp(), claim.order[1], vendor_key(claim.vendor))


def _vendor_of(claim: Claim, seen_in: Mapping[str, Collection[str]], first: str) -> str:
    if claim.vendor:
        return vendor_key(claim.vendor)
    here = seen_in.get(claim.asset, ())
    return next(iter(here)) if len(here) == 1 else first


def split_identity(lookup: str, vendor: str) -> str:
    """The identity of one vendor's thing where several vendors share a lookup. `vendor`: as `vendor_key` gives it."""
    return f"{lookup}|{vendor}"[:255]


def _owners(claims: Sequence[Claim], identities: Mapping[int, str]) -> dict[str, set[str]]:
    """Per identifier lookup, the identities of things with a serial that show the identifier."""
    owners: dict[str, set[str]] = defaultdict(set)
    for number, identity in identities.items():
        kind = claims[number].lookup.split(":", 1)[0]
        for name, value in claims[number].identifiers:
            owners[f"{kind}~{name}~{value}"].add(identity)
    return owners
