"""``manage.py reparse``: reads bundles again with the parsers of today."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from tqdm import tqdm

from ingest.models import Bundle
from ingest.parsers.registry import all_parsers
from ingest.selectors import outdated, read_by
from ingest.services import Effect, EventChange, reparse

_BATCH = 500
_MOST_SHOWN = 20

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Each bundle is a transaction of its own: an interrupted run loses nothing, a bundle that fails stops no other."""

    help = "Read bundles again, after a parser was mended, and tell what that changes on the timelines."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        names = sorted({one.name for one in all_parsers()})
        parser.add_argument("--parser", choices=names, metavar="NAME", help=f"bundles it read: {', '.join(names)}")
        parser.add_argument("--since", type=_moment, metavar="TIME", help="bundles received then or later (RFC 3339)")
        parser.add_argument("--outdated", action="store_true", help="bundles that an older version of a parser read")
        parser.add_argument("--dry-run", action="store_true", help="tell what would change, and change nothing")

    def handle(self, *, parser: str | None, since: datetime | None, outdated: bool, dry_run: bool, **_: Any) -> None:
        """Reads the bundles again, one by one, with a progress bar."""
        chosen = _chosen(parser, since, only_outdated=outdated)
        sums: Counter[str] = Counter()
        with tqdm(total=chosen.count(), unit="bundle", disable=None, file=sys.stderr) as bar:
            for bundle in _ids(chosen):
                try:
                    effect = reparse(bundle, dry_run=dry_run, user="manage.py reparse", now=timezone.now())
                except Exception as fault:  # told, and no other bundle pays for it
                    log.exception("bundle_not_reparsed", bundle=bundle)
                    self.stderr.write(f"bundle {bundle}: {type(fault).__name__}: {fault}")
                    sums["failed"] += 1
                else:
                    sums.update(bundles=1, added=effect.added, removed=effect.removed)
                    sums["changed"] += not effect.changes_nothing
                    self._tell(effect)
                bar.update()
        verb = "would be read" if dry_run else "read"
        self.stdout.write(
            f"{sums['bundles']} bundles {verb} again, {sums['changed']} with changes: "
            f"{sums['added']} events added, {sums['removed']} removed"
        )
        if sums["failed"]:
            raise CommandError(f"{sums['failed']} bundles could not be read again and stay as they were.")

    def _tell(self, effect: Effect) -> None:
        if effect.changes_nothing and effect.status == effect.status_before:
            return
        self.stdout.write(
            f"bundle {effect.bundle}: {effect.status_before} -> {effect.status}, "
            f"{effect.observations_before} -> {effect.observations} observations, events +{effect.added} "
            f"-{effect.removed} on {effect.assets} assets and {effect.components} components"
        )
        for change in effect.changes[:_MOST_SHOWN]:
            self.stdout.write(f"  {_line(change)}")
        left = effect.added + effect.removed - len(effect.changes[:_MOST_SHOWN])
        if left > 0:
            self.stdout.write(f"  and {left} more")


def _line(change: EventChange) -> str:
    words = ["+" if change.added else "-", f"{change.occurred_at:%Y-%m-%d %H:%M:%S}", change.type]
    words += [str(one) for one in (change.component, change.asset) if one is not None]
    if change.from_value or change.to_value:
        words.append(f"{change.from_value or '(none)'} -> {change.to_value or '(none)'}")
    return " ".join(words)


def _chosen(parser: str | None, since: datetime | None, *, only_outdated: bool) -> QuerySet[Bundle]:
    chosen: QuerySet[Bundle] = Bundle.objects.exclude(parsed_at=None)
    if parser:
        chosen = read_by(chosen, parser)
    if since:
        chosen = chosen.filter(received_at__gte=since)
    return outdated(chosen) if only_outdated else chosen


def _ids(chosen: QuerySet[Bundle]) -> Iterator[int]:
    """Batch by batch, since what was read again may not be among those chosen any more."""
    last = 0
    while keys := list(chosen.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH]):
        yield from keys
        last = keys[-1]


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
        day = None if found else parse_date(text)
    except ValueError:
        found = day = None
    if day is not None:
        found = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; use 2026-03-01T10:00:00Z or 2026-03-01")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
