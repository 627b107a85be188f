"""Resolves links and failures that named nothing known, or more than one thing, when they came."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from ingest.models import Snapshot
from registry.compiled import CompiledQuery
from registry.models import Component
from registry.models.bulk import update_rows
from registry.transactions import again_on_deadlock
from tickets.domain.naming import Name
from tickets.domain.vocabulary import NameKind
from tickets.models import Failure, Ticket, TicketLink
from tickets.selectors import Directory, spellings_of
from tickets.services.links import read_links, resolve_again
from timeline.services.changes import note_changes

_BATCH = 1000

# What failures wait for that a bundle can bring; what sat in a slot is known once the asset is derived.
_WAITING_FOR_PART = Failure.objects.unresolved().filter(component_serial__gt="")
_WAITING_FOR_ASSET = Failure.objects.unresolved().filter(asset__isnull=True, asset_name__gt="")

# Asked for every bundle, and mostly answered with no. Not in the order of ids: the engine would walk all rows for that.
_a_waiting_link = CompiledQuery(lambda _: TicketLink.objects.unresolved().order_by().values_list("id")[:1], None)
_a_waiting_part = CompiledQuery(lambda _: _WAITING_FOR_PART.order_by().values_list("id")[:1], None)
_a_waiting_place = CompiledQuery(lambda _: _WAITING_FOR_ASSET.order_by().values_list("id")[:1], None)
_assets_of_bundle = CompiledQuery(
    lambda bundle: (
        Snapshot.objects.filter(bundle=bundle, asset__isnull=False)
        .order_by()
        .values_list("hostname", "asset__serial", "asset__tag", "asset__hostname")
    ),
    -1,
)
_components_of_bundle = CompiledQuery(
    lambda bundle: (
        Component.objects.filter(observations__snapshot__bundle=bundle).order_by().values_list("serial", "lookup")
    ),
    -1,
)


def resolve_waiting(*, bundle: int | None = None) -> int:
    """Resolves what waits and can be resolved by now, or of that what a bundle names; gives how many rows that were.

    What it costs depends on the bundle, or on how much waits, never on the fleet.
    """
    if bundle is None:
        _follow_merged()
        return _resolve_all(TicketLink) + _resolve_all(Failure)
    waiting = [
        (rows, column, resolve)
        for anything, rows, column, resolve in (
            (_a_waiting_link, TicketLink.objects.unresolved(), "name", _resolve_links),
            (_a_waiting_part, _WAITING_FOR_PART, "component_serial", _resolve_failures),
            (_a_waiting_place, _WAITING_FOR_ASSET, "asset_name", _resolve_failures),
        )
        if anything.rows(None)
    ]
    names = _names_in(bundle) if waiting else set()
    return sum(
        resolve(keys) for rows, column, resolve in waiting for keys in _keys(rows.filter(**{f"{column}__in": names}))
    )


def review_links() -> int:
    """Looks again at what every link means that no operator chose; gives how many changed.

    A late bundle may show that a host name was another server's then: rare, so once a day is enough.
    """
    changed, last = 0, 0
    rows = TicketLink.objects.filter(decided_at__isnull=True).order_by("id")
    while keys := list(rows.filter(id__gt=last).values_list("id", flat=True)[:_BATCH]):
        changed += _resolve_links(keys)
        last = keys[-1]
    return changed


def _names_in(bundle: int) -> set[str]:
    """By what the bundle's assets and components may be called."""
    names = {name for row in _components_of_bundle.rows(bundle) for name in row}
    for hostname, serial, tag, current in _assets_of_bundle.rows(bundle):
        names |= {serial, tag, *spellings_of(hostname), *spellings_of(current)}
    return names - {""}


def _follow_merged() -> None:
    """Leads links and failures from rows that turned out to be another one to that one."""
    for model in (TicketLink, Failure):
        for name in ("asset", "component"):
            moved = model.objects.filter(**{f"{name}__merged_into__isnull": False}).order_by("id")
            rows = list(moved.annotate(heir=F(f"{name}__merged_into")).values_list("id", "heir")[:_BATCH])
            update_rows(model, (name,), rows)
            note_changes(**{f"{name}s": {heir for _, heir in rows}})


def _resolve_all(model: type[TicketLink] | type[Failure]) -> int:
    resolve = _resolve_links if model is TicketLink else _resolve_failures
    return sum(resolve(keys) for keys in _keys(model.objects.unresolved()))


def _keys(rows: "QuerySet[Any, Any]") -> Iterator[list[int]]:
    """The ids of rows that wait, some at a time."""
    # Read at once, since they are few; in the order of ids and a piece at a time, all rows would be walked for them.
    keys = sorted(rows.order_by().values_list("id", flat=True))
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


@again_on_deadlock
def _resolve_links(keys: Collection[int]) -> int:
    with transaction.atomic():
        links = read_links(TicketLink.objects.select_for_update().filter(id__in=keys))
        tickets = Ticket.objects.filter(id__in={link.ticket for link in links})
        lives = {key: (opened, closed) for key, opened, closed in tickets.values_list("id", "opened_at", "closed_at")}
        moments = {key: opened for key, (opened, _) in lives.items()}
        changed = resolve_again(links, moments, Directory({link.name for link in links}))
        # A ticket that ended may say why a component was removed.
        ended = [(link.target, target) for link, target in changed if lives[link.ticket][1] is not None]
        note_changes(components={one.component for pair in ended for one in pair if one.component is not None})
        return len(changed)


@again_on_deadlock
def _resolve_failures(keys: Collection[int]) -> int:
    with transaction.atomic():
        rows = list(Failure.objects.select_for_update().filter(id__in=keys).order_by("id"))
        directory = Directory({name for row in rows for name in _named(row) if name})
        changed = []
        for row in rows:
            part, asset = _named(row)
            found = row.component_id or directory.find(part, row.occurred_at)
            place = row.asset_id or directory.find(asset, row.occurred_at)
            candidates = len(directory.candidates(part or asset))
            if (found, place, candidates) != (row.component_id, row.asset_id, row.candidates):
                changed.append((row.id, found, place, candidates))
        update_rows(Failure, ("component", "asset", "candidates"), changed)
        note_changes(
            components={found for _, found, _, _ in changed if found},
            assets={place for _, found, place, _ in changed if place and not found},
        )
    return sum(found is not None or place is not None for _, found, place, _ in changed)


def _named(failure: Failure) -> tuple[Name | None, Name | None]:
    """What a failure calls its component, and its asset."""
    by_serial = bool(failure.component_serial)
    name = failure.component_serial or failure.component_lookup
    kind = NameKind.COMPONENT_SERIAL if by_serial else NameKind.COMPONENT_LOOKUP
    part = Name(kind, name, failure.type, failure.vendor) if name else None
    asset = Name(failure.asset_by, failure.asset_name) if failure.asset_name else None
    return part, asset
