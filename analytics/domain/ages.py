"""Lives by age, as counts: what life curves and Weibull fits are made of."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AgeHistogram:
    """How many lives begin to be watched, fail, and end unfailed at each age.

    `ages`: ascending, each once, in any one unit, not negative. Someone is at risk at age t when entry < t <= exit.
    """

    ages: Numbers
    entries: Counts
    failures: Counts
    censored: Counts

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[float, int, int, int]]) -> "AgeHistogram":
        """From (age, entries, failures, censored) rows in any order; equal ages add up.

        Raises `ValueError` for negative ages or counts, and for more exits than entries before an age.
        """
        table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 4)
        ages, place = np.unique(table[:, 0], return_inverse=True)
        sums = np.zeros((len(ages), 3))
        np.add.at(sums, place, table[:, 1:])
        entries, failures, censored = sums.astype(np.int64).T
        if np.any(table < 0):
            raise ValueError("an age or a count is negative")
        found = cls(ages, entries, failures, censored)
        if np.any(found.at_risk() < failures + censored):
            raise ValueError("more lives end at an age than began before it")
        return found

    @classmethod
    def of_lives(cls, entry: npt.ArrayLike, exit_: npt.ArrayLike, failed: npt.ArrayLike) -> "AgeHistogram":
        """From one entry age, exit age and outcome a life; lives of no length are left out."""
        start, end = np.asarray(entry, dtype=np.float64), np.asarray(exit_, dtype=np.float64)
        dead = np.asarray(failed, dtype=bool)
        lasting = end > start
        begins = [(age, 1, 0, 0) for age in start[lasting]]
        ends = [(age, 0, int(fate), int(not fate)) for age, fate in zip(end[lasting], dead[lasting], strict=True)]
        return cls.of_rows([*begins, *ends])

    def at_risk(self) -> Counts:
        """How many are at risk at each age: entered before it and not gone before it."""
        change = self.entries - self.failures - self.censored
        before: Counts = np.cumsum(change) - change
        return before

    def __len__(self) -> int:
        return len(self.ages)
