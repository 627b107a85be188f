"""What workers and beat run of reliability."""

from celery import shared_task
from django.utils import timezone

from analytics.services.keeping import bring_up_to_date
from analytics.services.standard import answer_standard_questions


@shared_task(name="analytics.count_changes")
def count_changed() -> None:
    """Counts what changed in histories and failures."""
    bring_up_to_date(now=timezone.now())


@shared_task(name="analytics.answer_standard_questions")
def answer_standard() -> None:
    """Answers the nightly questions."""
    answer_standard_questions(now=timezone.now())
