"""The standard questions, which are answered every night."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from analytics.domain.question import Question
from analytics.domain.windows import start_of
from analytics.models import Run
from analytics.services.alerts import Evaluated, evaluate_alerts
from analytics.services.keeping import bring_up_to_date
from analytics.services.leases import lease
from analytics.services.runs import Inquiry, forget_old_runs, run_standard

LEASE = "standard runs"
TOTAL = "total"
_MINUTES = 60


def standard_inquiries(as_of: datetime) -> Iterator[Inquiry]:
    """Each of the windows in the settings, as a whole and by each of the keys in the settings."""
    for window in settings.RELIABILITY_WINDOWS:
        for key in (TOTAL, *settings.RELIABILITY_GROUPS):
            yield Inquiry(
                Run.Kind.RELIABILITY.value,
                Question(
                    group_by=() if key == TOTAL else (key,),
                    start=start_of(window, as_of),
                    end=as_of,
                    as_of=as_of,
                    silence_days=settings.SILENCE_DAYS,
                ),
                standard=f"{window} {key}" if key == TOTAL else f"{window} by {key}",
            )


def answer_standard_questions(*, now: datetime) -> int | None:
    """Answers them as of the midnight before `now`, and opens and closes alerts as of then.

    Gives how many failed, None when another one is at it. A day's second call finds the first one's runs, unless the
    data changed. Old runs are removed afterwards.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with lease(LEASE, minutes=_MINUTES, now=now) as held:
        if held is None:
            return None
        bring_up_to_date(now=now)
        failed = 0
        for inquiry in standard_inquiries(midnight):
            failed += run_standard(inquiry, now=now).status == Run.Status.FAILED
            held.renew()
        failed += evaluate_alerts(now=now, as_of=midnight, renew=held.renew).failed
        forget_old_runs(now=now, days=settings.RELIABILITY_RUN_DAYS)
    return failed


def evaluate_now(*, now: datetime) -> Evaluated | None:
    """Opens and closes alerts as of `now`, after what changed was counted; None when another one is at it."""
    with lease(LEASE, minutes=_MINUTES, now=now) as held:
        if held is None:
            return None
        bring_up_to_date(now=now)
        return evaluate_alerts(now=now, renew=held.renew)
