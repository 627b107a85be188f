"""Compares what sat in an asset at two moments."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A component (its id), the slot it sat in, and the firmware it ran."""

    component: int
    slot: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is different for one component: `field` is ``slot`` or ``firmware``; None where it was not there."""

    component: int
    field: str
    before: str | None
    after: str | None

    def shown(self) -> dict[str, str | None]:
        """The change as the API shows it: the one value, or from and to."""
        if self.before is not None and self.after is not None:
            return {"from": self.before, "to": self.after}
        return {self.field: self.after if self.before is None else self.before}


def compare(before: Sequence[Place], after: Sequence[Place]) -> dict[str, list[Change]]:
    """The changes from one configuration to another: ``added``, ``removed``, ``moved`` and ``firmware_changed``."""
    old = {place.component: place for place in before}
    new = {place.component: place for place in after}
    both = [(old[key], new[key]) for key in new if key in old]
    return {
        "added": [Change(key, "slot", None, place.slot) for key, place in new.items() if key not in old],
        "removed": [Change(key, "slot", place.slot, None) for key, place in old.items() if key not in new],
        "moved": [Change(a.component, "slot", a.slot, b.slot) for a, b in both if a.slot != b.slot],
        "firmware_changed": [
            Change(a.component, "firmware", a.firmware, b.firmware) for a, b in both if a.firmware != b.firmware
        ],
    }
