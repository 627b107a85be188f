"""Settles identities of components that one bundle alone cannot: looks at all the evidence in question together.

Rare and careful, where `registry.services` is frequent and quick. What was given other evidence is marked stale, and
`timeline` derives it anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.utils import timezone

from ingest.models import Observation, Snapshot
from registry.domain.decisions import is_same_asset
from registry.domain.identity import (
    Claim,
    Identity,
    component_type,
    fold_vendor,
    identifier_of,
    identify,
    position_lookup,
    serial_of,
    vendor_key,
)
from registry.models import Asset, Component, ComponentIdentifier
from registry.models.bulk import insert_rows, update_rows
from registry.selectors import Decided, decisions_on, in_force, vendor_aliases

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class _Told:
    """One observation's (or one declared component's) claim; `row` is the observation's id, or None."""

    row: int | None
    owner: int
    claim: Claim


def settle_components(disputed: Collection[int]) -> None:
    """Gives every observation of the disputed components, and of all they are connected with, to whom it belongs."""
    if not disputed:
        return
    components, told, identities = _connected(set(disputed))
    groups: dict[str, list[_Told]] = defaultdict(list)
    for item, known in zip(told, identities, strict=True):
        groups[known.name].append(item)
    lookups = {known.name: known.lookup for known in identities}
    homes = _homes(groups, components)
    settled = all(homes.get(identity) == item.owner for identity, items in groups.items() for item in items)
    # Another name is news too: events are keyed by it.
    if settled and all(components[homes[identity]].identity == identity for identity in groups):
        _describe(groups, lookups, homes, components)
        return
    _make_room({item.owner for item in told})
    homes = _create_missing(groups, homes)
    _describe(groups, lookups, homes, components)
    for identity, items in groups.items():
        moved = [item.row for item in items if item.row is not None and item.owner != homes[identity]]
        for start in range(0, len(moved), _BATCH):
            Observation.objects.filter(id__in=moved[start : start + _BATCH]).update(component=homes[identity])
    _retire(groups, homes)


def _connected(ids: set[int]) -> tuple[dict[int, Component], list[_Told], list[Identity]]:
    """The components whose identities hang together with those given, all that is told of them, and whom each means.

    They are locked.
    """
    while True:
        ids = _cluster(ids)
        components = {row.id: row for row in Component.objects.select_for_update().filter(id__in=ids).order_by("id")}
        told = _told(components)
        names = {item.claim.lookup for item in told} | {row.lookup for row in components.values()}
        decided = decisions_on(names.union(*(item.claim.shared for item in told)))
        identities = identify([item.claim for item in told], in_force(decided))
        wider = ids | _decided_upon(decided) | (_bearing(identities) if decided else set())
        if wider == ids:
            return components, told, identities
        ids = wider


def _bearing(identities: Sequence[Identity]) -> set[int]:
    """The components that bear the names already: by a decision evidence may go to where its own name does not lead."""
    names = {identity.name for identity in identities}
    return set(Component.objects.filter(identity__in=names).values_list("id", flat=True))


def _decided_upon(decided: Sequence[Decided]) -> set[int]:
    """The components that decisions speak of, or spoke of before they were revoked."""
    if not decided:
        return set()
    lookups = {lookup for one in decided for lookup in one.decision.lookups}
    found = set(Component.objects.filter(lookup__in=lookups).values_list("id", flat=True))
    for one in decided:
        if one.decision.asset:
            for lookup in one.decision.lookups:
                found |= components_showing(lookup, one.decision.asset)
    return found


def components_showing(lookup: str, asset: str) -> set[int]:
    """The components that the asset with that identity showed under the lookup, alone or at several slots at once."""
    alike = Asset.objects.filter(identity__startswith=asset.split("|", maxsplit=1)[0])
    assets = [key for key, identity in alike.values_list("id", "identity") if is_same_asset(identity, asset)]
    seen = Observation.objects.filter(asset__in=assets).order_by()
    found = set(seen.filter(lookup=lookup).exclude(component=None).values_list("component_id", flat=True))
    snapshots = Snapshot.objects.filter(asset__in=assets).order_by().values_list("id", "conflicts")
    torn = [key for key, conflicts in snapshots if lookup in conflicts]
    told = Observation.objects.filter(snapshot__in=torn).exclude(component=None).order_by()
    showing = {key for key, claims in told.values_list("component", "claims") if lookup in claims.get("shared", ())}
    return found | showing


def _cluster(ids: set[int]) -> set[int]:
    """The components whose identities hang together with those given.

    They share a lookup; or one is known by an identifier alone which the other shows. Parts with serials that show
    one identifier have nothing to do with each other, but for what is known by it alone.
    """
    while True:
        lookups = set(Component.objects.filter(id__in=ids).values_list("lookup", flat=True))
        told = Observation.objects.filter(component__in=ids, lookup__contains="~")
        names = lookups | set(told.values_list("lookup", flat=True).distinct())
        alone = {name: identifier for name in names if (identifier := identifier_of(name))}
        shown = ComponentIdentifier.objects.filter(component__in=ids).values_list("type", "kind", "value")
        wanted = lookups | alone.keys() | {"~".join(key) for key in shown}
        wider = ids | set(Component.objects.filter(lookup__in=wanted).values_list("id", flat=True))
        if alone:
            keys = set(alone.values())
            rows = ComponentIdentifier.objects.filter(value__in={value for _, _, value in keys})
            wider.update(
                key for key, *name in rows.values_list("component_id", "type", "kind", "value") if tuple(name) in keys
            )
        if wider == ids:
            return ids
        ids = wider


