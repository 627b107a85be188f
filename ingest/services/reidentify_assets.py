"""Settles identities of assets that one bundle alone cannot: looks at all the evidence of those in question together.

What was given other evidence is marked stale, and `timeline` derives it anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ingest.models import Bundle, Observation, Snapshot
from ingest.services.reidentify import components_showing, settle_components
from registry.domain.decisions import Decision
from registry.domain.identity import (
    Claim,
    Identity,
    fold_vendor,
    identify,
    is_position,
    position_lookup,
    serial_of,
    vendor_key,
)
from registry.models import Asset, Component, DecidedName
from registry.selectors import decisions_on, in_force, vendor_aliases
from registry.services import asset_lookup


def settle_assets(serials: Iterable[str]) -> bool:
    """Gives every snapshot that names one of these serials to the asset that it belongs to; gives whether any moved."""
    done: set[str] = set()
    moved = False
    for serial in sorted(set(serials)):
        if serial not in done:
            together, decisions = _connected({serial})
            done |= together
            moved |= _settle(together, decisions)
    return moved


def _connected(serials: set[str]) -> tuple[set[str], tuple[Decision, ...]]:
    """The serials that decisions bind to those given, or bound before they were revoked, and the decisions in force."""
    while True:
        decided = decisions_on({asset_lookup(serial) for serial in serials})
        wider = serials | {serial_of(lookup) for one in decided for lookup in one.decision.lookups}
        if wider == serials:
            return serials, in_force(decided)
        serials = wider


def _settle(serials: Collection[str], decisions: Sequence[Decision]) -> bool:
    assets = {row.id: row for row in Asset.objects.select_for_update().filter(serial__in=serials).order_by("id")}
    named = Snapshot.objects.filter(asset__in=assets, asset_serial__in=serials)
    snapshots = list(named.defer("coverage", "conflicts").order_by("collected_at", "sha256", "id"))
    owners = [row.asset_id for row in snapshots if row.asset_id is not None]
    owners += [key for key, asset in assets.items() if asset.declared]
    claims = _asset_claims(snapshots, assets)
    identities = [Identity(serial_of(one.name), serial_of(one.lookup)) for one in identify(claims, decisions)]
    names = [one.name for one in identities]
    homes = _asset_homes(names, [claim.vendor for claim in claims], owners, assets)
    borne = {key: asset.identity for key, asset in assets.items()}
    if all(homes.get(name) == owner and borne.get(owner) == name for name, owner in zip(names, owners, strict=True)):
        return False
    _forget_derived(assets, snapshots, owners)
    for identity in sorted(set(identities), key=lambda one: one.name):
        own = [claim.vendor for claim, name in zip(claims, names, strict=True) if name == identity.name]
        vendor = next((vendor for vendor in own if vendor), "")
        if identity.name not in homes:
            homes[identity.name] = _create(identity, snapshots)
        Asset.objects.filter(id=homes[identity.name]).update(
            identity=identity.name, serial=identity.lookup, vendor=vendor
        )
    for row, name in zip(snapshots, names, strict=False):
        move_snapshot(row, homes[name], name)
    for key in set(owners) - set(homes.values()):
        heir = min(homes[name] for name, owner in zip(names, owners, strict=True) if owner == key)
        _retire_asset(key, Asset.objects.get(id=heir))
    _settle_decided({*borne.values(), *names}, homes.values())
    return True


def _forget_derived(assets: Mapping[int, Asset], snapshots: Sequence[Snapshot], owners: Collection[int | None]) -> None:
    """Has all that was derived of the assets in question, and of what ever sat in them, derived anew."""
    seen = Observation.objects.filter(asset__in=assets).order_by()
    ids = set(seen.exclude(component=None).values_list("component_id", flat=True).distinct())
    Component.objects.filter(id__in=ids).update(stale=True)
    told = {text for row in snapshots for text in (row.asset_model, row.hostname)}
    for key, asset in assets.items():
        if key in owners:
            # What a snapshot said of it may be said of another one by now; `timeline` notes what is left.
            changes = {name: "" for name in ("model", "hostname") if getattr(asset, name) in told}
            Asset.objects.filter(id=key).update(identity=f"settling {key}", stale=True, **changes)


def _create(identity: Identity, snapshots: Sequence[Snapshot]) -> int:
    sources = [row.asset_serial_source for row in snapshots if row.asset_serial == identity.lookup]
    return Asset.objects.create(
        identity=f"settling {identity.name}"[:255],
        serial=identity.lookup,
        serial_source=next((source for source in sources if source), "system"),
        stale=True,
    ).id


def _settle_decided(identities: Collection[str], assets: Collection[int]) -> None:
    """Settles what was decided on parts of assets whose identity is another now, or on places in them."""
    seen = Observation.objects.filter(asset__in=list(assets)).exclude(component=None).order_by()
    pairs = set(seen.values_list("lookup", "component_id").distinct())
    decided = DecidedName.objects.filter(lookup__in={lookup for lookup, _ in pairs}).values_list("lookup", flat=True)
    known = set(decided)
    disputed = {component for lookup, component in pairs if lookup in known}
    for name in DecidedName.objects.filter(decision__asset__in=identities).select_related("decision"):
        disputed |= components_showing(name.lookup, name.decision.asset)
    settle_components(disputed)


def _retire_asset(key: int, heir: Asset) -> None:
    """Gives what people hung on an asset that turned out to be another one to that one; `timeline` clears it away."""
    for row in Snapshot.objects.filter(asset=key):
        move_snapshot(row, heir.id, heir.identity)
    Bundle.objects.filter(asset_hint=key).update(asset_hint=heir)
    Asset.objects.filter(id=key).update(identity=f"gone {key}", declared=False, merged_into=heir)


def _asset_claims(snapshots: Sequence[Snapshot], assets: Mapping[int, Asset]) -> list[Claim]:
    """What the snapshots, and after them the people who entered an asset, say of its name."""
    names = [row.asset_vendor for row in snapshots] + [asset.vendor for asset in assets.values()]
    aliases = vendor_aliases({vendor_key(name) for name in names})
    told = [
        Claim(
            asset_lookup(row.asset_serial),
            fold_vendor(row.asset_vendor, aliases),
            order=(row.collected_at, row.sha256),
        )
        for row in snapshots
    ]
    declared = [asset for asset in assets.values() if asset.declared]
    return told + [Claim(asset_lookup(asset.serial), fold_vendor(asset.vendor, aliases)) for asset in declared]


def _asset_homes(
    identities: Sequence[str], vendors: Sequence[str], owners: Sequence[int | None], assets: Mapping[int, Asset]
) -> dict[str, int]:
    """For each identity the row that keeps it: the one that bears it, else one that no other needs."""
    bearers = {asset.identity: asset.id for asset in assets.values()}
    homes = {identity: bearers[identity] for identity in set(identities) if identity in bearers}
    told = zip(identities, vendors, owners, strict=True)
    suiting = {key: vendor_key(asset.vendor) for key, asset in assets.items()}
    for identity, _, owner in sorted(told, key=lambda item: suiting.get(item[2] or 0) != vendor_key(item[1])):
        if identity not in homes and owner is not None and owner not in homes.values():
            homes[identity] = owner
    return homes


def move_snapshot(row: Snapshot, asset: int, identity: str) -> None:
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
