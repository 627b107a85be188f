"""What workers and beat run of tickets."""

from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from tickets.models import Connector
from tickets.services import AlreadyRunning, pull_tickets, review_links, suggest_everywhere


@shared_task(name="tickets.review_links")
def review() -> None:
    """Looks again at what all links mean, and at what the texts of all tickets name."""
    review_links()
    suggest_everywhere()


@shared_task(name="tickets.pull", time_limit=settings.STEP_SECONDS)
def pull_one(connector_id: int, full: bool = False, only_due: bool = False) -> None:
    """Pulls from one tracker, unless somebody does already; what takes long goes on with the next run."""
    budget = timedelta(seconds=settings.STEP_SECONDS / 2)
    with suppress(AlreadyRunning):
        pull_tickets(connector_id, now=timezone.now(), full=full, only_due=only_due, budget=budget)


@shared_task(name="tickets.pull_due")
def pull_due() -> None:
    """Has workers pull from every tracker whose turn it is."""
    for connector_id in Connector.objects.due(timezone.now()).order_by("due_at", "id").values_list("id", flat=True):
        pull_one.delay(connector_id, only_due=True)
