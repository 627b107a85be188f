"""What workers and beat run: a task for each step of `pipeline.STEPS`, and the periodic jobs."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ingest.services.orphans import remove_orphans
from reanimator import pipeline


@shared_task(name="reanimator.parse", time_limit=settings.STEP_SECONDS)
def parse(bundle_id: int) -> None:
    """Parses one bundle."""
    pipeline.take_step(bundle_id, "parse", now=timezone.now())


@shared_task(name="reanimator.derive", time_limit=settings.STEP_SECONDS)
def derive(bundle_id: int) -> None:
    """Derives one bundle's snapshots."""
    pipeline.take_step(bundle_id, "derive", now=timezone.now())


@shared_task(name="reanimator.sweep")
def sweep() -> None:
    """Hands on whatever was left behind."""
    pipeline.sweep(now=timezone.now())


@shared_task(name="reanimator.settle")
def settle() -> None:
    """Derives what lost or gained evidence by other bundles or by people."""
    pipeline.settle(now=timezone.now())


@shared_task(name="reanimator.remove_orphans")
def remove_bundle_orphans() -> None:
    """Clears the bundle storage of what belongs to no bundle."""
    remove_orphans(now=timezone.now(), grace=timedelta(hours=settings.ORPHAN_GRACE_HOURS))
