"""``manage.py import_history``: takes in a history that was kept elsewhere."""

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from tqdm import tqdm

from reanimator import pipeline
from reanimator.history_import import Files, Outcome, Rejected, UnreadableTable, import_files
from reanimator.readers import calm_collector

_LARGE = 1 << 20  # bytes


class Command(BaseCommand):
    """Rows that cannot be taken are told by line and reason, and the others go in; a second run only adds."""

    help = "Take in installations and failures of the past, from tables of comma-separated values (also .gz)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("--installations", type=Path, metavar="F.csv", help="which component sat where, and when")
        parser.add_argument("--failures", type=Path, metavar="F.csv", help="which component failed, and when")
        parser.add_argument(
            "--as-of",
            type=_moment,
            metavar="T",
            help="when the tables were made: until then what has no removal was there (the newest time in them)",
        )
        parser.add_argument(
            "--processes", type=int, help="that store installations (one a core on MariaDB, for a large table)"
        )
        parser.add_argument("--rejects", type=Path, metavar="F.csv", help="write the rows that are not taken here")

    def handle(
        self,
        *,
        installations: Path | None,
        failures: Path | None,
        as_of: datetime | None,
        rejects: Path | None,
        processes: int | None,
        **_: Any,
    ) -> None:
        """Takes the tables in, installations first; an interrupted run loses nothing that is in."""
        paths = [path for path in (installations, failures) if path]
        if not paths:
            raise CommandError("Give --installations, --failures, or both.")
        missing = [str(path) for path in paths if not path.is_file()]
        if missing:
            raise CommandError(f"There is no such file: {', '.join(missing)}")
        outcome = Outcome()
        total = sum(path.stat().st_size for path in paths)
        with (
            calm_collector(),
            _rejects_into(rejects) if rejects else nullcontext(None) as write,
            tqdm(total=total, unit="B", unit_scale=True, disable=None, file=sys.stderr) as bar,
        ):
            outcome.reject = lambda row: self._tell(row, write)

            def progress(name: str, read: int) -> None:
                bar.set_description(name, refresh=False)
                bar.set_postfix(outcome.counts, refresh=False)
                bar.update(read)

            try:
                until = import_files(
                    Files(installations, failures),
                    outcome,
                    as_of=as_of,
                    now=timezone.now(),
                    processes=processes or _processes(installations),
                    progress=progress,
                )
            except UnreadableTable as problem:
                raise CommandError(str(problem)) from problem
            except KeyboardInterrupt:
                raise CommandError(
                    "Interrupted. Run the same command again to go on; nothing is taken in twice."
                ) from None
        pipeline.nudge()
        told = ", ".join(f"{count} {word}" for word, count in sorted(outcome.counts.items()) if count)
        self.stdout.write(told or "no rows")
        if until and installations:
            self.stdout.write(f"what has no removal was there until {until.isoformat()} at least")

    def _tell(self, row: Rejected, write: Callable[[Rejected], object] | None) -> None:
        with tqdm.external_write_mode(file=sys.stderr):
            self.stderr.write(f"{row.file} line {row.line}: {row.reason}")
        if write:
            write(row)


def _processes(installations: Path | None) -> int:
    """A core each, but none for a small table: to start is a second's work. SQLite has one writer at a time."""
    is_large = installations is not None and installations.stat().st_size > _LARGE
    return (os.cpu_count() or 1) if is_large and connection.vendor == "mysql" else 1


@contextmanager
def _rejects_into(path: Path) -> Iterator[Callable[[Rejected], object]]:
    """What writes a rejected row into a table: file, line, reason, and then the row's own cells."""
    with path.open("w", encoding="utf-8", newline="") as target:
        table = csv.writer(target)
        table.writerow(("file", "line", "reason", "row"))
        yield lambda row: table.writerow((row.file, row.line, row.reason, *row.values))


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time like 2026-03-01T10:00:00Z") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
