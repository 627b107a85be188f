"""Keeps what is counted up to date, by one at a time."""

from collections.abc import Callable
from datetime import datetime

from analytics.selectors.changes import has_changes
from analytics.services.counting import count_changes, count_everything
from analytics.services.leases import lease

LEASE = "count"
_MINUTES = 10

Progress = Callable[[int], object]


def bring_up_to_date(*, now: datetime, most: int | None = None, progress: Progress = lambda _: None) -> bool:
    """Counts what changed, `most` components at most; whether nothing is left that was not counted.

    With nothing to do it costs one query. While another one counts it is False at once.
    """
    if not has_changes():
        return True
    with lease(LEASE, minutes=_MINUTES, now=now) as held:
        if held is None:
            return False

        def done(components: int) -> None:
            held.renew()
            progress(components)

        count_changes(done, most=most)
    return not has_changes()


def rebuild(*, now: datetime, progress: Progress = lambda _: None) -> int | None:
    """Counts everything anew; gives how many components that were, None when another one counts just now."""
    with lease(LEASE, minutes=_MINUTES, now=now) as held:
        if held is None:
            return None

        def done(components: int) -> None:
            held.renew()
            progress(components)

        return count_everything(done)
