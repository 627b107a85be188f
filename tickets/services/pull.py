"""Pulls tickets from the trackers that operators set up, by the same way as those that are sent.

One run at a time: a claim is a compare-and-set of `claimed_until`, whose value is its token. With each page that is
stored the claim is prolonged and the cursor moves, so a run that was broken off goes on where it was; one that lost its
claim moves nothing any more.
"""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from environ.fileaware_mapping import FileAwareMapping

from tickets.connectors import (
    Account,
    Asked,
    BadMapping,
    Check,
    Page,
    Patience,
    Tracker,
    TrackerFault,
    changes,
    check,
    read_mapping,
    tracker,
)
from tickets.models import Connector
from tickets.services.sync import CREATED, REJECTED, UNCHANGED, UPDATED, sync_tickets

log = structlog.get_logger(__name__)

# What decides which tickets are read, and how: when it changes, all are read again.
READ_AGAIN = frozenset({"kind", "base_url", "project", "filter", "mapping"})
WORDS = (CREATED, UPDATED, UNCHANGED, REJECTED)
_MOST_REFUSED = 200
_MARGIN = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(days=1)
# A person waits for the answer.
BRIEFLY = Patience(retries=1, backoff=0.2, longest=2, connect_seconds=5, read_seconds=15)


class AlreadyRunning(Exception):
    """Somebody is pulling from this tracker at this moment."""


class ClaimLost(Exception):
    """Meanwhile the connector was changed, or another run took over."""


@dataclass(slots=True)
class Run:
    """A run, and what came of it so far."""

    connector: Connector
    began: datetime
    until: datetime
    counts: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    outcome: str = Connector.Outcome.RUNNING
    message: str = ""
    _monotonic: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> timedelta:
        """How long it has been at work."""
        return timedelta(seconds=time.monotonic() - self._monotonic)

    @property
    def now(self) -> datetime:
        """The time, counted from that at which it began."""
        return self.began + self.elapsed


def pull_tickets(
    connector_id: int,
    *,
    now: datetime,
    full: bool = False,
    only_due: bool = False,
    budget: timedelta | None = None,
    patience: Patience | None = None,
) -> Run:
    """Takes in all that changed since the last run, or all there is with `full`; gives what came of it.

    A tracker that fails is an outcome, no exception. After `budget` the run ends at the next page, and is due at once.
    `AlreadyRunning` when somebody else is at it, or it is not due.
    """
    run = _claim(connector_id, now=now, full=full, only_due=only_due)
    try:
        _take_pages(run, budget, patience)
    except (TrackerFault, BadMapping) as fault:
        _fail(run, str(fault), fault.retry_after if isinstance(fault, TrackerFault) else None)
    except ClaimLost:
        run.outcome, run.message = Connector.Outcome.UNFINISHED, "The connector was changed, or another run took over."
        log.warning("pull_lost_its_claim", connector=run.connector.name)
    except BaseException as fault:
        _fail(run, f"{type(fault).__name__}: the log has more.", None)
        raise
    return run


def check_connector(connector: Connector) -> Check:
    """What a look at the tracker shows, else `TrackerFault` or `BadMapping`; nothing is stored."""
    return check(_tracker(connector, BRIEFLY))


def save_connector(connector: Connector, *, changed: Collection[str], now: datetime) -> None:
    """Stores what was changed of a connector, or a new one; whoever pulls from it stops, and it is due at once."""
    columns = {*changed, "due_at", "claimed_until"}
    connector.due_at, connector.claimed_until = now, None
    if columns & READ_AGAIN:
        columns |= {"cursor", "refused"}
        connector.cursor, connector.refused = None, {}
    connector.save(update_fields=columns if connector.pk else None)


