"""What came of the evidence, in words that are the same in every database: no ids, no times of writing."""

import hashlib
from typing import Any

import orjson
from django.db.models import QuerySet

from registry.models import Asset, Component, ComponentIdentifier, Installation
from timeline.models import AssetEvent, Event, FirmwarePeriod, IdentityConflict

Rows = list[tuple[Any, ...]]


def natural_outcome() -> dict[str, Rows]:
    """Everything that was derived, by kind, in an order of its own: equal for equal evidence."""
    return {
        "assets": _rows(
            Asset.objects.all(),
            *("identity", "serial", "vendor", "model", "hostname", "project__code"),
            *("first_seen_at", "last_seen_at", "last_evidence", "stale"),
        ),
        "components": [
            (*row[:-1], sorted(tuple(pair) for pair in row[-1]))
            for row in _rows(
                Component.objects.all(),
                *("identity", "lookup", "type", "serial", "vendor", "model", "part_number", "lot__code"),
                *("manufactured_on", "status", "asset__identity", "slot", "installed_at", "firmware", "health"),
                *("first_seen_at", "last_seen_at", "last_evidence_at", "last_evidence", "stale", "identifiers"),
            )
        ],
        "identifiers": _rows(ComponentIdentifier.objects.all(), "component__identity", "type", "kind", "value"),
        "events": _rows(
            Event.objects.all(),
            *("position", "key", "type", "occurred_at", "not_before", "asset__identity", "component__identity"),
            *("from_asset__identity", "from_value", "to_value", "bundle__sha256", "assertion__key"),
        ),
        "asset_events": _rows(AssetEvent.objects.all(), "asset__identity", "position", "event__key"),
        "installations": _rows(
            Installation.objects.all(),
            *("component__identity", "installed_at", "removed_at", "not_before", "asset__identity", "slot"),
        ),
        "firmware": _rows(FirmwarePeriod.objects.all(), "component__identity", "started_at", "ended_at", "firmware"),
        "conflicts": _rows(
            IdentityConflict.objects.all(),
            *("key", "kind", "name", "component__identity", "asset__identity", "other_asset__identity"),
            *("first_at", "last_at"),
        ),
    }


def fingerprint() -> str:
    """A digest of `natural_outcome`, to compare two databases by."""
    return hashlib.sha256(orjson.dumps(natural_outcome(), default=str)).hexdigest()


def identities() -> set[str]:
    """Of all components."""
    return set(Component.objects.values_list("identity", flat=True))


def asset_identities() -> set[str]:
    """Of all assets."""
    return set(Asset.objects.values_list("identity", flat=True))


def events_of(identity: str) -> list[str]:
    """The types of a component's events, in their order."""
    found = Event.objects.filter(component__identity=identity).order_by("position")
    return list(found.values_list("type", flat=True))


def _rows(found: QuerySet[Any], *columns: str) -> Rows:
    return sorted(found.order_by().values_list(*columns), key=repr)
