"""Operators' words on who is who, and what they make of evidence: pure functions, in whatever order both came.

Names are lookups with, where it was known, the vendor. A thing that is apart at one asset has a name of its own, the
lookup with ``|at`` and the asset behind it, so that it can be decided upon further.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_AT = "|at "  # in lower case, which no name is


class DecisionKind(StrEnum):
    """What an operator can decide."""

    MERGE = "merge"  # the names are one thing; the first is kept
    MERGE_SLOTS = "merge_slots"  # what shows the name at two slots of the asset is one part
    SPLIT_SLOTS = "split_slots"  # what shows the name in the asset is several parts, each known by its slot
    SPLIT_ASSET = "split_asset"  # what shows the name in the asset is another part than what shows it elsewhere
    IGNORE = "ignore"  # seen; nothing is to be done


@dataclass(frozen=True, slots=True)
class Name:
    """A lookup, and the vendor's key, or ``""``: whichever vendor's."""

    lookup: str
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """An operator's word. `asset`: the identity of the asset for which it holds, where it holds for one alone."""

    kind: DecisionKind
    names: tuple[Name, ...]
    asset: str = ""

    @property
    def lookups(self) -> set[str]:
        """The lookups that it speaks of, as bundles give them."""
        return {plain_lookup(name.lookup) for name in self.names}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What decisions make of a claim: the name it goes by, and the lookup that bundles find the thing by."""

    name: str
    lookup: str


def apart_at(lookup: str, asset: str) -> str:
    """The name of what shows the lookup in that asset and is another part than what shows it elsewhere."""
    return f"{lookup}{_AT}{asset}"


def plain_lookup(name: str) -> str:
    """The lookup in a name: what bundles give, whether or not the thing is apart at some asset."""
    return name.split(_AT, 1)[0]


def is_same_asset(identity: str, other: str) -> bool:
    """Whether two identities are one asset's; one may have been noted before the vendor parted it from others."""
    return identity == other or identity.startswith(f"{other}|") or other.startswith(f"{identity}|")


def judged(
    lookup: str, vendor: str, asset: str, position: str, shared: Collection[str], decisions: Iterable[Decision]
) -> Verdict:
    """What the decisions on parts of one asset make of a claim."""
    here = [one for one in decisions if one.asset and is_same_asset(asset, one.asset)]
    own = {one.names[0].lookup for one in here if one.kind == DecisionKind.MERGE_SLOTS}.intersection(shared)
    lookup = min(own, default=lookup)
    told = {one.kind for one in here if one.names[0].lookup == lookup and _may_be(one.names[0].vendor, vendor)}
    if DecisionKind.SPLIT_SLOTS in told and position:
        return Verdict(position, position)
    if DecisionKind.SPLIT_ASSET in told:
        decided = min(
            one.asset for one in here if one.kind == DecisionKind.SPLIT_ASSET and one.names[0].lookup == lookup
        )
        return Verdict(apart_at(lookup, decided), lookup)
    return Verdict(lookup, lookup)


def _may_be(decided: str, told: str) -> bool:
    return not decided or not told or decided == told


def bound_together(lookups: Sequence[str], names: Sequence[str], decisions: Iterable[Decision]) -> dict[str, str]:
    """The name that each of `names` goes by, where a decision binds it to others.

    `lookups`: of the claims whose names are `names`: a name has the vendor behind its lookup, where vendors share that.
    """
    bearers: dict[str, set[str]] = defaultdict(set)
    for lookup, name in zip(lookups, names, strict=True):
        bearers[lookup].add(name)
    groups: list[set[str]] = []
    absorbed: set[str] = set()
    for decision in decisions:
        if decision.kind != DecisionKind.MERGE:
            continue
        matched = [_matching(name, bearers) for name in decision.names]
        absorbed |= set().union(*matched[1:]) - matched[0]
        groups = _joined(groups, set().union(*matched))
    return {name: _kept(group, absorbed) for group in groups for name in group}


def _matching(decided: Name, bearers: Mapping[str, Collection[str]]) -> set[str]:
    """The names of those that bear the lookup; of the decided vendor alone, where vendors share it."""
    names = set(bearers.get(decided.lookup, ()))
    own = {name for name in names if name == f"{decided.lookup}|{decided.vendor}"[:255]}
    return own or {name for name in names if not decided.vendor or not name.startswith(f"{decided.lookup}|")}


def _joined(groups: Iterable[set[str]], new: set[str]) -> list[set[str]]:
    together = [group for group in groups if group & new]
    return [*(group for group in groups if not group & new), new.union(*together)]


def _kept(group: Collection[str], absorbed: Collection[str]) -> str:
    """The name that no decision puts behind another; serials before places, for decisions that go round in a circle."""
    free = [name for name in group if name not in absorbed] or list(group)
    return min(free, key=lambda name: ("@" in name, name))
