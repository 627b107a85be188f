"""The timelines of assets and components, with what tickets and failures add to them."""

import hashlib
from typing import Any

import orjson

from registry.api.references import asset_reference, component_reference
from tickets.models import Failure, Ticket
from tickets.selectors.told_events import (
    CLOSED,
    FAILURE,
    OPENED,
    Joined,
    Wanted,
    joined_on_asset,
    joined_on_component,
)
from timeline.api import events
from timeline.api.events import JoinedEvent, Span

# Joined events are no rows of the timeline: their ids are negative, made of the failure's or ticket's own.
_NUMBERS = {FAILURE: 0, OPENED: 1, CLOSED: 2}
_OF_FAILURE = ("mode", "severity", "source", "state", "message")
_OF_TICKET = ("source", "external_id", "title", "status", "severity", "url")


class ComponentTimeline(events.ComponentTimeline):
    """The timeline of a component, across all assets that it ever sat in, with its tickets and failures."""

    def joined(self, span: Span) -> list[JoinedEvent]:
        """Its failures, its own tickets, and those of the asset it sat in."""
        return _events(joined_on_component(self.kwargs["component_id"], span.types, _wanted(span)))


class AssetTimeline(events.AssetTimeline):
    """The timeline of an asset: what came, left, moved, changed and failed in it, its tickets, and its collections."""

    def joined(self, span: Span) -> list[JoinedEvent]:
        """What failed in it, its own tickets, and those of what sat in it."""
        return _events(joined_on_asset(self.kwargs["asset_id"], span.types, _wanted(span)))


def _wanted(span: Span) -> Wanted:
    return Wanted(span.after, span.before, span.beyond, span.downward, span.number)


def _events(found: list[Joined]) -> list[JoinedEvent]:
    shown = []
    for one in found:
        if one.failure is not None:
            shown.append(JoinedEvent(one.position, _failure(one, one.failure)))
        elif one.ticket is not None:
            shown.append(JoinedEvent(one.position, _ticket(one, one.ticket)))
    return shown


def _failure(one: Joined, told: Failure) -> dict[str, Any]:
    return {
        **_shown(one, told.pk, _key(one.type, told.key)),
        "not_before": told.not_before,
        "bundle": told.bundle_id,
        "ticket": told.ticket_id,
        "failure": told.pk,
        "details": {name: getattr(told, name) for name in _OF_FAILURE},
    }


def _ticket(one: Joined, told: Ticket) -> dict[str, Any]:
    concerned = [one.asset.identity if one.asset else "", one.component.identity if one.component else ""]
    return {
        **_shown(one, told.pk, _key(one.type, one.at, told.source, told.external_id, *concerned)),
        "not_before": None,
        "bundle": None,
        "ticket": told.pk,
        "failure": None,
        "details": {name: getattr(told, name) for name in _OF_TICKET},
    }


def _shown(one: Joined, number: int, key: str) -> dict[str, Any]:
    return {
        "id": -(4 * number + _NUMBERS[one.type]),
        "key": key,
        "type": one.type,
        "occurred_at": one.at,
        "asset": asset_reference(one.asset),
        "component": component_reference(one.component),
        "from": None,
        "to": None,
    }


def _key(*content: Any) -> str:
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
