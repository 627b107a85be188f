"""Finds the asset that a bundle names, and adds it when it is new."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from registry.compiled import CompiledQuery
from registry.domain.identity import fold_vendor, serial_of, vendor_key
from registry.models import Asset, DecidedName
from registry.selectors import bound_names, vendor_aliases

_KIND = "asset:"


def asset_lookup(serial: str) -> str:
    """The name of the assets with that serial, as decisions speak of them."""
    return f"{_KIND}{serial}"


@dataclass(frozen=True, slots=True)
class AssetNaming:
    """How a bundle names an asset; `serial` is clean and not empty, `vendor` as printed."""

    serial: str
    vendor: str = ""
    serial_source: str = "system"


@dataclass(frozen=True, slots=True)
class AssetRef:
    """An asset as far as the pipeline needs it. `decided`: an operator merged assets of its serial with others."""

    id: int
    identity: str
    vendor: str
    last_snapshot: int | None = None
    last_evidence: tuple[datetime, str] | None = None
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """The asset for each naming, and the serials under which evidence must be looked at again as a whole."""

    assets: Mapping[AssetNaming, AssetRef]
    disputed: frozenset[str]


def place_assets(namings: Sequence[AssetNaming]) -> Placement:
    """The asset of each naming, created where there is none; call inside a transaction.

    One asset with the serial, no other vendor and no decision on it: that one. Otherwise the serial is disputed, and
    the asset given is a first guess that the caller settles by looking at all the evidence.
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
        rows = known.get(naming.serial) or bound[naming.serial]
        if len(rows) == 1 and _agree(rows[0].vendor, naming.vendor) and not rows[0].decided:
            assets[naming] = rows[0]
        else:
            assets[naming] = next((row for row in rows if _agree(row.vendor, naming.vendor)), rows[0])
            disputed.add(naming.serial)
        if not all(_agree(naming.vendor, other) for other in vendors[naming.serial]):
            disputed.add(naming.serial)
    _gain_vendors(assets)
    return Placement(assets, frozenset(disputed))


def _bound(serials: Collection[str]) -> dict[str, list[AssetRef]]:
    """The assets that decisions bind those serials to, which no asset has: a first guess, lest one is made in vain."""
    bound = {name: names for name, names in bound_names({asset_lookup(serial) for serial in serials}).items() if names}
    others = {serial_of(lookup) for names in bound.values() for lookup in names}
    known = _by_serial([AssetNaming(serial) for serial in others]) if others else {}
    found = {
        serial_of(name): [row for other in sorted(names) for row in known.get(serial_of(other), ())]
        for name, names in bound.items()
    }
    return {serial: rows for serial, rows in found.items() if rows}


def _with_serials(serials: Collection[str]) -> QuerySet[Asset, tuple[Any, ...]]:
    decided = DecidedName.objects.filter(lookup=Concat(Value(_KIND), OuterRef("serial")), decision__revoked_at=None)
    return (
        Asset.objects.filter(serial__in=serials)
        .order_by("id")
        .values_list("serial", "id", "identity", "vendor", "last_snapshot", "last_seen_at", "last_evidence")
        .annotate(decided=Exists(decided))
    )


# Nearly every bundle speaks of one asset.
_with_serial = CompiledQuery(lambda serial: _with_serials([serial]), "\N{REPLACEMENT CHARACTER}")


def _by_serial(namings: Sequence[AssetNaming]) -> dict[str, list[AssetRef]]:
    rows: dict[str, list[AssetRef]] = defaultdict(list)
    serials = sorted({naming.serial for naming in namings})
    found = _with_serial.rows(serials[0]) if len(serials) == 1 else _with_serials(serials)
    for serial, key, identity, vendor, last_snapshot, last_at, last_ref, decided in found:
        last = (last_at, last_ref) if last_at else None
        rows[serial].append(AssetRef(key, identity, vendor, last_snapshot, last, bool(decided)))
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
