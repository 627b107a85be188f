"""``manage.py process_pending``: picks up whatever was left behind."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from analytics.services.keeping import bring_up_to_date
from ingest.models import Bundle
from ingest.services import try_again
from reanimator import pipeline


class Command(BaseCommand):
    """What beat and the workers do, by hand and in this process."""

    help = "Take the steps of bundles that wait, and derive what waits besides."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("--given-up", action="store_true", help="try again also what was given up")

    def handle(self, *, given_up: bool, **_: Any) -> None:
        """Does one sweep."""
        if given_up:
            keys = list(Bundle.objects.given_up().values_list("id", flat=True))
            tried = try_again(keys, user="process_pending", now=timezone.now())
            self.stdout.write(f"{tried} bundles tried again")
        done = pipeline.process_pending(now=timezone.now())
        bring_up_to_date(now=timezone.now())
        self.stdout.write(f"{done['bundles']} bundles processed, {done['derived']} pieces derived")
