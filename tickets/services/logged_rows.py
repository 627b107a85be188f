"""The columns of failures that logs tell."""

from datetime import datetime
from typing import Any

from registry.models import Asset
from tickets.domain.vocabulary import FailureSource, FailureState, NameKind
from tickets.selectors.signals import Told

COLUMNS = (
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
    "bundle",
    "signal_digest",
    "candidates",
    "state",
    "reason",
    "recorded_at",
    "told_at",
    "told_until",
)


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
        told.bundle,
        told.digest,
        candidates,
        FailureState.OPEN,
        "",
        now,
        told.at,
        until,
    )
