"""The way of a bundle through the apps: received, parsed, derived.

Each step can be done again without harm. Whoever takes one claims it first, so that no two do the same work; what a
dead worker or an absent broker left is taken up by `sweep` when its claim has run out.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from ingest.models import Bundle
from ingest.services import Parsed, parse_bundle
from ingest.services.work import Claim, claim, give_up_the_deadly, note_fault, pass_on, release
from reanimator.alone import alone
from reanimator.celery import app
from reanimator.faults import outlook, told
from tickets.services import follow_changes, resolve_waiting
from timeline.services import derive_bundle, derive_waiting

log = structlog.get_logger(__name__)

# Handed on at once. With more than this in the queue nothing was lost, or it does not matter yet.
_HANDFUL = 1000
_PATIENCE = (0.5, 1, 2, 4, 8)


@dataclass(slots=True)
class Turn:
    """A bundle at its steps in one process: what one step found spares the next a query."""

    bundle: int
    now: datetime
    parsed: Parsed | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step; its task is ``reanimator.<name>``."""

    name: str
    work: Callable[[Turn], None]


def _parse(turn: Turn) -> None:
    turn.parsed = parse_bundle(turn.bundle, now=turn.now)


def _derive(turn: Turn) -> None:
    known = None if turn.parsed is None else turn.parsed.snapshots
    noted = derive_bundle(turn.bundle, now=turn.now, snapshots=known)
    # No steps of their own: a few lookups for most bundles, where a step costs two writes and a task.
    if resolve_waiting(bundle=turn.bundle) or noted:
        follow_changes(now=turn.now)


# A further step goes to the end of this list, its name to `Bundle.Step`, and its task to `tasks`. Its work can be done
# twice, finds what it needs in the database (in a worker `turn.parsed` is None), and raises to be done again later.
STEPS = (Step(Bundle.Step.PARSE.value, _parse), Step(Bundle.Step.DERIVE.value, _derive))
_NAMES = [step.name for step in STEPS]


def advance(bundle_id: int, step: str = _NAMES[0]) -> bool:
    """Takes a bundle through its steps from `step` on: here and now without a broker, else by workers (then True)."""
    if not settings.CELERY_BROKER_URL:
        take_all_steps(bundle_id, step, now=timezone.now())
        return False
    transaction.on_commit(lambda: _hand_on(step, bundle_id))
    return True


def take_all_steps(bundle_id: int, first: str, *, now: datetime) -> None:
    """Takes the steps from `first` on if they are free; a fault is noted, not raised: the bundle's bytes are safe."""
    mine = claim(bundle_id, first, now=now)
    if mine is None:
        return
    turn = _take(mine, STEPS[_NAMES.index(first) :], Bundle.Step.NONE.value, now)
    if turn is not None and turn.parsed is not None and turn.parsed.disturbed:
        try:
            _settle(now=now)
        except Exception:  # this bundle is done; the next sweep settles what it disturbed
            log.exception("not_settled", bundle=bundle_id)


def take_step(bundle_id: int, name: str, *, now: datetime) -> None:
    """Takes one step if it is free, and hands the bundle on to the next: what a worker does."""
    mine = claim(bundle_id, name, now=now)
    if mine is None:
        return
    place = _NAMES.index(name)
    following = _NAMES[place + 1] if place + 1 < len(_NAMES) else Bundle.Step.NONE.value
    turn = _take(mine, STEPS[place : place + 1], following, now)
    if turn is None:
        return
    if following:
        _hand_on(following, bundle_id)
    if turn.parsed is not None and turn.parsed.disturbed:
        _hand_on("settle")


def _take(mine: Claim, steps: Sequence[Step], following: str, now: datetime) -> Turn | None:
    """The turn when it ended well, and the claim still held."""
    turn = Turn(mine.bundle, now)
    for step in steps:
        try:
            step.work(turn)
        except Exception as fault:  # noted with the bundle, which is tried again or given up
            log.exception("bundle_not_processed", bundle=mine.bundle, step=step.name)
            _note(mine, step.name, fault, now)
            return None
        except BaseException:
            release(mine, now=now)
            raise
    return turn if pass_on(mine, following, now=now) else None


def _note(mine: Claim, step: str, fault: Exception, now: datetime) -> None:
    for pause in _PATIENCE:
        try:
            note_fault(mine, step, told(step, fault), outlook=outlook(fault), now=now)
        except (OperationalError, InterfaceError):
            # Often this very fault. A database that restarts is back soon, a claim runs out much later.
            time.sleep(pause)
            close_old_connections()
        else:
            return
    log.warning("fault_not_noted", bundle=mine.bundle, step=step)


def _hand_on(task: str, *arguments: int) -> bool:
    try:
        app.tasks[f"reanimator.{task}"].delay(*arguments)
    except BrokerAway:
        # The row says that the bundle waits; the sweep finds it when the broker is back.
        log.warning("broker_away", task=task, arguments=arguments)
        return False
    return True


def nudge() -> None:
    """Has what evidence was given elsewhere derived soon: here and now without a broker, else by a worker."""
    if settings.CELERY_BROKER_URL:
        _hand_on("settle")
    else:
        process_pending(now=timezone.now())


def process_pending(*, now: datetime) -> dict[str, int]:
    """Takes all steps of all bundles that wait, in this process, then settles the rest; gives how many of each."""
    began = time.monotonic()
    give_up_the_deadly(now=now)
    waiting = list(Bundle.objects.due(now).order_by("id").values_list("id", "step"))
    for key, step in waiting:
        # A claim runs from when its own work begins, and there may be hours of it.
        take_all_steps(key, step, now=now + timedelta(seconds=time.monotonic() - began))
    derived = _settle(now=now)
    return {"bundles": len(waiting), "derived": derived}


def sweep(*, now: datetime) -> int:
    """Hands to workers what waits although it was handed on, or could not be; gives how many bundles that are."""
    give_up_the_deadly(now=now)
    if _queue_length() > _HANDFUL:
        return 0
    overdue = Bundle.objects.due(now - 2 * timedelta(seconds=settings.SWEEP_SECONDS)).order_by("due_at", "id")
    left = overdue.values_list("step", "id")[:_HANDFUL]
    handed_on = sum(1 for _ in takewhile(lambda row: _hand_on(*row), list(left)))
    if handed_on:
        log.info("handed_on_again", bundles=handed_on)
    return handed_on


def settle(*, now: datetime) -> int:
    """Derives what lost or gained evidence by other bundles or by people; gives how many snapshots waited."""
    with alone("settle", patience=settings.STEP_SECONDS) as is_alone:
        return _settle(now=now) if is_alone else 0


def _settle(*, now: datetime) -> int:
    try:
        return derive_waiting(now=now, only_finished=True)
    finally:
        # Also when a snapshot cannot be derived: that holds no ticket up.
        resolve_waiting()
        follow_changes(now=now)


def _queue_length() -> int:
    with app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        # Not passive: to Redis a queue that is empty does not exist.
        return int(channel.queue_declare(queue=app.conf.task_default_queue).message_count)
