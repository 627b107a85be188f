"""Who works on a bundle and until when, and what becomes of it when that goes wrong.

A claim is a compare-and-set that puts `due_at` ahead; the moment it wrote is its token. So of two workers one begins,
what a dead one held is free when that moment has passed, and one that was too slow changes nothing any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from ingest.models import Bundle
from ingest.services.pipeline import advance
from registry.compiled import update_where

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
# Ends after the time limit that stops a worker's step, which is then not at work any more.
_MARGIN = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=15)
_FRESH = {"attempts": 0, "retries": 0, "fault": ""}


class Outlook(Enum):
    """What becomes of a step that broke off by a fault."""

    PASSES = auto()  # tried again without end
    DOUBTFUL = auto()  # tried again some times, then given up
    LASTS = auto()  # given up at once


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to take the steps of a bundle from `step` on, until a moment."""

    bundle: int
    step: str
    until: datetime

    def __str__(self) -> str:
        return f"bundle {self.bundle}, {self.step}"


def claim(bundle_id: int, step: str, *, now: datetime) -> Claim | None:
    """The claim on a step that waits; None when it is done, in other hands, or resting.

    Counted before the work, since what kills the process leaves nobody to count it.
    """
    until = now + timedelta(seconds=settings.STEP_SECONDS) + _MARGIN
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:  # on every bundle's way: the ORM would take longer than the database
        cursor.execute(
            f"UPDATE {Bundle._meta.db_table} SET due_at = %s, attempts = attempts + 1"
            " WHERE id = %s AND step = %s AND due_at <= %s AND attempts < %s",
            (adapt(until), bundle_id, step, adapt(now), MOST_ATTEMPTS),
        )
        return Claim(bundle_id, step, until) if cursor.rowcount else None


def pass_on(mine: Claim, step: str, *, now: datetime) -> bool:
    """Notes that the claimed work is done and that `step` is next (``""``: nothing is); False: the claim was lost."""
    return _write(mine, {"step": step, "due_at": now if step else None, **_FRESH})


def release(mine: Claim, *, now: datetime) -> None:
    """Lets go of work that was broken off from outside; it counts as an attempt."""
    _write(mine, {"due_at": now})


def note_fault(mine: Claim, step: str, fault: str, *, outlook: Outlook, now: datetime) -> None:
    """Has `step` begun again after a pause that grows, or gives it up, as the `outlook` is."""
    told = {"step": step, "fault": fault[:300]}
    bundle = Bundle.objects.filter(id=mine.bundle).only("attempts", "retries", "status").get()
    if outlook is Outlook.PASSES:
        pause = min(timedelta(seconds=10) * 2 ** min(bundle.retries, 10), _LONGEST_PAUSE)
        _write(mine, {**told, "attempts": bundle.attempts - 1, "retries": bundle.retries + 1, "due_at": now + pause})
    elif outlook is Outlook.DOUBTFUL and bundle.attempts < MOST_ATTEMPTS:
        _write(mine, {**told, "due_at": now + timedelta(minutes=1) * 4 ** (bundle.attempts - 1)})
    elif _write(mine, {**told, **_given_up(bundle.status)}):
        log.error("bundle_given_up", bundle=mine.bundle, **told)


def give_up_the_deadly(*, now: datetime) -> int:
    """Gives up steps that ended their worker each time, so that nobody was left to tell; gives how many."""
    deadly = Bundle.objects.due(now).filter(attempts__gte=MOST_ATTEMPTS)
    given_up = 0
    for key, step, status in list(deadly.values_list("id", "step", "status")):
        fault = f"{step}: it ended its worker {MOST_ATTEMPTS} times, or took longer than {settings.STEP_SECONDS} s"
        if deadly.filter(id=key, step=step, status=status).update(**_given_up(status), fault=fault):
            log.error("bundle_given_up", bundle=key, step=step, fault=fault)
            given_up += 1
    return given_up


def _given_up(status: str) -> dict[str, Any]:
    # For who waits for the outcome, a bundle that is not going to be parsed has failed.
    failed = {"status": Bundle.Status.FAILED.value} if status == Bundle.Status.RECEIVED else {}
    return {"due_at": None, **failed}


def try_again(ids: Iterable[int], *, user: Any, now: datetime) -> int:
    """Takes up again those of the bundles that were given up; gives how many these were."""
    begun = 0
    given_up = Bundle.objects.given_up()
    for key, step, status in list(given_up.filter(id__in=ids).order_by("id").values_list("id", "step", "status")):
        never_parsed = step == Bundle.Step.PARSE and status == Bundle.Status.FAILED
        waits = {"status": Bundle.Status.RECEIVED} if never_parsed else {}
        if given_up.filter(id=key, step=step).update(**waits, **_FRESH, due_at=now):
            log.info("bundle_tried_again", bundle=key, step=step, by=str(user))
            advance(key, step)
            begun += 1
    return begun


def _write(mine: Claim, changes: dict[str, Any]) -> bool:
    where = {"id": mine.bundle, "step": mine.step, "due_at": mine.until}
    kept = bool(update_where(Bundle, changes, where))
    if not kept:
        log.warning("claim_lost", bundle=mine.bundle, step=mine.step)
    return kept
