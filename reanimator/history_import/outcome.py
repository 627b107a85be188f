"""What became of the rows of a table."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken: in which file, at which line it begins, why not, and what it holds."""

    file: str
    line: int
    reason: str
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome:
    """How many rows came to what: ``added``, ``changed``, ``unchanged``, ``waiting``, ``rejected``.

    ``changed``: an installation that was open has ended. ``waiting``: a failure of a component that nobody knows yet.
    `reject` is told each rejected row.
    """

    reject: Callable[[Rejected], object] = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, counts: Counter[str], rejected: Iterable[Rejected]) -> None:
        """Adds what became of some rows."""
        self.counts.update(counts)
        for row in rejected:
            self.refuse(row)

    def refuse(self, row: Rejected) -> None:
        """Counts a row that is not taken, and tells of it."""
        self.counts["rejected"] += 1
        self.reject(row)
