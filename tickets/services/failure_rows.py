"""The columns of failures that logs and tickets tell."""

from datetime import datetime
from typing import Any

from registry.models import Asset
from tickets.domain.told import ToldFailure
from tickets.domain.vocabulary import MAX_MESSAGE, FailureSource, FailureState, NameKind
from tickets.selectors import Directory
from tickets.selectors.signals import Told

TOLD = (
    "key",
    "source",
    "type",
    "component_serial",
    "component_lookup",
    "vendor",
    "asset_by",
    "asset_name",
    "slot",
    "slot_kind",
    "component",
    "asset",
    "occurred_at",
    "mode",
    "severity",
    "message",
    "signal_digest",
    "candidates",
    "state",
    "reason",
    "recorded_at",
)
LOGGED = (*TOLD, "bundle", "not_before", "told_at", "told_until")
OF_TICKETS = (*TOLD, "ticket")


def logged_row(
    key: str,
    told: Told,
    asset: Asset | None,
    component: int | None,
    *,
    at: datetime,
    lookup: str,
    candidates: int,
    now: datetime,
    not_before: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Any, ...]:
    """A new failure as `told` first tells it. `asset`: whose slot is named, where that names the part."""
    return (
        key,
        FailureSource.LOG,
        told.type,
        "",
        lookup,
        "",
        NameKind.ASSET_SERIAL if asset else "",
        asset.serial if asset else "",
        told.slot if asset else "",
        told.slot_kind if asset else "",
        component,
        asset.pk if asset else None,
        at,
        told.mode,
        told.severity,
        told.message,
        told.digest,
        candidates,
        FailureState.OPEN,
        "",
        now,
        told.bundle,
        not_before,
        told.at,
        until,
    )


def row_of_ticket(key: str, ticket: int, failure: ToldFailure, directory: Directory, now: datetime) -> tuple[Any, ...]:
    """A new failure as the ticket tells it, of what `directory` knows by the names."""
    part, asset = failure.component, failure.asset
    by_serial = part is not None and part.by == NameKind.COMPONENT_SERIAL
    return (
        key,
        FailureSource.TICKET,
        failure.component_type,
        part.name if part and by_serial else "",
        part.name if part and not by_serial else "",
        part.vendor if part else "",
        asset.by if asset else "",
        asset.name if asset else "",
        failure.slot,
        "",
        directory.find(part, failure.occurred_at),
        directory.find(asset, failure.occurred_at),
        failure.occurred_at,
        failure.mode,
        *said(failure),
        "",
        len(directory.candidates(part or asset)),
        FailureState.OPEN,
        "",
        now,
        ticket,
    )


def said(failure: ToldFailure) -> tuple[str, str]:
    """How bad it is, and in which words: what may change of a failure that a ticket tells."""
    return (failure.severity, " ".join(failure.message.split())[:MAX_MESSAGE])
