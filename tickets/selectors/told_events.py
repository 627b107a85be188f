"""What tickets and failures add to timelines, looked up in the history as it is derived now."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Prefetch, Q, QuerySet

from registry.models import Asset, Component
from tickets.domain.vocabulary import LinkState
from tickets.models import Failure, Ticket
from timeline.domain.facts import RANKS, Mark, first_position

FAILURE, OPENED, CLOSED = "FAILURE", "TICKET_OPENED", "TICKET_CLOSED"
_BETWEEN = "\x1f"  # sorts before all that a source's name may hold
_COUNTS = {"links__state": LinkState.CONFIRMED}
# All but what was sent: that may be long.
_BRIEF = Ticket.objects.defer("raw", "description")
_NAMED = ("id", "source", "external_id")  # no more: of wide rows it takes the engine long to tell the same from others


@dataclass(frozen=True, slots=True)
class Wanted:
    """The first `number` events beyond `mark`, upward or `downward`, at `after` or later and before `before`."""

    after: datetime | None
    before: datetime | None
    mark: Mark | None
    downward: bool
    number: int


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """A ticket was opened or closed; `asset` and `component` are whom it concerned then, by id."""

    type: str
    at: datetime
    ticket: int
    source: str
    external_id: str
    asset: int | None
    component: int | None


@dataclass(frozen=True, slots=True)
class Joined:
    """An event that a failure or a ticket is on a timeline: where it stands, and whom it concerned then."""

    position: str
    type: str
    at: datetime
    asset: Asset | None
    component: Component | None
    failure: Failure | None = None
    ticket: Ticket | None = None


TicketsOn = Callable[[int, str, Wanted], Iterator[TicketEvent]]


def joined_on_component(component: int, types: Collection[str], wanted: Wanted) -> list[Joined]:
    """The component's failures, its own tickets, and those of the asset it sat in; those of `types`, in no order."""
    return _joined(component, Failure.objects.counted().filter(component=component), _on_component, types, wanted)


def joined_on_asset(asset: int, types: Collection[str], wanted: Wanted) -> list[Joined]:
    """What failed in the asset, its own tickets, and those of what sat in it; those of `types`, in no order."""
    return _joined(asset, Failure.objects.counted().filter(asset=asset), _on_asset, types, wanted)


def _joined(
    key: int, failures: "QuerySet[Failure]", tickets_on: TicketsOn, types: Collection[str], wanted: Wanted
) -> list[Joined]:
    found = _failures(failures, wanted) if FAILURE in types else []
    told = [one for kind in (OPENED, CLOSED) if kind in types for one in tickets_on(key, kind, wanted)]
    return found + _tickets(told)


def _failures(rows: "QuerySet[Failure]", wanted: Wanted) -> list[Joined]:
    sign = "-" if wanted.downward else ""
    found = rows.filter(_within("occurred_at", wanted), _past("occurred_at", FAILURE, ("key",), wanted))
    ordered = found.order_by(f"{sign}occurred_at", f"{sign}key").select_related("asset", "component", "bundle")
    return [
        Joined(_position(FAILURE, one.occurred_at, one.key), FAILURE, one.occurred_at, one.asset, one.component, one)
        for one in ordered.prefetch_related(Prefetch("ticket", _BRIEF))[: wanted.number]
    ]


def _tickets(told: Sequence[TicketEvent]) -> list[Joined]:
    """The events of tickets, each once: a ticket of the thing itself comes before the same one inherited."""
    first: dict[str, TicketEvent] = {}
    for one in told:
        first.setdefault(_position(one.type, one.at, f"{one.source}{_BETWEEN}{one.external_id}"), one)
    assets = Asset.objects.in_bulk({one.asset for one in first.values() if one.asset is not None})
    components = Component.objects.in_bulk({one.component for one in first.values() if one.component is not None})
    tickets = _BRIEF.in_bulk({one.ticket for one in first.values()})
    return [
        Joined(
            position,
            one.type,
            one.at,
            assets.get(one.asset or 0),
            components.get(one.component or 0),
            ticket=tickets[one.ticket],
        )
        for position, one in first.items()
        if one.ticket in tickets
    ]


