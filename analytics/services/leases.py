"""Work that only one may do at a time, in any process on any host.

A lease runs out by itself, so that nobody waits for a dead holder; the moment until which it runs is its token, so one
who was too slow cannot prolong it any more.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from analytics.models import Lease


class LeaseLost(Exception):
    """Somebody else has the work now."""


class Held:
    """A lease that was got at `now`."""

    def __init__(self, name: str, length: timedelta, now: datetime) -> None:
        self.name = name
        self.length = length
        self.until = now + length
        self._now, self._began = now, time.monotonic()

    def renew(self, *_: object) -> None:
        """Holds it for its whole length from now on; raises `LeaseLost` when it ran out and another one has it."""
        now = self._now + timedelta(seconds=time.monotonic() - self._began)
        until = now + self.length
        if not Lease.objects.filter(name=self.name, until=self.until).update(until=until):
            raise LeaseLost(self.name)
        self.until = until

    def let_go(self) -> None:
        """Ends it."""
        Lease.objects.filter(name=self.name, until=self.until).update(until=self._now)


@contextmanager
def lease(name: str, *, minutes: int, now: datetime) -> Iterator[Held | None]:
    """The lease `name`, held until the block ends or `minutes` passed without `Held.renew`; None: it is taken."""
    held = Held(name, timedelta(minutes=minutes), now)
    if not _take(held, now):
        yield None
        return
    try:
        yield held
    finally:
        held.let_go()


def _take(held: Held, now: datetime) -> bool:
    if Lease.objects.filter(name=held.name, until__lte=now).update(until=held.until):
        return True
    if Lease.objects.filter(name=held.name).exists():
        return False
    try:
        with transaction.atomic():
            Lease.objects.create(name=held.name, until=held.until)
    except IntegrityError:  # another one made it meanwhile
        return False
    return True
