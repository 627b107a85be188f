"""What workers and beat run."""

from celery import shared_task
from django.utils import timezone

from reanimator import pipeline


@shared_task(name="reanimator.process_bundle")
def process_bundle(bundle_id: int) -> None:
    """Parses and derives one bundle."""
    pipeline.process_counted(bundle_id)


@shared_task(name="reanimator.process_pending")
def process_pending() -> None:
    """Picks up whatever was left behind."""
    pipeline.process_pending(now=timezone.now())
