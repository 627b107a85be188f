"""``manage.py derive``: brings timelines in line with the evidence."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from registry.models import Component
from tickets.services import follow_changes, follow_everything
from timeline.services import count_waiting, derive_everything, derive_waiting


class Command(BaseCommand):
    """Without options: what waits. With ``--all``: every component from all its evidence; the result is the same."""

    help = "Derive timelines from what waits, or with --all everything anew."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("--all", action="store_true", dest="everything", help="derive everything anew")

    def handle(self, *, everything: bool, **_: Any) -> None:
        """Derives, with a progress bar."""
        total = Component.objects.count() if everything else count_waiting()
        work = derive_everything if everything else derive_waiting
        with tqdm(total=total, unit="component" if everything else "snapshot", disable=None, file=sys.stderr) as bar:
            done = work(now=timezone.now(), progress=bar.update)
        (follow_everything if everything else follow_changes)(now=timezone.now())
        self.stdout.write(f"{done} derived")
