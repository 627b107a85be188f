"""Settles identities that one bundle alone cannot: looks at all the evidence of the things in question together.

Rare and careful, where `registry.services` is frequent and quick. What was given other evidence is marked stale, and
`timeline` derives it anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.utils import timezone

from ingest.models import Bundle, Observation, Snapshot
from registry.domain.identity import (
    Claim,
    component_type,
    fold_vendor,
    identifier_of,
    is_position,
    is_serial,
    position_lookup,
    resolve,
    vendor_key,
)
from registry.models import Asset, Component, ComponentIdentifier
from registry.models.bulk import insert_rows, update_rows
from registry.selectors import vendor_aliases

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
    cluster = _cluster(set(disputed))
    components = {row.id: row for row in Component.objects.select_for_update().filter(id__in=cluster).order_by("id")}
    told = _told(components)
    identities = resolve([item.claim for item in told])
    groups: dict[str, list[_Told]] = defaultdict(list)
    for item, identity in zip(told, identities, strict=True):
        groups[identity].append(item)
    homes = _homes(groups, components)
    if all(homes.get(identity) == item.owner for identity, items in groups.items() for item in items):
        _describe(groups, homes, components)
        return
    _make_room({item.owner for item in told})
    homes = _create_missing(groups, homes)
    _describe(groups, homes, components)
    for identity, items in groups.items():
        moved = [item.row for item in items if item.row is not None and item.owner != homes[identity]]
        for start in range(0, len(moved), _BATCH):
            Observation.objects.filter(id__in=moved[start : start + _BATCH]).update(component=homes[identity])
    _retire(groups, homes)


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
            "id", "component_id", "lookup", "vendor", "claims", "asset__identity", "observed_at", "snapshot__sha256"
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
            ),
        )
        for row, owner, lookup, vendor, claims, asset, at, sha256 in rows
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
    groups: Mapping[str, Sequence[_Told]], homes: Mapping[str, int], components: Mapping[int, Component]
) -> None:
    """Writes identity, lookup, serial, vendor and identifiers of each thing, as its claims have them.

    A thing of which nothing is claimed (its evidence was withdrawn) keeps its name: the same evidence may come again.
    """
    rows: list[tuple[object, ...]] = []
    identifiers: list[tuple[object, ...]] = []
    for identity, items in groups.items():
        claims = sorted((item.claim for item in items), key=_age)
        lookup = min(claims, key=_strength).lookup
        serial = lookup.split(":", 1)[1] if is_serial(lookup) else ""
        vendor = components[homes[identity]].vendor if homes[identity] in components else ""
        if vendor_key(vendor) not in {vendor_key(claim.vendor) for claim in claims if claim.vendor}:
            vendor = next((claim.vendor for claim in claims if claim.vendor), "")
        pairs = sorted({pair for claim in claims for pair in claim.identifiers})
        rows.append((homes[identity], identity, lookup, serial, vendor[:200], orjson.dumps(pairs).decode()))
        identifiers += [(homes[identity], component_type(lookup), name, value) for name, value in pairs]
    ComponentIdentifier.objects.filter(component__in=set(homes.values()) | set(components)).delete()
    Component.objects.filter(id__in=set(components) - set(homes.values())).update(identifiers=[])
    update_rows(Component, ("identity", "lookup", "serial", "vendor", "identifiers"), rows)
    insert_rows(ComponentIdentifier, ("component", "type", "kind", "value"), identifiers)


def _strength(claim: Claim) -> tuple[int, str]:
    return (0 if is_serial(claim.lookup) else 1, claim.lookup)


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
            identity=f"gone {key}", lookup=f"gone {key}", identifiers=[], merged_into=min(heirs[key])
        )


def settle_assets(serials: Iterable[str]) -> bool:
    """Gives every snapshot that names one of these serials to the asset that it belongs to; gives whether any moved."""
    moved = [serial for serial in sorted(serials) if _settle_asset(serial)]
    return bool(moved)


def _settle_asset(serial: str) -> bool:
    assets = {row.id: row for row in Asset.objects.select_for_update().filter(serial=serial).order_by("id")}
    snapshots = list(Snapshot.objects.filter(asset__in=assets, asset_serial=serial).order_by("collected_at", "sha256"))
    owners = [row.asset_id for row in snapshots if row.asset_id is not None]
    owners += [key for key, asset in assets.items() if asset.declared]
    claims = _asset_claims(serial, snapshots, assets)
    identities = [identity.removeprefix("asset:") for identity in resolve(claims)]
    vendors = [claim.vendor for claim in claims]
    homes = _asset_homes(identities, vendors, owners, assets)
    names = {key: asset.identity for key, asset in assets.items()}
    if all(
        homes.get(identity) == owner and names.get(owner) == identity
        for identity, owner in zip(identities, owners, strict=True)
    ):
        return False
    told = {text for row in snapshots for text in (row.asset_model, row.hostname)}
    for key, asset in assets.items():
        if key in owners:
            # What a snapshot said of it may be said of another one by now; `timeline` notes what is left.
            changes = {name: "" for name in ("model", "hostname") if getattr(asset, name) in told}
            Asset.objects.filter(id=key).update(identity=f"settling {key}", stale=True, **changes)
    for identity in sorted(set(identities)):
        own = [claim.vendor for claim, name in zip(claims, identities, strict=True) if name == identity]
        vendor = next((vendor for vendor in own if vendor), "")
        if identity not in homes:
            homes[identity] = Asset.objects.create(identity=identity, serial=serial, stale=True).id
        Asset.objects.filter(id=homes[identity]).update(identity=identity, vendor=vendor)
    for row, identity in zip(snapshots, identities, strict=False):
        _move_snapshot(row, homes[identity], identity)
    for key in set(owners) - set(homes.values()):
        heir = min(homes[identity] for identity, owner in zip(identities, owners, strict=True) if owner == key)
        _retire_asset(key, Asset.objects.get(id=heir))
    return True


def _retire_asset(key: int, heir: Asset) -> None:
    """Gives what people hung on an asset that turned out to be another one to that one; `timeline` clears it away."""
    for row in Snapshot.objects.filter(asset=key):
        _move_snapshot(row, heir.id, heir.identity)
    Bundle.objects.filter(asset_hint=key).update(asset_hint=heir)
    Asset.objects.filter(id=key).update(identity=f"gone {key}", declared=False, merged_into=heir)


def _asset_claims(serial: str, snapshots: Sequence[Snapshot], assets: Mapping[int, Asset]) -> list[Claim]:
    """What the snapshots, and after them the people who entered an asset, say of the one with that serial."""
    names = [row.asset_vendor for row in snapshots] + [asset.vendor for asset in assets.values()]
    aliases = vendor_aliases({vendor_key(name) for name in names})
    told = [
        Claim(f"asset:{serial}", fold_vendor(row.asset_vendor, aliases), order=(row.collected_at, row.sha256))
        for row in snapshots
    ]
    declared = [asset for asset in assets.values() if asset.declared]
    return told + [Claim(f"asset:{serial}", fold_vendor(asset.vendor, aliases)) for asset in declared]


def _asset_homes(
    identities: Sequence[str], vendors: Sequence[str], owners: Sequence[int | None], assets: Mapping[int, Asset]
) -> dict[str, int]:
    """As `_homes`, for assets."""
    bearers = {asset.identity: asset.id for asset in assets.values()}
    homes = {identity: bearers[identity] for identity in set(identities) if identity in bearers}
    told = zip(identities, vendors, owners, strict=True)
    suiting = {key: vendor_key(asset.vendor) for key, asset in assets.items()}
    for identity, _, owner in sorted(told, key=lambda item: suiting.get(item[2] or 0) != vendor_key(item[1])):
        if identity not in homes and owner is not None and owner not in homes.values():
            homes[identity] = owner
    return homes


def _move_snapshot(row: Snapshot, asset: int, identity: str) -> None:
    """Hands a snapshot to its asset, and what it saw by position alone to that asset's components."""
    seen = Observation.objects.filter(snapshot=row)
    Component.objects.filter(observations__in=seen).update(stale=True)
    seen.update(asset=asset)
    Snapshot.objects.filter(id=row.id).update(asset=asset, derived_at=None)
    for observation in seen.filter(lookup__contains="@"):
        if not is_position(observation.lookup):
            continue
        model = observation.claims.get("model", (0, ""))[1]
        lookup = position_lookup(observation.type, identity, observation.slot, model)
        if lookup != observation.lookup:
            vendor = fold_vendor(observation.vendor, vendor_aliases({vendor_key(observation.vendor)}))
            component, _ = Component.objects.get_or_create(
                identity=lookup,
                defaults={"lookup": lookup, "type": observation.type, "vendor": vendor, "stale": True},
            )
            Observation.objects.filter(id=observation.id).update(lookup=lookup, component=component)
