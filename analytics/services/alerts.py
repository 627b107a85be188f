"""Opens and closes alerts as the figures have it, and lists what they concern."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from analytics.domain.spells import to_seconds
from analytics.domain.windows import Window
from analytics.models import Alert
from analytics.selectors.cohorts import cohort_names
from analytics.selectors.peers import Standing, standings
from analytics.selectors.places import hot_places
from registry.transactions import again_on_deadlock

_FIGURES = (
    "components",
    "exposure_days",
    "seen",
    "expected",
    "ratio",
    "low",
    "high",
    "crude",
    "p",
    "adjusted",
    "dispersion",
    "widened",
)
_NAMES = ("kind", "component_type", "model", "value", "slot")


def evaluate_alerts(*, now: datetime, days: int | None = None) -> tuple[int, int]:
    """Looks for what is worse than its peers over the last days; gives how many alerts opened and how many closed."""
    start = now - timedelta(days=days or settings.ALERT_WINDOW_DAYS)
    window = Window(to_seconds(start), to_seconds(now), settings.SILENCE_DAYS * 86_400)
    names = cohort_names()
    found = [standing for kind in ("lot", "firmware") for standing in standings(window, names, kind) if standing.alert]
    found += [standing for kind in ("asset", "slot") for standing in hot_places(window, names, kind) if standing.alert]
    return store_alerts(found, start=start, now=now)


@again_on_deadlock
def store_alerts(found: Iterable[Standing], *, start: datetime, now: datetime) -> tuple[int, int]:
    """Makes the open alerts those found; what was open and is found again keeps its row and who acknowledged it."""
    with transaction.atomic():
        told = {subject(standing): standing for standing in found}
        known = {row.subject: row for row in Alert.objects.select_for_update().filter(open_subject__isnull=False)}
        for key, standing in told.items():
            row = known.get(key) or Alert(subject=key, open_subject=key, opened_at=now, **_named(standing))
            for name in _FIGURES:
                setattr(row, name, getattr(standing, name))
            row.window_start, row.window_end, row.evaluated_at = start, now, now
            row.save()
        gone = [row.id for key, row in known.items() if key not in told]
        closed = Alert.objects.filter(id__in=gone).update(closed_at=now, open_subject=None, evaluated_at=now)
        return len(told.keys() - known.keys()), closed


def subject(standing: Standing) -> str:
    """Names what a standing is about, from run to run."""
    content = [standing.kind, standing.component_type, standing.model, standing.asset or standing.value, standing.slot]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:32]


def _named(standing: Standing) -> Mapping[str, Any]:
    return {**{name: getattr(standing, name) for name in _NAMES}, "asset_id": standing.asset}


def acknowledge(alert_id: int, *, user: Any, note: str, now: datetime) -> Alert:
    """Notes that an operator has seen to it; it stays open for as long as the figures say so."""
    alert = Alert.objects.get(id=alert_id)
    alert.acknowledged_by = user if getattr(user, "pk", None) else None
    alert.acknowledged_at, alert.note = now, note
    alert.save(update_fields=["acknowledged_by", "acknowledged_at", "note"])
    return alert
