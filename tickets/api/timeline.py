"""The timelines of assets and components, with what tickets and failures add to them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet

from registry.api.references import asset_reference, component_reference
from registry.models import Asset, Component
from tickets.models import Failure, Ticket
from tickets.selectors.told_events import (
    CLOSED,
    FAILURE,
    OPENED,
    TicketEvent,
    Wanted,
    failure_position,
    failures_on,
    tickets_on_asset,
    tickets_on_component,
)
from timeline.api import events
from timeline.api.events import JoinedEvent, Span

# Joined events are no rows of the timeline: their ids are negative, made of the failure's or ticket's own.
_NUMBERS = {FAILURE: 0, OPENED: 1, CLOSED: 2}

_DETAILS = ("source", "external_id", "title", "status", "severity", "url")

TicketsOn = Callable[[int, str, Wanted], Iterator[TicketEvent]]


class ComponentTimeline(events.ComponentTimeline):
    """The timeline of a component, across all assets that it ever sat in, with its tickets and failures."""

    def joined(self, span: Span) -> list[JoinedEvent]:
        """Its failures, its own tickets, and those of the asset it sat in."""
        key = self.kwargs["component_id"]
        return _joined(key, Failure.objects.filter(component=key), tickets_on_component, span)


class AssetTimeline(events.AssetTimeline):
    """The timeline of an asset: what came, left, moved, changed and failed in it, its tickets, and its collections."""

    def joined(self, span: Span) -> list[JoinedEvent]:
        """What failed in it, its own tickets, and those of what sat in it."""
        key = self.kwargs["asset_id"]
        return _joined(key, Failure.objects.filter(asset=key), tickets_on_asset, span)


def _joined(key: int, failures: "QuerySet[Failure]", tickets_on: TicketsOn, span: Span) -> list[JoinedEvent]:
    wanted = Wanted(span.after, span.before, span.beyond, span.downward, span.number)
    found = failures_on(failures, wanted) if FAILURE in span.types else []
    told = [one for kind in (OPENED, CLOSED) if kind in span.types for one in tickets_on(key, kind, wanted)]
    return [_failure(one) for one in found] + _tickets(told)


def _failure(one: Failure) -> JoinedEvent:
    shown = _shown(
        FAILURE,
        one.pk,
        _key(FAILURE, one.key),
        one.occurred_at,
        asset_reference(one.asset),
        component_reference(one.component),
        bundle=one.bundle_id,
        ticket=one.ticket_id,
        failure=one.pk,
        details={
            "mode": one.mode,
            "severity": one.severity,
            "source": one.source,
            "state": one.state,
            "message": one.message,
        },
    )
    return JoinedEvent(failure_position(one), shown)


def _tickets(told: Sequence[TicketEvent]) -> list[JoinedEvent]:
    """The events of tickets, each once: a ticket of the thing itself comes before the same one inherited."""
    first: dict[str, TicketEvent] = {}
    for one in told:
        first.setdefault(one.position, one)
    assets = Asset.objects.only("id", "identity", "serial", "hostname").in_bulk(
        {one.asset for one in first.values() if one.asset is not None}
    )
    components = Component.objects.only("id", "identity", "type", "serial", "model").in_bulk(
        {one.component for one in first.values() if one.component is not None}
    )
    tickets = Ticket.objects.only(*_DETAILS).in_bulk({one.ticket for one in first.values()})
    return [
        JoinedEvent(
            position, _ticket(one, tickets[one.ticket], assets.get(one.asset or 0), components.get(one.component or 0))
        )
        for position, one in first.items()
        if one.ticket in tickets
    ]


def _ticket(one: TicketEvent, told: Ticket, asset: Asset | None, component: Component | None) -> dict[str, Any]:
    concerned = [asset.identity if asset else "", component.identity if component else ""]
    return _shown(
        one.type,
        one.ticket,
        _key(one.type, one.at, one.source, one.external_id, *concerned),
        one.at,
        asset_reference(asset),
        component_reference(component),
        ticket=one.ticket,
        details={name: getattr(told, name) for name in _DETAILS},
    )


def _shown(
    kind: str,
    number: int,
    key: str,
    at: datetime,
    asset: dict[str, Any] | None,
    component: dict[str, Any] | None,
    *,
    bundle: int | None = None,
    ticket: int | None = None,
    failure: int | None = None,
    details: dict[str, Any],
) -> dict[str, Any]:
    return {
        "id": -(4 * number + _NUMBERS[kind]),
        "key": key,
        "type": kind,
        "occurred_at": at,
        "not_before": None,
        "asset": asset,
        "component": component,
        "from": None,
        "to": None,
        "bundle": bundle,
        "ticket": ticket,
        "failure": failure,
        "details": details,
    }


def _key(*content: Any) -> str:
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
