"""Events as plain values, with the key and the position that their content alone decides."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# The order of events of one moment: what was collected, what left, what came, what changed; then what failed, and what
# people made of it.
RANKS = {
    "LOG_COLLECTED": 0,
    "REMOVED": 1,
    "MOVED": 2,
    "INSTALLED": 3,
    "FIRMWARE_CHANGED": 4,
    "HEALTH_CHANGED": 5,
    "FAILURE": 6,
    "TICKET_OPENED": 7,
    "TICKET_CLOSED": 8,
}
# Those that say where a component is.
PLACEMENTS = frozenset({"INSTALLED", "MOVED", "REMOVED"})
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated event. `component` and `asset` are identities; the values are slots, versions or health words."""

    type: str
    at: datetime
    ref: str
    asset: str
    component: str = ""
    not_before: datetime | None = None
    from_asset: str = ""
    from_value: str = ""
    to_value: str = ""

    def key(self) -> str:
        """A digest of the content: 32 hexadecimal digits, the same wherever the same evidence is derived."""
        content = [
            self.type,
            self.at.astimezone(UTC).isoformat(),
            self.ref,
            self.asset,
            self.component,
            self.not_before.astimezone(UTC).isoformat() if self.not_before else None,
            self.from_asset,
            self.from_value,
            self.to_value,
        ]
        return _digest(json.dumps(content, ensure_ascii=False), 32)

    def position(self, key: str) -> str:
        """Text that sorts events by time, rank, asset, component and key; `key` is this event's."""
        asset, component = _digest(self.asset, 10), _digest(self.component, 10)
        return f"{first_position(self.at)}{RANKS[self.type]:02d}{asset}{component}{key[:16]}"


def first_position(moment: datetime) -> str:
    """Text that sorts before the positions of all events at `moment` or later, and after those of earlier ones."""
    return f"{(moment - _BEGINNING) // _MICROSECOND:015x}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A position taken apart: the moment, the rank of the type, and what orders events of one moment and type."""

    moment: datetime
    rank: int
    tail: str


def mark_of(position: str) -> Mark:
    """The position taken apart; `ValueError` when it is none."""
    try:
        moment = _BEGINNING + int(position[:15], 16) * _MICROSECOND
    except OverflowError as error:
        raise ValueError("no position") from error
    return Mark(moment, int(position[15:17]), position[17:])


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
