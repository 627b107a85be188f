"""What is known of one component, as plain values, in the order of (time, reference)."""

from dataclasses import dataclass
from datetime import datetime

# (source kind, value) pairs, best kind first.
ByKind = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence. `ref`: the bundle's SHA-256 or the assertion's key. `asset`: an asset's identity."""

    at: datetime
    ref: str
    asset: str


@dataclass(frozen=True, slots=True)
class Seen(Evidence):
    """A snapshot of `asset` shows the component. `parsers`: the sorted names of those that saw it.

    `facts`: descriptive (field, rank of its source, value) triples.
    """

    slots: ByKind = ()
    firmware: ByKind = ()
    health: str = "unknown"
    parsers: tuple[str, ...] = ()
    facts: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Absent(Evidence):
    """A snapshot of `asset` does not show it, though `parsers` enumerate its type completely there."""

    parsers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asserted(Evidence):
    """An operator's word: installed in `slot` of `asset`, or (`installs` False) removed from it."""

    slot: str = ""
    installs: bool = True


def in_order(evidence: Evidence) -> tuple[datetime, str, bool, str]:
    """The sorting key of evidence. In one bundle, a sighting in B comes before the absence in A: that is a move."""
    return (evidence.at, evidence.ref, isinstance(evidence, Absent), evidence.asset)
