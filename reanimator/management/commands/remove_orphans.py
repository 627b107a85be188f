"""``manage.py remove_orphans``: clears the bundle storage of what belongs to no bundle."""

import argparse
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ingest.services.orphans import TooManyOrphans, remove_orphans


class Command(BaseCommand):
    """What beat does every night, by hand."""

    help = "Remove from the bundle storage what belongs to no bundle and was left by processes that died."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument(
            "--grace",
            type=int,
            default=settings.ORPHAN_GRACE_HOURS,
            metavar="HOURS",
            help="leave what was written in the last so many hours",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and remove nothing")
        parser.add_argument("--force", action="store_true", help="remove them however many they are")

    def handle(self, *, grace: int, dry_run: bool, force: bool, **_: Any) -> None:
        """Removes them, or refuses when rather the database seems to lack rows."""
        if grace < 1:
            raise CommandError("--grace: at least one hour, since uploads may be under way.")
        try:
            removed = remove_orphans(now=timezone.now(), grace=timedelta(hours=grace), force=force, dry_run=dry_run)
        except TooManyOrphans as problem:
            raise CommandError(f"{problem} With --force they are removed all the same.") from problem
        verb = "to be removed" if dry_run else "removed"
        self.stdout.write(f"{removed.files} files and {removed.unfinished} unfinished arrivals {verb}")
