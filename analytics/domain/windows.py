"""The time over which figures are taken."""

from dataclasses import dataclass

from analytics.domain.spells import DAY


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
