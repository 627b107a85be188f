"""Which components and assets rows name, new ones among them; the rows of a batch together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.services.reidentify import settle_components
from reanimator.history_import.rows import Part, ToldStay
from registry.domain.identity import Claim, fold_vendor, serial_lookup, vendor_key
from registry.models import Asset, Component
from registry.models.bulk import update_rows
from registry.selectors import vendor_aliases
from registry.services import AssetNaming, ComponentNaming, declare_component, name_components, name_lots, place_assets


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of components by how rows name them, and why some names lead to none."""

    ids: Mapping[Part, int]
    problems: Mapping[Part, str]


@dataclass(frozen=True, slots=True)
class _Make:
    """What rows say of a component itself; `lot` by its id."""

    model: str = ""
    lot: int | None = None
    made: date | None = None


def find_components(told: Sequence[ToldStay]) -> Found:
    """The component of each row, made where there is none; call inside a transaction."""
    said = _said(told)
    namings = [
        ComponentNaming(
            Claim(serial_lookup(part.type, part.serial), part.vendor),
            part.type,
            part.serial,
            model=make.model,
            declared=True,
            lot=make.lot,
            manufactured_on=make.made,
        )
        for part, make in said.items()
    ]
    naming = name_components(namings)
    ids = dict(zip(said, naming.ids, strict=True))
    problems: dict[Part, str] = {}
    for part in [part for part, key in ids.items() if key in naming.disputed]:
        found = _of_vendor(part, said[part].model, ids[part])
        if isinstance(found, str):
            problems[part] = found
            del ids[part]
        else:
            ids[part] = found
    settle_components(naming.disputed | set(ids.values()) if naming.disputed else ())
    _describe({ids[part]: make for part, make in said.items() if part in ids})
    return Found(ids, problems)


def _said(told: Sequence[ToldStay]) -> dict[Part, _Make]:
    """What the rows say of each component; an earlier row's word stays."""
    lots = name_lots({stay.lot for stay in told if stay.lot})
    said: dict[Part, _Make] = {}
    for stay in told:
        before = said.get(stay.part, _Make())
        said[stay.part] = _Make(before.model or stay.model, before.lot or lots.get(stay.lot), before.made or stay.made)
    return said


def _describe(said: Mapping[int, _Make]) -> None:
    """Notes models, lots and days of manufacture where none is known; what is known of a component stays."""
    rows = []
    known = Component.objects.filter(id__in=said).order_by("id").values_list("id", "model", "lot_id", "manufactured_on")
    for key, model, lot, made in known:
        old, told = _Make(model, lot, made), said[key]
        new = _Make(old.model or told.model, old.lot or told.lot, old.made or told.made)
        if new != old:
            rows.append((key, new.model, new.lot, new.made and new.made.isoformat(), 0))
    update_rows(Component, ("model", "lot", "manufactured_on", "counted"), rows)


def _of_vendor(part: Part, model: str, guess: int) -> int | str:
    """The vendor's component where several vendors' may bear that serial number, made where there is none."""
    rows = list(Component.objects.filter(lookup=serial_lookup(part.type, part.serial)).values_list("id", "vendor"))
    if not rows:
        return guess  # another name leads to it, as an operator decided
    if not part.vendor:
        return guess if len(rows) == 1 else "Components of several vendors have that serial number: vendor is needed."
    keys = {vendor_key(part.vendor), *(vendor_key(vendor) for _, vendor in rows)}
    aliases = vendor_aliases(keys)
    wanted = vendor_key(fold_vendor(part.vendor, aliases))
    same = [key for key, vendor in rows if vendor_key(fold_vendor(vendor, aliases)) in {wanted, ""}]
    if same:
        return same[0]
    vendor = fold_vendor(part.vendor, aliases)
    return declare_component(type=part.type, vendor=vendor, serial=part.serial, model=model).id


def find_assets(told: Iterable[ToldStay]) -> Mapping[tuple[str, str], int]:
    """The asset of each row by serial and vendor, made where there is none; call inside a transaction."""
    namings = {(stay.asset, stay.asset_vendor): AssetNaming(stay.asset, stay.asset_vendor) for stay in told}
    placed = place_assets(list(namings.values())).assets
    ids = {name: placed[naming].id for name, naming in namings.items()}
    fresh = Asset.objects.filter(id__in=set(ids.values()), declared=False, last_seen_at__isnull=True)
    fresh.update(declared=True)
    return ids


def describe_assets(told: Iterable[ToldStay], ids: Mapping[tuple[str, str], int]) -> None:
    """Notes the models of assets of which none is known."""
    models = {ids[stay.asset, stay.asset_vendor]: stay.asset_model for stay in told if stay.asset_model}
    unknown = Asset.objects.filter(id__in=models, model="").values_list("id", flat=True)
    update_rows(Asset, ("model",), [(key, models[key]) for key in unknown])
