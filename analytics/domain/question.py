"""What is asked of the fleet's reliability, as plain values, and the digests that name a question and its answer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analytics.domain.spells import FOREVER, month_begins, month_of, to_seconds
from analytics.domain.windows import Window

# What components can be grouped and filtered by.
KEYS = ("component_type", "vendor", "model", "lot", "firmware", "project", "customer", "location")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """`group_by`: some of `KEYS`. `start`, `end`: the window asked for, `end` exclusive. `as_of`: what is later is not
    looked at. `filters`: per key the values wanted. `silence_days`, `confidence`: as the settings have them.
    """

    group_by: tuple[str, ...]
    start: datetime
    end: datetime
    as_of: datetime
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silence_days: int = 90
    confidence: float = 0.95

    @property
    def window(self) -> Window:
        """The window that is counted."""
        end = min(to_seconds(self.end), to_seconds(self.as_of))
        return Window(to_seconds(self.start), end, self.silence_days * 86_400)

    @property
    def is_of_whole_months(self) -> bool:
        """Whether the rollup can answer it."""
        window = self.window
        return all(at == month_begins(month_of(at)) for at in (window.start, window.end) if at < FOREVER)

    def parameters(self) -> dict[str, Any]:
        """All of it for JSON, the same for the same question."""
        return {
            "group_by": list(self.group_by),
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "as_of": self.as_of.isoformat(),
            "filters": {key: sorted(values) for key, values in sorted(self.filters.items())},
            "silence_days": self.silence_days,
            "confidence": self.confidence,
        }


def digest(parameters: Mapping[str, Any], counts: Sequence[Sequence[Any]]) -> str:
    """Names an answer: the question, and the whole numbers that were counted for it, group by group in order.

    32 hexadecimal digits, the same for the same question over the same data on every engine.
    """
    content = json.dumps([parameters, counts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:32]
