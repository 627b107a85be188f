"""Finds the components that a bundle names, and adds those that are new, with few queries however many there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from django.utils import timezone

from registry.domain.identity import Claim, fold_vendor, identifier_of, is_serial, vendor_key
from registry.domain.vocabulary import Health, Status
from registry.models import Component, ComponentIdentifier
from registry.models.bulk import insert_rows, pieces, update_rows
from registry.selectors import Decided, decisions_on, in_force, vendor_aliases

IdentifierKey = tuple[str, str, str]  # component type, kind, value


@dataclass(frozen=True, slots=True)
class ComponentNaming:
    """How a snapshot names a component: the claim (vendor as printed), its type, clean serial and make.

    `declared`, `lot`, `manufactured_on`: of one that a person names, and kept where it is new.
    """

    claim: Claim
    type: str
    serial: str
    model: str = ""
    part_number: str = ""
    declared: bool = False
    lot: int | None = None
    manufactured_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    lookup: str
    vendor: str
    identifiers: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Naming:
    """The component's id for each naming, and the components whose evidence must be looked at again as a whole."""

    ids: Sequence[int]
    disputed: frozenset[int]


def name_components(namings: Sequence[ComponentNaming]) -> Naming:
    """The component of each naming, created where there is none; call inside a transaction.

    What one lookup tells is settled at once: one component with it, and no other vendor. All that needs a look at other
    evidence (two vendors for one serial, an identifier that is on two components, what an operator decided upon) is
    given a first guess and is disputed.
    """
    before = _known(namings)
    decided = decisions_on({naming.claim.lookup for naming in namings})
    rows = {**_bound(decided, before), **before}
    owners = _owners(namings, before)
    new = [naming for naming in namings if naming.claim.lookup not in rows and not _owner(naming, owners)]
    if new:
        _create(new)
        rows = {**rows, **_known(new)}
    aliases = _aliases_where_needed(namings, rows)
    doubtful = {lookup for decision in in_force(decided) for lookup in decision.lookups}
    chosen: list[_Row] = []
    disputed: set[int] = set()
    for naming in namings:
        candidates = rows.get(naming.claim.lookup) or [owner for owner in [_owner(naming, owners)] if owner]
        row, sure = _choose(candidates, naming, aliases)
        chosen.append(row)
        if not sure or naming.claim.lookup in doubtful:
            disputed.add(row.id)
    disputed |= _of_several_vendors(namings, chosen) | _add_identifiers(namings, chosen, before, owners)
    _gain_vendors(namings, chosen, aliases)
    return Naming([row.id for row in chosen], frozenset(disputed))


def _known(namings: Iterable[ComponentNaming]) -> dict[str, list[_Row]]:
    return _rows({naming.claim.lookup for naming in namings})


def _rows(lookups: Collection[str]) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = defaultdict(list)
    for names in pieces(lookups):
        found = Component.objects.filter(lookup__in=names).order_by("id")
        for key, lookup, vendor, identifiers in found.values_list("id", "lookup", "vendor", "identifiers"):
            rows[lookup].append(_Row(key, lookup, vendor, frozenset((kind, value) for kind, value in identifiers)))
    return dict(rows)


def _bound(decided: Sequence[Decided], known: Mapping[str, Sequence[_Row]]) -> dict[str, list[_Row]]:
    """The components that names without one of their own are bound to: a first guess, so that none is made in vain."""
    lookups = {lookup for one in decided for lookup in one.decision.lookups}
    if lookups <= known.keys():
        return {}
    there = _rows(lookups)
    bound: dict[str, list[_Row]] = {}
    for one in decided:
        for lookup in one.decision.lookups - there.keys():
            others = [row for other in sorted(one.decision.lookups) for row in there.get(other, ())]
            if one.in_force and others:
                bound[lookup] = others
    return bound


def _owners(
    namings: Iterable[ComponentNaming], rows: Mapping[str, Sequence[_Row]]
) -> dict[IdentifierKey, dict[int, _Row]]:
    """The components that show an identifier which is news for the component that a naming speaks of."""
    news = {
        (naming.type, *pair)
        for naming in namings
        for pair in naming.claim.identifiers
        if not any(pair in row.identifiers for row in rows.get(naming.claim.lookup, ()))
    }
    owners: dict[IdentifierKey, dict[int, _Row]] = defaultdict(dict)
    for values in pieces({value for _, _, value in news}):
        found = ComponentIdentifier.objects.filter(value__in=values).values_list(
            "type", "kind", "value", "component_id", "component__lookup", "component__vendor"
        )
        for type_, kind, value, component, lookup, vendor in found:
            if (type_, kind, value) in news:
                owners[(type_, kind, value)][component] = _Row(component, lookup, vendor, frozenset({(kind, value)}))
    return owners


def _owner(naming: ComponentNaming, owners: Mapping[IdentifierKey, Mapping[int, _Row]]) -> _Row | None:
    """The one component with a serial that shows the strongest identifier of a naming without a serial."""
    identifier = identifier_of(naming.claim.lookup)
    if identifier is None:
        return None
    with_serial = [row for row in owners.get(identifier, {}).values() if is_serial(row.lookup)]
    return with_serial[0] if len(with_serial) == 1 else None