def _position(kind: str, at: datetime, tail: str) -> str:
    """Where an event stands on a timeline."""
    return f"{first_position(at)}{RANKS[kind]:02d}{tail}"


def _on_component(component: int, kind: str, wanted: Wanted) -> Iterator[TicketEvent]:
    """When tickets of the component were opened (or closed), and those of the asset it sat in at that moment."""
    own = Ticket.objects.filter(links__component=component, **_COUNTS)
    yield from _events(own, kind, wanted, component=component)
    there = "links__asset__installations"
    inherited = Ticket.objects.filter(**{f"{there}__component": component}, **_COUNTS).filter(_sat(there, kind))
    yield from _events(inherited, kind, wanted, component=component, column="links__asset")


def _on_asset(asset: int, kind: str, wanted: Wanted) -> Iterator[TicketEvent]:
    """When tickets of the asset were opened (or closed), and those of the components in it at that moment."""
    own = Ticket.objects.filter(links__asset=asset, **_COUNTS)
    yield from _events(own, kind, wanted, asset=asset)
    there = "links__component__installations"
    inherited = Ticket.objects.filter(**{f"{there}__asset": asset}, **_COUNTS).filter(_sat(there, kind))
    yield from _events(inherited, kind, wanted, asset=asset, column="links__component")


def _sat(there: str, kind: str) -> Q:
    """That the component sat there: opened in ``[installed_at, ends_at)``, or closed in ``(installed_at, ends_at]``."""
    start, end = F(f"{there}__installed_at"), F(f"{there}__ends_at")
    return Q(opened_at__gte=start, opened_at__lt=end) if kind == OPENED else Q(closed_at__gt=start, closed_at__lte=end)


def _events(
    rows: "QuerySet[Ticket]",
    kind: str,
    wanted: Wanted,
    *,
    asset: int | None = None,
    component: int | None = None,
    column: str = "",
) -> Iterator[TicketEvent]:
    moment = "opened_at" if kind == OPENED else "closed_at"
    sign = "-" if wanted.downward else ""
    found = rows.filter(
        _within(moment, wanted), _past(moment, kind, ("source", "external_id"), wanted), **{f"{moment}__isnull": False}
    )
    # Each ticket once, however many links lead to it: else the first `number` rows would not be the first tickets.
    once = found.order_by().values(moment, *_NAMED).annotate(there=Min(column or "id"))
    ordered = once.order_by(f"{sign}{moment}", f"{sign}source", f"{sign}external_id")
    for at, key, source, external_id, there in ordered.values_list(moment, *_NAMED, "there")[: wanted.number]:
        yield TicketEvent(
            kind,
            at,
            key,
            source,
            external_id,
            there if column == "links__asset" else asset,
            there if column == "links__component" else component,
        )


def _within(column: str, wanted: Wanted) -> Q:
    condition = Q()
    if wanted.after is not None:
        condition &= Q(**{f"{column}__gte": wanted.after})
    if wanted.before is not None:
        condition &= Q(**{f"{column}__lt": wanted.before})
    return condition


def _past(column: str, kind: str, ties: Sequence[str], wanted: Wanted) -> Q:
    """Beyond the mark, in the order of positions."""
    mark = wanted.mark
    if mark is None:
        return Q()
    further, rank = ("lt", -RANKS[kind]) if wanted.downward else ("gt", RANKS[kind])
    there = -mark.rank if wanted.downward else mark.rank
    later = Q(**{f"{column}__{further}": mark.moment})
    if rank < there:
        return later
    if rank > there:
        return Q(**{f"{column}__{further}e": mark.moment})
    return later | (Q(**{column: mark.moment}) & _past_tie(ties, mark.tail, further))


def _past_tie(ties: Sequence[str], tail: str, further: str) -> Q:
    condition, same = Q(), Q()
    for name, value in zip(ties, tail.split(_BETWEEN, len(ties) - 1), strict=False):
        condition |= same & Q(**{f"{name}__{further}": value})
        same &= Q(**{name: value})
    return condition
