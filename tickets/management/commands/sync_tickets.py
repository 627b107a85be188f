"""``manage.py sync_tickets [NAME] [--full]``: pulls tickets from the trackers that are set up."""

import argparse
from collections import Counter
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets.models import Connector
from tickets.services import AlreadyRunning, Run, pull_tickets

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """What beat does, by hand; one tracker that fails holds no other up."""

    help = "Pull tickets from all trackers that are enabled, or from one."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("name", nargs="?", metavar="NAME", help="this connector alone, also when it is not enabled")
        parser.add_argument("--full", action="store_true", help="all tickets, not only what changed since the last run")

    def handle(self, *, name: str | None, full: bool, **_: Any) -> None:
        """Pulls from one after another, and says what became of each."""
        outcomes = Counter(self._pull(connector, full=full) for connector in _chosen(name))
        if outcomes[False]:
            raise CommandError(f"{outcomes[False]} of {outcomes.total()} could not be pulled from.")

    def _pull(self, connector: Connector, *, full: bool) -> bool:
        try:
            run = pull_tickets(connector.pk, now=timezone.now(), full=full)
        except AlreadyRunning:
            self.stderr.write(f"{connector}: somebody is pulling from it already")
            return False
        except Exception as fault:  # of one connector: the others are pulled from all the same
            log.exception("not_pulled", connector=connector.name)
            self.stderr.write(f"{connector}: {type(fault).__name__}")
            return False
        self.stdout.write(f"{connector}: {_line(run)}")
        for external_id, reason in run.refused.items():
            self.stdout.write(f"  {external_id}: {reason}")
        return run.outcome == Connector.Outcome.DONE


def _line(run: Run) -> str:
    counts = ", ".join(f"{number} {word}" for word, number in run.counts.items() if number)
    return f"{run.outcome}, {counts or 'nothing new'}" + (f". {run.message}" if run.message else "")


def _chosen(name: str | None) -> list[Connector]:
    if name is None:
        return list(Connector.objects.filter(enabled=True))
    found = list(Connector.objects.filter(name=name))
    if not found:
        known = ", ".join(Connector.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no connector named {name!r}; there are: {known}.")
    return found
