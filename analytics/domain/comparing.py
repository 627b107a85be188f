"""What moved between two answers to the same question, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What was counted of a group: (exposure in seconds, failures).
Counts = tuple[int, int]
NOTHING: Counts = (0, 0)


@dataclass(frozen=True, slots=True)
class Moved:
    """One group's change. `window`: because another time is looked at; `late`: because more is known of the older time.

    All of them (exposure in seconds, failures); `window` and `late` add up to `after` less `before`.
    """

    group: tuple[str, ...]
    before: Counts
    after: Counts
    window: Counts
    late: Counts

    @property
    def has_moved(self) -> bool:
        """Whether anything is different."""
        return self.before != self.after or self.late != NOTHING or self.window != NOTHING


Answer = Mapping[tuple[str, ...], Counts]


def compare(before: Answer, after: Answer, before_now: Answer, after_now: Answer) -> Sequence[Moved]:
    """Group by group, sorted. `before`, `after`: as the runs have them; `…_now`: the same asked of today's data.

    What differs between the two questions asked today is the windows' doing. What is left came in late: between the
    one run and the other.
    """
    found = []
    for group in sorted(before.keys() | after.keys() | before_now.keys() | after_now.keys()):
        then, later, then_now, later_now = (told.get(group, NOTHING) for told in (before, after, before_now, after_now))
        window = _less(later_now, then_now)
        found.append(Moved(group, then, later, window, _less(_less(later, then), window)))
    return found


def _less(one: Counts, other: Counts) -> Counts:
    return one[0] - other[0], one[1] - other[1]


def counts_of(row: Mapping[str, Any]) -> Counts:
    """What was counted for a row of an answer."""
    return round(row["exposure_days"] * 86_400), row["failures"]
