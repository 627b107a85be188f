"""What workers and beat run of tickets."""

from celery import shared_task

from tickets.services import review_links


@shared_task(name="tickets.review_links")
def review() -> None:
    """Looks again at what all links mean."""
    review_links()
