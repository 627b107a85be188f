"""The way of a bundle through the apps: received, parsed, derived.

Each step is a transaction of its own that can be done again without harm, so a step that was cut off is picked up by
`process_pending`.
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from ingest.models import Bundle
from ingest.services import parse_bundle
from reanimator.celery import app
from timeline.services import derive_bundle, derive_snapshot, derive_waiting

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5


def advance(bundle_id: int) -> bool:
    """Takes a received bundle through the steps: here and now without a broker, else by a worker (then True)."""
    if not settings.CELERY_BROKER_URL:
        try_to_process(bundle_id)
        return False
    transaction.on_commit(lambda: _hand_on(bundle_id))
    return True


def _hand_on(bundle_id: int) -> None:
    try:
        app.tasks["reanimator.process_bundle"].delay(bundle_id)
    except BrokerAway:
        # The row says that the bundle waits; the sweep finds it when the broker is back.
        log.warning("broker_away", bundle=bundle_id)


def process(bundle_id: int, *, now: datetime) -> None:
    """Parses and derives one bundle; what is done already is not done again."""
    parsed = parse_bundle(bundle_id, now=now)
    if parsed is None:
        derive_bundle(bundle_id, now=now)
        return
    for snapshot in parsed.snapshots:
        derive_snapshot(snapshot, now=now)
    if parsed.disturbed:
        derive_waiting(now=now)


def try_to_process(bundle_id: int) -> None:
    """As `process`; a fault is logged and counted, and the bundle waits for the sweep, since its bytes are safe."""
    try:
        process(bundle_id, now=timezone.now())
    except Exception as error:  # the answer to an upload whose bytes are safe must not be an error
        log.exception("bundle_not_processed", bundle=bundle_id)
        _count_attempt(bundle_id)
        _note_fault(bundle_id, error)


def process_counted(bundle_id: int) -> None:
    """As `try_to_process`, for workers: counted first, since what kills the process leaves nobody to count it."""
    if not _count_attempt(bundle_id):
        log.warning("bundle_given_up", bundle=bundle_id)
        return
    try:
        process(bundle_id, now=timezone.now())
    except Exception as error:
        log.exception("bundle_not_processed", bundle=bundle_id)
        _note_fault(bundle_id, error)


def _count_attempt(bundle_id: int) -> int:
    """Parsing sets the count back. Gives 0 when there were too many already."""
    few = Bundle.objects.filter(id=bundle_id, attempts__lt=MOST_ATTEMPTS)
    return few.update(attempts=F("attempts") + 1)


def _note_fault(bundle_id: int, error: Exception) -> None:
    # The log has more; a database's message may name hosts that a sender has no business with.
    told = f"not processed yet: {type(error).__name__}"
    Bundle.objects.filter(id=bundle_id, status=Bundle.Status.RECEIVED).update(errors=[told])


def sweep() -> None:
    """Picks up what was left behind: here and now without a broker, else by a worker."""
    if not settings.CELERY_BROKER_URL:
        process_pending(now=timezone.now())
        return
    try:
        app.tasks["reanimator.process_pending"].delay()
    except BrokerAway:
        log.warning("broker_away")  # beat sweeps when the broker is back


def process_pending(*, now: datetime) -> dict[str, int]:
    """Picks up bundles that were received but not parsed, and all that waits to be derived; gives how many of each."""
    waiting = Bundle.objects.filter(status=Bundle.Status.RECEIVED, attempts__lt=MOST_ATTEMPTS).order_by("id")
    keys = list(waiting.values_list("id", flat=True))
    for key in keys:
        process_counted(key)
    derived = derive_waiting(now=now)
    return {"bundles": len(keys), "derived": derived}