def _told(components: Mapping[int, Component]) -> list[_Told]:
    rows = list(
        Observation.objects.filter(component__in=components)
        .order_by("id")
        .values_list(
            *("id", "component_id", "lookup", "vendor", "claims", "asset__identity", "observed_at", "snapshot__sha256"),
            *("type", "slot"),
        )
    )
    names = {row[3] for row in rows} | {component.vendor for component in components.values()}
    aliases = vendor_aliases({vendor_key(name) for name in names})
    told = [
        _Told(
            row,
            owner,
            Claim(
                lookup,
                fold_vendor(vendor, aliases),
                frozenset((kind, value) for kind, value in claims.get("identifiers", ())),
                asset or "",
                (at, sha256),
                position_lookup(kind, asset, slot, claims.get("model", (0, ""))[1]) if asset else "",
                frozenset(claims.get("shared", ())),
            ),
        )
        for row, owner, lookup, vendor, claims, asset, at, sha256, kind, slot in rows
    ]
    told += [
        _Told(None, component.id, Claim(component.lookup, fold_vendor(component.vendor, aliases)))
        for component in components.values()
        if component.declared
    ]
    return told


def _homes(groups: Mapping[str, Sequence[_Told]], components: Mapping[int, Component]) -> dict[str, int]:
    """For each identity the row that keeps it: the one that bears it, else one that no other needs.

    A row which two vendors' evidence parts stays that of the vendor whose name it bore.
    """
    bearers = {component.identity: component.id for component in components.values()}
    homes = {identity: bearers[identity] for identity in groups if identity in bearers}
    free = [key for key in sorted(components) if key not in homes.values()]
    suits = {
        identity: any(
            item.claim.vendor and vendor_key(item.claim.vendor) == vendor_key(components[item.owner].vendor)
            for item in items
        )
        for identity, items in groups.items()
    }
    for identity in sorted(groups, key=lambda identity: (not suits[identity], identity)):
        if identity in homes:
            continue
        owners = {item.owner for item in groups[identity]}
        own = next((key for key in free if key in owners), None)
        if own is not None:
            homes[identity] = own
            free.remove(own)
    return homes


def _make_room(components: Iterable[int]) -> None:
    """Takes the identities away for a moment, so that rows may exchange them."""
    update_rows(Component, ("identity", "stale"), [(key, f"settling {key}", 1) for key in components])


def _create_missing(groups: Mapping[str, Sequence[_Told]], homes: Mapping[str, int]) -> dict[str, int]:
    rows = [
        Component(
            type=component_type(items[0].claim.lookup),
            identity=f"settling {identity}"[:255],
            lookup=items[0].claim.lookup,
            stale=True,
        )
        for identity, items in sorted(groups.items())
        if identity not in homes
    ]
    Component.objects.bulk_create(rows)
    missing = [identity for identity in sorted(groups) if identity not in homes]
    return {**homes, **{identity: row.id for identity, row in zip(missing, rows, strict=True)}}


def _describe(
    groups: Mapping[str, Sequence[_Told]],
    lookups: Mapping[str, str],
    homes: Mapping[str, int],
    components: Mapping[int, Component],
) -> None:
    """Writes identity, lookup, serial, vendor and identifiers of each thing, as its claims have them.

    A thing of which nothing is claimed (its evidence was withdrawn) keeps its name: the same evidence may come again.
    """
    rows: list[tuple[object, ...]] = []
    identifiers: list[tuple[object, ...]] = []
    for identity, items in groups.items():
        claims = sorted((item.claim for item in items), key=_age)
        lookup = lookups[identity]
        serial = serial_of(lookup)
        vendor = components[homes[identity]].vendor if homes[identity] in components else ""
        claimed = [claim.vendor for claim in claims if claim.vendor]
        # Where nobody names one, the row's own is what the drive's model tells.
        if claimed and vendor_key(vendor) not in {vendor_key(name) for name in claimed}:
            vendor = claimed[0]
        pairs = sorted({pair for claim in claims for pair in claim.identifiers})
        rows.append((homes[identity], identity, lookup, serial, vendor[:200], orjson.dumps(pairs).decode()))
        identifiers += [(homes[identity], component_type(lookup), name, value) for name, value in pairs]
    ComponentIdentifier.objects.filter(component__in=set(homes.values()) | set(components)).delete()
    Component.objects.filter(id__in=set(components) - set(homes.values())).update(identifiers=[])
    update_rows(Component, ("identity", "lookup", "serial", "vendor", "identifiers"), rows)
    insert_rows(ComponentIdentifier, ("component", "type", "kind", "value"), identifiers)


def _age(claim: Claim) -> tuple[bool, datetime, str]:
    never = datetime.min.replace(tzinfo=timezone.get_default_timezone())
    moment, sha256 = claim.order or (never, "")
    return (claim.order is not None, moment, sha256)


def _retire(groups: Mapping[str, Sequence[_Told]], homes: Mapping[str, int]) -> None:
    """Notes on the rows that lost all their evidence where it went; `timeline` clears them away."""
    heirs: dict[int, set[int]] = defaultdict(set)
    for identity, items in groups.items():
        for item in items:
            heirs[item.owner].add(homes[identity])
    for key in heirs.keys() - set(homes.values()):
        Component.objects.filter(id=key).update(
            identity=f"gone {key}",
            lookup=f"gone {key}",
            identifiers=[],
            declared=False,
            merged_into=min(heirs[key]),
        )