def _claim(connector_id: int, *, now: datetime, full: bool, only_due: bool) -> Run:
    rows = Connector.objects.filter(id=connector_id)
    free = rows.due(now) if only_due else rows.free(now)
    until = now + timedelta(seconds=settings.STEP_SECONDS) + _MARGIN
    started = {"last_outcome": Connector.Outcome.RUNNING, "last_started_at": now, "last_ended_at": None}
    afresh: dict[str, Any] = {"cursor": None, "refused": {}} if full else {}
    if not free.update(claimed_until=until, last_message="", last_counts={}, **started, **afresh):
        raise AlreadyRunning
    connector = rows.get()
    return Run(connector, now, until, refused=dict(connector.refused))


def _take_pages(run: Run, budget: timedelta | None, patience: Patience | None) -> None:
    for page in changes(_tracker(run.connector, patience), run.connector.cursor):
        _take_in(run, page)
        _write(run, {"cursor": page.cursor}, until=run.now + timedelta(seconds=settings.STEP_SECONDS) + _MARGIN)
        if budget is not None and run.elapsed > budget:
            _end(run, Connector.Outcome.UNFINISHED, "Goes on from here with the next run.", run.now)
            return
    _end(run, Connector.Outcome.DONE, "", run.now + timedelta(minutes=run.connector.interval))


def _tracker(connector: Connector, patience: Patience | None) -> Tracker:
    asked = Asked(
        address=connector.base_url,
        project=connector.project,
        filter=connector.filter,
        mapping=read_mapping(connector.mapping),
        placeholders=settings.PLACEHOLDER_SERIALS,
    )
    return tracker(connector.kind, asked, Account(connector.username, _secret(connector.secret_variable)), patience)


def _secret(variable: str) -> str:
    """What the variable holds, read each time: a token may be exchanged while workers run."""
    if not variable:
        return ""
    try:
        secret: str = FileAwareMapping(cache=False).get(variable, "").strip()
    except (OSError, UnicodeDecodeError):
        raise TrackerFault(f"The file that {variable}_FILE names cannot be read.") from None
    if not secret:
        raise TrackerFault(f"The environment variable {variable} is not set where this runs.")
    return secret


def _take_in(run: Run, page: Page) -> None:
    outcomes = sync_tickets(source=run.connector.name, tickets=page.tickets, now=run.now)
    bad = {one.external_id: one.reason for one in page.refused}
    bad |= {one.external_id: _told(one.errors) for one in outcomes if one.outcome == REJECTED}
    for external_id, reason in bad.items():
        log.warning("ticket_refused", connector=run.connector.name, external_id=external_id, reason=reason)
    run.counts.update(one.outcome for one in outcomes)
    run.counts[REJECTED] += len(page.refused)
    well = {one.external_id for one in outcomes if one.outcome != REJECTED}
    kept = {name: reason for name, reason in run.refused.items() if name not in well}
    run.refused = dict(list((kept | bad).items())[-_MOST_REFUSED:])


def _told(errors: Mapping[str, Collection[str]]) -> str:
    return "; ".join(f"{name}: {' '.join(problems)}" for name, problems in errors.items())[:200]


def _end(run: Run, outcome: str, message: str, due_at: datetime) -> None:
    run.outcome, run.message = str(outcome), message[:500]
    ended = {"last_outcome": run.outcome, "last_message": run.message, "last_ended_at": run.now, "due_at": due_at}
    _write(run, ended, until=None)
    log.info("pulled", connector=run.connector.name, outcome=run.outcome, message=run.message, **run.counts)


def _fail(run: Run, reason: str, retry_after: float | None) -> None:
    pause = max(timedelta(minutes=run.connector.interval), timedelta(seconds=retry_after or 0))
    try:
        _end(run, Connector.Outcome.FAILED, reason, run.now + min(pause, _LONGEST_PAUSE))
    except ClaimLost:
        log.warning("pull_lost_its_claim", connector=run.connector.name)


def _write(run: Run, columns: Mapping[str, object], *, until: datetime | None) -> None:
    mine = Connector.objects.filter(id=run.connector.pk, claimed_until=run.until)
    told = {"last_counts": {word: run.counts[word] for word in WORDS}, "refused": run.refused}
    if not mine.update(claimed_until=until, **told, **columns):
        raise ClaimLost
    if until is not None:
        run.until = until
