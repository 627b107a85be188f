"""Resolves links and failures that named nothing known, or more than one thing, when they came."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import F, Q

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

_BATCH = 1000

# Whether anything waits at all: asked for every bundle, and mostly answered with no.
_a_waiting_link = CompiledQuery(
    lambda least: TicketLink.objects.unresolved().filter(id__gt=least).order_by("id").values_list("id")[:1], -1
)
_a_waiting_failure = CompiledQuery(
    lambda least: Failure.objects.unresolved().filter(id__gt=least).order_by("id").values_list("id")[:1], -1
)
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
    links, failures = bool(_a_waiting_link.rows(0)), bool(_a_waiting_failure.rows(0))
    if bundle is None:
        _follow_merged()
        return (_resolve_all(TicketLink) if links else 0) + (_resolve_all(Failure) if failures else 0)
    if not (links or failures):
        return 0
    names = _names_in(bundle)
    resolved = 0
    if links:
        named = TicketLink.objects.unresolved().filter(name__in=names)
        resolved += sum(_resolve_links(keys) for keys in _in_batches(named))
    if failures:
        told = Q(component_serial__in=names) | Q(component_lookup__in=names) | Q(asset_name__in=names)
        resolved += sum(_resolve_failures(keys) for keys in _in_batches(Failure.objects.unresolved().filter(told)))
    return resolved


def review_links() -> int:
    """Looks again at what every link means that no operator chose; gives how many changed.

    A late bundle may show that a host name was another server's then: rare, so once a day is enough.
    """
    return sum(_resolve_links(keys) for keys in _in_batches(TicketLink.objects.filter(decided_at__isnull=True)))


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
            rows = moved.annotate(heir=F(f"{name}__merged_into")).values_list("id", "heir")[:_BATCH]
            update_rows(model, (name,), list(rows))


def _resolve_all(model: type[TicketLink] | type[Failure]) -> int:
    resolve = _resolve_links if model is TicketLink else _resolve_failures
    return sum(resolve(keys) for keys in _in_batches(model.objects.unresolved()))


def _in_batches(rows: Any) -> Iterator[list[int]]:
    last = 0
    while keys := list(rows.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH]):
        yield keys
        last = keys[-1]


@again_on_deadlock
def _resolve_links(keys: Collection[int]) -> int:
    with transaction.atomic():
        links = read_links(TicketLink.objects.select_for_update().filter(id__in=keys))
        tickets = Ticket.objects.filter(id__in={link.ticket for link in links})
        moments = dict(tickets.values_list("id", "opened_at"))
        return resolve_again(links, moments, Directory({link.name for link in links}))


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
    return sum(found is not None or place is not None for _, found, place, _ in changed)


def _named(failure: Failure) -> tuple[Name | None, Name | None]:
    """What a failure calls its component, and its asset."""
    by_serial = bool(failure.component_serial)
    name = failure.component_serial or failure.component_lookup
    kind = NameKind.COMPONENT_SERIAL if by_serial else NameKind.COMPONENT_LOOKUP
    part = Name(kind, name, failure.type, failure.vendor) if name else None
    asset = Name(failure.asset_by, failure.asset_name) if failure.asset_name else None
    return part, asset
