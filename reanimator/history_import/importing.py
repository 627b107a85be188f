"""Takes in tables of a history, batch by batch: what is in is in, and a second run finds it there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.conf import settings

from reanimator.history_import.failures import store_failures
from reanimator.history_import.outcome import Outcome, Rejected
from reanimator.history_import.rows import (
    FAILURE_COLUMNS,
    FAILURE_REQUIRED,
    INSTALLATION_COLUMNS,
    INSTALLATION_REQUIRED,
    BadRow,
    Rules,
    ToldFailure,
    ToldStay,
    read_failure,
    read_stay,
)
from reanimator.history_import.sharing import store_batches
from reanimator.history_import.table import Row, Table, open_table
from tickets.services import follow_changes, resolve_waiting
from timeline.services import confirm_assets

_BATCH = 2000

Told = TypeVar("Told", ToldStay, ToldFailure)
Progress = Callable[[str, int], object]  # is told the file's name, and how many of its bytes were read since


@dataclass(frozen=True, slots=True)
class Files:
    """The tables to take in; None for what there is not."""

    installations: Path | None = None
    failures: Path | None = None


def import_files(
    files: Files,
    outcome: Outcome,
    *,
    as_of: datetime | None,
    now: datetime,
    processes: int = 1,
    progress: Progress = lambda *_: None,
) -> datetime | None:
    """Takes the files in, bad rows left out and told to `outcome`; gives as of when what was open was still there.

    That is `as_of`: when the tables were made. Where nobody says, it is the newest time that they tell of, since they
    are no older than that; a later guess would count service that nobody witnessed. `processes`: how many store
    installations.
    """
    rules = Rules(settings.PLACEHOLDER_SERIALS, as_of or now + timedelta(hours=settings.CLOCK_ERROR_HOURS))
    newest: set[datetime] = set()
    open_in: set[int] = set()
    if files.installations:
        with open_table(files.installations, INSTALLATION_COLUMNS, INSTALLATION_REQUIRED) as table:
            stays = _batches(table, lambda row: read_stay(row.values, rules), outcome, progress, processes)
            for stored in store_batches(stays, processes, now=now):
                outcome.add(stored.counts, stored.rejected)
                open_in |= stored.open_in
                newest |= {stored.newest} if stored.newest else set()
        resolve_waiting()
    if files.failures:
        with open_table(files.failures, FAILURE_COLUMNS, FAILURE_REQUIRED) as table:
            for failures in _batches(table, lambda row: read_failure(row.values, rules), outcome, progress):
                store_failures(failures, outcome, now=now)
                newest |= {max(failure.at for _, failure in failures)} if failures else set()
    follow_changes(now=now)
    witnessed = as_of or max(newest, default=None)
    if witnessed is not None:
        confirm_assets(dict.fromkeys(sorted(open_in), min(witnessed, now)))
    return witnessed


def _batches(
    table: Table, read: Callable[[Row], Told], outcome: Outcome, progress: Progress, processes: int = 1
) -> Iterator[list[tuple[Row, Told]]]:
    """The rows that can be read with what they tell; the others are told to `outcome`."""
    rows, reached = iter(table), 0
    while batch := list(islice(rows, _BATCH * processes)):
        told = []
        for row in batch:
            if isinstance(row, Rejected):
                outcome.refuse(row)
                continue
            try:
                told.append((row, read(row)))
            except BadRow as problem:
                outcome.refuse(row.rejected(str(problem)))
        yield told
        progress(table.name, table.bytes_read - reached)
        reached = table.bytes_read
