"""Finds the asset that a bundle names, and adds it when it is new."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from registry.compiled import CompiledQuery
from registry.domain.identity import fold_vendor, vendor_key
from registry.models import Asset
from registry.selectors import decisions_on, vendor_aliases


@dataclass(frozen=True, slots=True)
class AssetNaming:
    """How a bundle names an asset; `serial` is clean and not empty, `vendor` as printed."""

    serial: str
    vendor: str = ""
    serial_source: str = "system"


@dataclass(frozen=True, slots=True)
class AssetRef:
    """An asset as far as the pipeline needs it."""

    id: int
    identity: str
    vendor: str
    last_snapshot: int | None = None
    last_evidence: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """The asset for each naming, and the serials under which evidence must be looked at again as a whole."""

    assets: Mapping[AssetNaming, AssetRef]
    disputed: frozenset[str]


def place_assets(namings: Sequence[AssetNaming]) -> Placement:
    """The asset of each naming, created where there is none; call inside a transaction.

    One asset with the serial and no other vendor: that one. Otherwise the serial is disputed, and the asset given
    is a first guess that the caller settles by looking at all the evidence.
    """
    distinct = list(dict.fromkeys(namings))
    known = _by_serial(distinct)
    bound = _bound({naming.serial for naming in distinct} - known.keys())
    missing = [naming for naming in distinct if naming.serial not in known and naming.serial not in bound]
    if missing:
        _create(missing)
        known = _by_serial(distinct)
    assets: dict[AssetNaming, AssetRef] = {}
    disputed: set[str] = set()
    vendors: dict[str, set[str]] = defaultdict(set)
    for naming in distinct:
        vendors[naming.serial].add(naming.vendor)
    for naming in distinct:
        rows = known.get(naming.serial) or bound[naming.serial].rows
        if naming.serial in bound:
            sure = bound[naming.serial].is_sure(naming.vendor)
        else:
            sure = len(rows) == 1 and _agree(rows[0].vendor, naming.vendor)
        if sure:
            assets[naming] = rows[0]
        else:
            assets[naming] = next((row for row in rows if _agree(row.vendor, naming.vendor)), rows[0])
            disputed.add(naming.serial)
        if not all(_agree(naming.vendor, other) for other in vendors[naming.serial]):
            disputed.add(naming.serial)
    _gain_vendors(assets)
    return Placement(assets, frozenset(disputed))


@dataclass(frozen=True, slots=True)
class _Bound:
    """The assets that a decision binds a serial to. `kept`: the name that it keeps; `vendor`: whose serial it is."""

    rows: list[AssetRef]
    kept: str
    vendor: str

    def is_sure(self, vendor: str) -> bool:
        """Whether it is the one asset that bears the name which is kept."""
        return [row.identity for row in self.rows] == [self.kept] and _agree(self.vendor, vendor)


def _bound(serials: Collection[str]) -> dict[str, _Bound]:
    """What decisions bind those serials to that no asset has."""
    lookups = {f"asset:{serial}": serial for serial in serials}
    decided = [one.decision for one in decisions_on(lookups.keys()) if one.in_force]
    if not decided:
        return {}
    others = {lookup.removeprefix("asset:") for decision in decided for lookup in decision.lookups}
    known = _by_serial([AssetNaming(serial) for serial in others])
    bound: dict[str, _Bound] = {}
    for decision in decided:
        rows = [row for lookup in sorted(decision.lookups) for row in known.get(lookup.removeprefix("asset:"), ())]
        for name in decision.names:
            if name.lookup in lookups and rows:
                kept = decision.names[0].lookup.removeprefix("asset:")
                bound[lookups[name.lookup]] = _Bound(rows, kept, name.vendor)
    return bound


def _with_serials(serials: Collection[str]) -> QuerySet[Asset, tuple[Any, ...]]:
    return (
        Asset.objects.filter(serial__in=serials)
        .order_by("id")
        .values_list("serial", "id", "identity", "vendor", "last_snapshot", "last_seen_at", "last_evidence")
    )


# Nearly every bundle speaks of one asset.
_with_serial = CompiledQuery(lambda serial: _with_serials([serial]), "\N{REPLACEMENT CHARACTER}")


def _by_serial(namings: Sequence[AssetNaming]) -> dict[str, list[AssetRef]]:
    rows: dict[str, list[AssetRef]] = defaultdict(list)
    serials = sorted({naming.serial for naming in namings})
    found = _with_serial.rows(serials[0]) if len(serials) == 1 else _with_serials(serials)
    for serial, key, identity, vendor, last_snapshot, last_at, last_ref in found:
        last = (last_at, last_ref) if last_at else None
        rows[serial].append(AssetRef(key, identity, vendor, last_snapshot, last))
    return dict(rows)


def _create(namings: Sequence[AssetNaming]) -> None:
    now = timezone.now()
    first = {naming.serial: naming for naming in reversed(namings)}
    aliases = vendor_aliases({vendor_key(naming.vendor) for naming in namings})
    # Another worker may create the same asset at this moment: its row serves as well.
    Asset.objects.bulk_create(
        [
            Asset(
                identity=naming.serial,
                serial=naming.serial,
                serial_source=naming.serial_source,
                vendor=fold_vendor(naming.vendor, aliases),
                created_at=now,
            )
            for naming in first.values()
        ],
        ignore_conflicts=True,
    )


def _agree(known: str, named: str) -> bool:
    """Whether two vendor names may be one: either is unknown, or they are the same in the form compared."""
    if not known or not named or vendor_key(known) == vendor_key(named):
        return True
    aliases = vendor_aliases({vendor_key(known), vendor_key(named)})
    return vendor_key(fold_vendor(known, aliases)) == vendor_key(fold_vendor(named, aliases))


def _gain_vendors(assets: Mapping[AssetNaming, AssetRef]) -> None:
    for naming, row in assets.items():
        if naming.vendor and not row.vendor:
            vendor = fold_vendor(naming.vendor, vendor_aliases({vendor_key(naming.vendor)}))
            Asset.objects.filter(id=row.id, vendor="").update(vendor=vendor)
