"""What is asked of all, and answers in a form that can be compared."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from analytics.domain.spells import DAY, to_seconds

YEAR = (to_seconds(datetime(2025, 1, 1, tzinfo=UTC)), to_seconds(datetime(2026, 1, 1, tzinfo=UTC)))
LIFETIME = (0, YEAR[1])
Row = Sequence[str | int]

__all__ = ["DAY", "LIFETIME", "YEAR", "Measured", "Row", "largest_memory", "measure"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One answer: the median of the seconds that it took, the process's largest memory, and what it was."""

    seconds: float
    megabytes: float
    rows: int
    digest: str

    def as_json(self) -> str:
        """For the process that compares."""
        return json.dumps(asdict(self))


def largest_memory(process: int | str) -> float:
    """The most memory that the process had since its program began, in megabytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def measure(answer: Callable[[], Iterable[Row]], rounds: int) -> Measured:
    """Asks once to warm up, then `rounds` times; the answer's rows in any order."""
    rows = list(answer())
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        rows = list(answer())
        seconds.append(time.perf_counter() - began)
    content = json.dumps(sorted((list(row) for row in rows), key=str))
    return Measured(
        median(seconds), largest_memory("self"), len(rows), hashlib.sha256(content.encode()).hexdigest()[:16]
    )
