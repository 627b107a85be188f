"""Opens and closes alerts as the figures have it, and lists what they concern."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from analytics.domain.question import Question
from analytics.models import Alert, Run
from analytics.selectors.peers import Standing
from analytics.selectors.standings import NAMED_BY, standing_of
from analytics.services.runs import Inquiry, run_standard
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


class Evaluated(NamedTuple):
    """How many alerts opened and closed, and how many kinds could not be looked at: their alerts stay as they are."""

    opened: int
    closed: int
    failed: int


def evaluate_alerts(*, now: datetime, as_of: datetime | None = None, renew: Callable[[], object] = int) -> Evaluated:
    """Looks for what is worse than its peers over the last days up to `as_of`; each kind's standings are a run.

    `renew` is called after each kind, of which large fleets take some time.
    """
    end = as_of or now
    runs = []
    for kind in Alert.Kind.values:
        runs.append((kind, run_standard(standing_inquiry(kind, end), now=now)))
        renew()
    done = {kind: found for kind, found in runs if found.status == Run.Status.DONE}
    rows = [standing_of(kind, row) for kind, found in done.items() for row in found.content["results"] if row["alert"]]
    start = end - timedelta(days=settings.ALERT_WINDOW_DAYS)
    opened, closed = store_alerts(rows, kinds=done, start=start, end=end, now=now)
    return Evaluated(opened, closed, len(runs) - len(done))


def standing_inquiry(kind: str, end: datetime) -> Inquiry:
    """The standard question of how the lots, the firmware, the assets or the slots (`kind`) stand."""
    start = end - timedelta(days=settings.ALERT_WINDOW_DAYS)
    question = Question(NAMED_BY[kind], start, end, end, silence_days=settings.SILENCE_DAYS)
    return Inquiry(Run.Kind.ALERTS.value, question, {"kind": kind}, standard=f"alerts by {kind}")


@again_on_deadlock
def store_alerts(
    found: Iterable[Standing], *, kinds: Collection[str], start: datetime, end: datetime, now: datetime
) -> tuple[int, int]:
    """Makes the open alerts of those kinds those found; one that is found again keeps its row and who acknowledged it.

    `start`, `end`: the window in which they were found. Gives how many opened and closed.
    """
    with transaction.atomic():
        told = {subject(standing): standing for standing in found}
        still = Alert.objects.select_for_update().filter(open_subject__isnull=False, kind__in=list(kinds))
        known = {row.subject: row for row in still.order_by("id")}
        for key, standing in told.items():
            row = known.get(key) or Alert(subject=key, open_subject=key, opened_at=now, **_named(standing))
            for name in _FIGURES:
                setattr(row, name, getattr(standing, name))
            row.window_start, row.window_end, row.evaluated_at = start, end, now
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
    return _noted(alert_id, user if getattr(user, "pk", None) else None, now, note)


def withdraw_acknowledgement(alert_id: int) -> Alert:
    """Makes it one that nobody has seen to."""
    return _noted(alert_id, None, None, "")


def _noted(alert_id: int, user: Any, at: datetime | None, note: str) -> Alert:
    alert = Alert.objects.get(id=alert_id)
    alert.acknowledged_by, alert.acknowledged_at, alert.note = user, at, note
    # No more than that: an evaluation may have written its figures meanwhile.
    alert.save(update_fields=["acknowledged_by", "acknowledged_at", "note"])
    return alert
