"""Finds the components that a bundle names, and adds those that are new, with few queries however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from registry.domain.identity import Claim, fold_vendor, is_serial, vendor_key
from registry.models import Component, ComponentIdentifier
from registry.selectors import vendor_aliases

IdentifierKey = tuple[str, str, str]  # component type, kind, value


@dataclass(frozen=True, slots=True)
class ComponentNaming:
    """How a snapshot names a component: the claim (vendor as printed), its type and clean serial."""

    claim: Claim
    type: str
    serial: str


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
    evidence (two vendors for one serial, an identifier that is on two components) is given a first guess and is
    disputed.
    """
    rows = _known(namings)
    fresh = [naming for naming in namings if not rows.get(naming.claim.lookup)]
    owners = _owners(namings, rows)
    _create([naming for naming in fresh if not _owner(naming, owners)])
    if fresh:
        rows = _known(namings)
    aliases = _aliases_where_needed(namings, rows)
    chosen: list[_Row] = []
    disputed: set[int] = set()
    for naming in namings:
        candidates = rows.get(naming.claim.lookup) or [owner for owner in [_owner(naming, owners)] if owner]
        row, sure = _choose(candidates, naming, aliases)
        chosen.append(row)
        if not sure:
            disputed.add(row.id)
    disputed |= _add_identifiers(namings, chosen, owners)
    _gain_vendors(namings, chosen, aliases)
    return Naming([row.id for row in chosen], frozenset(disputed))


def _known(namings: Iterable[ComponentNaming]) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = defaultdict(list)
    lookups = {naming.claim.lookup for naming in namings}
    found = Component.objects.filter(lookup__in=lookups).order_by("id")
    for key, lookup, vendor, identifiers in found.values_list("id", "lookup", "vendor", "identifiers"):
        rows[lookup].append(_Row(key, lookup, vendor, frozenset((kind, value) for kind, value in identifiers)))
    return dict(rows)


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
    if not news:
        return owners
    found = ComponentIdentifier.objects.filter(value__in={value for _, _, value in news}).values_list(
        "type", "kind", "value", "component_id", "component__lookup", "component__vendor"
    )
    for type_, kind, value, component, lookup, vendor in found:
        if (type_, kind, value) in news:
            owners[(type_, kind, value)][component] = _Row(component, lookup, vendor, frozenset({(kind, value)}))
    return owners


def _owner(naming: ComponentNaming, owners: Mapping[IdentifierKey, Mapping[int, _Row]]) -> _Row | None:
    """The one component with a serial that shows the strongest identifier of a naming without a serial."""
    if naming.serial or "~" not in naming.claim.lookup:
        return None
    kind, name, value = naming.claim.lookup.split("~", 2)
    with_serial = [row for row in owners.get((kind, name, value), {}).values() if is_serial(row.lookup)]
    return with_serial[0] if len(with_serial) == 1 else None


def _create(namings: Sequence[ComponentNaming]) -> None:
    now = timezone.now()
    first = {naming.claim.lookup: naming for naming in reversed(namings)}
    # Another worker may create the same component at this moment: its row serves as well.
    Component.objects.bulk_create(
        [
            Component(
                type=naming.type,
                identity=naming.claim.lookup,
                lookup=naming.claim.lookup,
                vendor=naming.claim.vendor,
                serial=naming.serial,
                created_at=now,
            )
            for naming in first.values()
        ],
        ignore_conflicts=True,
    )


def _aliases_where_needed(namings: Iterable[ComponentNaming], rows: Mapping[str, Sequence[_Row]]) -> dict[str, str]:
    keys: set[str] = set()
    for naming in namings:
        named = vendor_key(naming.claim.vendor)
        for row in rows.get(naming.claim.lookup, ()):
            known = vendor_key(row.vendor)
            if named and known and named != known:
                keys |= {named, known}
    return vendor_aliases(keys)


def _choose(candidates: Sequence[_Row], naming: ComponentNaming, aliases: Mapping[str, str]) -> tuple[_Row, bool]:
    """The best candidate, and whether it is sure."""
    named = vendor_key(fold_vendor(naming.claim.vendor, aliases))
    agreeing = [row for row in candidates if not named or vendor_key(fold_vendor(row.vendor, aliases)) in {"", named}]
    if len(candidates) == 1 and agreeing:
        return candidates[0], True
    return (agreeing or candidates)[0], False


def _add_identifiers(
    namings: Sequence[ComponentNaming], chosen: Sequence[_Row], owners: Mapping[IdentifierKey, Mapping[int, _Row]]
) -> set[int]:
    """Notes identifiers that are news; gives the components which these connect with others."""
    news: dict[int, set[tuple[str, str]]] = defaultdict(set)
    types: dict[int, str] = {}
    known: dict[int, set[tuple[str, str]]] = defaultdict(set)
    connected: set[int] = set()
    for naming, row in zip(namings, chosen, strict=True):
        added = naming.claim.identifiers - row.identifiers
        if not added:
            continue
        news[row.id] |= added
        known[row.id] |= row.identifiers
        types[row.id] = naming.type
        for pair in added:
            others = set(owners.get((naming.type, *pair), {})) - {row.id}
            if others:
                connected |= others | {row.id}
    if not news:
        return connected
    ComponentIdentifier.objects.bulk_create(
        [
            ComponentIdentifier(component_id=key, type=types[key], kind=kind, value=value)
            for key, pairs in news.items()
            for kind, value in sorted(pairs)
        ],
        ignore_conflicts=True,
    )
    _note_on_components({key: sorted(known[key] | pairs) for key, pairs in news.items()})
    return connected


def _note_on_components(identifiers: Mapping[int, Sequence[tuple[str, str]]]) -> None:
    rows = [Component(id=key, identifiers=[list(pair) for pair in pairs]) for key, pairs in identifiers.items()]
    Component.objects.bulk_update(rows, ["identifiers"], batch_size=200)


def _gain_vendors(namings: Sequence[ComponentNaming], chosen: Sequence[_Row], aliases: Mapping[str, str]) -> None:
    gained: dict[str, list[int]] = defaultdict(list)
    for naming, row in zip(namings, chosen, strict=True):
        if naming.claim.vendor and not row.vendor:
            gained[fold_vendor(naming.claim.vendor, aliases)].append(row.id)
    for vendor, keys in gained.items():
        Component.objects.filter(id__in=keys, vendor="").update(vendor=vendor)
