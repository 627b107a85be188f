"""The time over which figures are taken."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.domain.spells import DAY, EPOCH


@dataclass(frozen=True, slots=True)
class Window:
    """``[start, end)`` in seconds since 1970, `end` being no later than the moment as of which it is looked at.

    `silence`: for how many seconds after an asset's last evidence its parts are taken to be there still.
    """

    start: int
    end: int
    silence: int

    @property
    def days(self) -> float:
        """Its length."""
        return max(0, self.end - self.start) / DAY


LIFETIME = "lifetime"
MOST_DAYS = 36_500


def days_of(text: str) -> int:
    """The days that a word like ``90d`` names; else `ValueError`."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})d", text)
    if found is None or int(found[1]) > MOST_DAYS:
        raise ValueError(f"a number of days from 1d to {MOST_DAYS}d is expected")
    return int(found[1])


def start_of(window: str, end: datetime) -> datetime:
    """Where a window like ``90d`` or ``lifetime`` that ends at `end` starts; `ValueError` for other words."""
    return EPOCH if window == LIFETIME else max(EPOCH, end - timedelta(days=days_of(window)))
