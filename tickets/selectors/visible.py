"""The tickets that show on a component or an asset, looked up in installations as they are derived now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db.models import F, Model, Q, QuerySet

from registry.models import Asset, Component, Installation
from tickets.domain.vocabulary import LinkState
from tickets.domain.windows import Life, Links, Relation, Stay, Window, on_asset, on_component
from tickets.models import Ticket, TicketLink

_COUNTS = {"links__state": LinkState.CONFIRMED}


class AnyOf:
    """Tickets that one or another of several queries gives, each ticket once, to be ordered and cut like a query.

    One query with OR between its parts would read all tickets there are; each part alone begins at its own links.
    """

    model: type[Model] = Ticket

    def __init__(self, parts: Sequence["QuerySet[Ticket]"], order: tuple[str, ...] = ()) -> None:
        self.parts = parts
        self.order = order

    def filter(self, *conditions: Q, **fields: Any) -> "AnyOf":
        """Those for which the conditions hold."""
        return AnyOf([part.filter(*conditions, **fields) for part in self.parts], self.order)

    def order_by(self, *names: str) -> "AnyOf":
        """They in that order, which ends in the primary key."""
        return AnyOf(self.parts, names)

    def __getitem__(self, span: slice) -> list[Ticket]:
        """The first ones of the order."""
        columns = [name.lstrip("-") for name in self.order]
        keys = {row for part in self.parts for row in part.order_by(*self.order).values_list(*columns)[span]}
        rows: Iterable[tuple[Any, ...]] = keys
        for place, name in reversed(list(enumerate(self.order))):
            rows = sorted(rows, key=itemgetter(place), reverse=name.startswith("-"))
        chosen = [row[columns.index("id")] for row in rows][span]
        found = Ticket.objects.defer("raw").in_bulk(chosen)
        return [found[key] for key in chosen if key in found]


def of_component(component: int) -> AnyOf:
    """The tickets that show on a component: its own, and those of the assets it sat in, of their time."""
    direct = Ticket.objects.filter(links__component=component, **_COUNTS)
    inherited = Ticket.objects.filter(
        links__asset__installations__component=component,
        opened_at__lt=F("links__asset__installations__ends_at"),
        ends_at__gt=F("links__asset__installations__installed_at"),
        **_COUNTS,
    )
    return AnyOf([direct.distinct(), inherited.distinct()])


def of_asset(asset: int, project: int | None) -> AnyOf:
    """The tickets that show on an asset: its own, its project's, and those of what sat in it, of their time."""
    direct = Ticket.objects.filter(links__asset=asset, **_COUNTS)
    inherited = Ticket.objects.filter(
        links__component__installations__asset=asset,
        opened_at__lt=F("links__component__installations__ends_at"),
        ends_at__gt=F("links__component__installations__installed_at"),
        **_COUNTS,
    )
    parts = [direct.distinct(), inherited.distinct()]
    if project is not None:
        parts.append(Ticket.objects.filter(links__project=project, **_COUNTS).distinct())
    return AnyOf(parts)


@dataclass(frozen=True, slots=True)
class Way:
    """A window through which a ticket is inherited, and what is at its other end."""

    window: Window
    thing: Asset | Component


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket on a thing's page, and why it is there."""

    ticket: Ticket
    relation: Relation
    ways: tuple[Way, ...] = ()


def shown_on_component(component: int, tickets: Sequence[Ticket]) -> list[Shown]:
    """Why each of these tickets shows on the component."""
    links = _links_of([ticket.pk for ticket in tickets])
    stays = _stays(Installation.objects.filter(component=component))
    assets = Asset.objects.only("id", "serial", "hostname").in_bulk({stay.asset for stay in stays})
    return [
        Shown(ticket, showing.relation, tuple(Way(one, assets[one.stay.asset]) for one in showing.windows))
        for ticket in tickets
        if (showing := on_component(component, _life(ticket), links[ticket.pk], stays))
    ]


def shown_on_asset(asset: int, project: int | None, tickets: Sequence[Ticket]) -> list[Shown]:
    """Why each of these tickets shows on the asset."""
    links = _links_of([ticket.pk for ticket in tickets])
    named = {key for one in links.values() for key in one.components}
    stays = _stays(Installation.objects.filter(asset=asset, component__in=named))
    parts = Component.objects.only("id", "type", "serial", "model").in_bulk({stay.component for stay in stays})
    return [
        Shown(ticket, showing.relation, tuple(Way(one, parts[one.stay.component]) for one in showing.windows))
        for ticket in tickets
        if (showing := on_asset(asset, project, _life(ticket), links[ticket.pk], stays))
    ]


def _life(ticket: Ticket) -> Life:
    return Life(ticket.opened_at, ticket.closed_at)


def _links_of(tickets: Collection[int]) -> dict[int, Links]:
    found: dict[int, tuple[set[int], set[int], set[int]]] = defaultdict(lambda: (set(), set(), set()))
    rows = TicketLink.objects.counted().filter(ticket__in=tickets).order_by()
    for ticket, *ends in rows.values_list("ticket_id", "asset_id", "component_id", "project_id"):
        for known, end in zip(found[ticket], ends, strict=True):
            if end is not None:
                known.add(end)
    return {ticket: Links(*found[ticket]) for ticket in tickets}


def _stays(rows: "QuerySet[Installation]") -> list[Stay]:
    columns = ("id", "component_id", "asset_id", "slot", "installed_at", "removed_at")
    return [Stay(*row) for row in rows.order_by("installed_at", "id").values_list(*columns)]
