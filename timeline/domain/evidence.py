"""What is known of one component, as plain values, in the order of time and reference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, groupby

from ingest.domain.kinds import FIRMWARE_KINDS, HEALTH_ORDER, SLOT_KINDS, rank

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


def as_one(sightings: Sequence[Seen]) -> Seen:
    """The one sighting that several of one snapshot are: it showed the component under several names."""
    if len(sightings) == 1:
        return sightings[0]
    told = sorted(sightings, key=lambda item: (item.slots, item.firmware, item.facts, item.health, item.parsers))
    facts = sorted((fact for item in told for fact in item.facts), key=lambda fact: fact[:2])
    return replace(
        told[0],
        slots=_by_kind((item.slots for item in told), SLOT_KINDS),
        firmware=_by_kind((item.firmware for item in told), FIRMWARE_KINDS),
        health=max((item.health for item in told), key=HEALTH_ORDER.index),
        parsers=tuple(sorted({name for item in told for name in item.parsers})),
        facts=tuple(next(same) for _, same in groupby(facts, key=lambda fact: fact[0])),
    )


def _by_kind(told: Iterable[ByKind], kinds: tuple[str, ...]) -> ByKind:
    known: dict[str, str] = {}
    for kind, value in chain.from_iterable(told):
        known.setdefault(kind, value)
    return tuple(sorted(known.items(), key=lambda pair: rank(kinds, pair[0])))


def in_order(evidence: Evidence) -> tuple[datetime, int, str, bool, str]:
    """The sorting key of evidence. In one bundle, a sighting in B comes before the absence in A: that is a move.

    At one moment operators' words come after what bundles say, and what they took out before what they put in.
    """
    word = 1 + evidence.installs if isinstance(evidence, Asserted) else 0
    return (evidence.at, word, evidence.ref, isinstance(evidence, Absent), evidence.asset)