_CREATED = (
    "type", "identity", "lookup", "vendor", "model", "part_number", "serial", "identifiers", "declared", "status",
    "slot", "firmware", "health", "last_evidence", "last_sighting", "fold_state", "stale", "created_at",
    "lot", "manufactured_on",
)  # fmt: skip


def _create(namings: Sequence[ComponentNaming]) -> None:
    now = timezone.now()
    aliases = vendor_aliases({vendor_key(naming.claim.vendor) for naming in namings})
    rows = [
        (
            naming.type, lookup, lookup, fold_vendor(naming.claim.vendor, aliases),
            naming.model, naming.part_number, naming.serial,
            orjson.dumps(sorted(naming.claim.identifiers)).decode(), int(naming.declared), Status.UNPLACED,
            "", "", Health.UNKNOWN, "", "", "{}", 0, now,
            naming.lot, naming.manufactured_on and naming.manufactured_on.isoformat(),
        )
        for lookup, naming in {naming.claim.lookup: naming for naming in reversed(namings)}.items()
    ]  # fmt: skip
    # Another worker may create the same component at this moment: its row serves as well.
    insert_rows(Component, _CREATED, rows, ignore=True)


def _aliases_where_needed(namings: Iterable[ComponentNaming], rows: Mapping[str, Sequence[_Row]]) -> dict[str, str]:
    keys: set[str] = set()
    for naming in namings:
        named = vendor_key(naming.claim.vendor)
        for row in rows.get(naming.claim.lookup, ()):
            known = vendor_key(row.vendor)
            if named and named != known:
                keys |= {named, known}
    return vendor_aliases(keys)


def _choose(candidates: Sequence[_Row], naming: ComponentNaming, aliases: Mapping[str, str]) -> tuple[_Row, bool]:
    """The best candidate, and whether it is sure."""
    named = vendor_key(fold_vendor(naming.claim.vendor, aliases))
    agreeing = [row for row in candidates if not named or vendor_key(fold_vendor(row.vendor, aliases)) in {"", named}]
    if len(candidates) == 1 and agreeing:
        return candidates[0], True
    return (agreeing or candidates)[0], False


def _of_several_vendors(namings: Sequence[ComponentNaming], chosen: Sequence[_Row]) -> set[int]:
    """The components for which these namings alone give several vendors."""
    named: dict[int, set[str]] = defaultdict(set)
    for naming, row in zip(namings, chosen, strict=True):
        if naming.claim.vendor:
            named[row.id].add(vendor_key(naming.claim.vendor))
    doubtful = {key: keys for key, keys in named.items() if len(keys) > 1}
    aliases = vendor_aliases({key for keys in doubtful.values() for key in keys})
    return {row for row, keys in doubtful.items() if len({vendor_key(aliases.get(key, key)) for key in keys}) > 1}


def _add_identifiers(
    namings: Sequence[ComponentNaming],
    chosen: Sequence[_Row],
    before: Mapping[str, Sequence[_Row]],
    owners: Mapping[IdentifierKey, Mapping[int, _Row]],
) -> set[int]:
    """Notes identifiers that are news; gives the components for which that may change who is who."""
    there = {row.id: row for rows in before.values() for row in rows}
    news: list[tuple[int, str, str, str]] = []
    unnoted: dict[int, set[tuple[str, str]]] = {}
    shown: dict[IdentifierKey, dict[int, _Row]] = defaultdict(dict)
    for naming, row in zip(namings, chosen, strict=True):
        old = there[row.id].identifiers if row.id in there else frozenset()
        for pair in sorted(naming.claim.identifiers - old):
            news.append((row.id, naming.type, *pair))
            shown[(naming.type, *pair)][row.id] = row
        if not naming.claim.identifiers <= row.identifiers:
            unnoted.setdefault(row.id, set(row.identifiers)).update(naming.claim.identifiers)
    insert_rows(ComponentIdentifier, ("component", "type", "kind", "value"), news, ignore=True)
    noted = [(key, orjson.dumps(sorted(pairs)).decode()) for key, pairs in unnoted.items()]
    update_rows(Component, ("identifiers",), noted)
    return {row for key, rows in shown.items() for row in _unsettled(owners.get(key, {}), rows)}


def _unsettled(before: Mapping[int, _Row], now: Mapping[int, _Row]) -> set[int]:
    """The components in question when those in `now` show an identifier which those in `before` show already.

    What is known by the identifier alone belongs to the one part with a serial that shows it, and to none once a
    second does. A third changes nothing, so an identifier that a maker gave to every part costs nothing.
    """
    together = before.keys() | now.keys()
    settled = sum(is_serial(row.lookup) for row in before.values()) > 1
    return set() if settled or len(together) < 2 else together


def _gain_vendors(namings: Sequence[ComponentNaming], chosen: Sequence[_Row], aliases: Mapping[str, str]) -> None:
    gained: dict[str, list[int]] = defaultdict(list)
    for naming, row in zip(namings, chosen, strict=True):
        if naming.claim.vendor and not row.vendor:
            gained[fold_vendor(naming.claim.vendor, aliases)].append(row.id)
    for vendor, ids in gained.items():
        for keys in pieces(ids):
            Component.objects.filter(id__in=keys, vendor="").update(vendor=vendor)
