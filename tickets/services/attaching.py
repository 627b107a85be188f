"""Fills in which component failed, where a failure names a slot, and in which asset, where it names a component."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from registry.compiled import update_ids
from registry.models import Asset, Component
from registry.models.bulk import pieces, update_rows
from tickets.domain.naming import Name
from tickets.domain.occupants import occupant
from tickets.domain.vocabulary import FailureSource
from tickets.models import Failure
from tickets.selectors import Directory
from tickets.selectors.places import asset_at, sittings_in, slot_names, stays_of

NAMED_BY_SLOT = Q(component_serial="", component_lookup="") & ~Q(slot="")


def attach(components: Collection[int], assets: Collection[int]) -> set[int]:
    """Brings the failures of these components, and those in slots of these assets, in line with where all sat then.

    Gives the components that have other failures than before.
    """
    left = Failure.objects.filter(NAMED_BY_SLOT, component__in=components, asset__isnull=False).order_by()
    changed = _by_slot({*assets, *(left.values_list("asset", flat=True) if components else ())})
    for some in pieces(sorted({*components, *changed})):
        _by_component(some)
    return changed


def _by_slot(assets: Collection[int]) -> set[int]:
    rows = list(Failure.objects.filter(NAMED_BY_SLOT, asset__in=assets).order_by("id")) if assets else []
    if not rows:
        return set()
    watch_assets({row.asset_id for row in rows if row.asset_id})
    sittings = sittings_in({row.asset_id for row in rows if row.asset_id})
    named = slot_names(rows)
    news: list[tuple[Any, ...]] = []
    concerned: set[int] = set()
    for row in rows:
        found = occupant(named[row.pk], sittings[row.asset_id or 0])
        if found != row.component_id:
            news.append((row.pk, found, 1 if found else 0))
            concerned |= {key for key in (found, row.component_id) if key is not None}
    update_rows(Failure, ("component", "candidates"), news)
    return concerned


def _by_component(components: Collection[int]) -> None:
    named = Failure.objects.filter(component__in=components).exclude(NAMED_BY_SLOT)
    # A log that tells of a part which it does not show stays with its own asset.
    rows = list(named.exclude(source=FailureSource.LOG, asset_name__gt="").order_by("id"))
    if not rows:
        return
    stays = stays_of({row.component_id for row in rows if row.component_id})
    places = {row.pk: asset_at(stays.get(row.component_id or 0, ()), row.occurred_at) for row in rows}
    told = {row.pk: Name(row.asset_by, row.asset_name) for row in rows if places[row.pk] is None and row.asset_name}
    directory = Directory(told.values())
    news = []
    for row in rows:
        place = places[row.pk]
        if place is None and row.pk in told:
            place = directory.find(told[row.pk], row.occurred_at)
        if place != row.asset_id:
            news.append((row.pk, place))
    update_rows(Failure, ("asset",), news)


def watch_components(ids: Collection[int]) -> None:
    """Has `timeline` note what changes in the histories of these components."""
    _watch(Component, ids)


def watch_assets(ids: Collection[int]) -> None:
    """Has `timeline` note what changes in the histories of what sat in these assets."""
    _watch(Asset, ids)


def _watch(model: type[Asset] | type[Component], ids: Collection[int]) -> None:
    for some in pieces(sorted(ids)):
        if unwatched := list(model.objects.filter(id__in=some, watched=False).values_list("id", flat=True)):
            update_ids(model, {"watched": True}, unwatched)
