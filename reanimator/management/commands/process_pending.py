"""``manage.py process_pending``: picks up whatever was left behind."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reanimator import pipeline


class Command(BaseCommand):
    """What beat does every minute, by hand."""

    help = "Parse bundles that were received but not parsed, and derive what waits."

    def handle(self, **_: Any) -> None:
        """Does one sweep."""
        done = pipeline.process_pending(now=timezone.now())
        self.stdout.write(f"{done['bundles']} bundles processed, {done['derived']} pieces derived")
