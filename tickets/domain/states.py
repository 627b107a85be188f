"""When a condition began that snapshots tell as a state: failed at collection, with no word of when it failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What one snapshot says of one part and one way to fail.

    `ref`: the bundle's SHA-256. `parsers`: those that saw the part and can tell how it is. `tellers`: those that say
    that it failed so.
    """

    at: datetime
    ref: str
    parsers: frozenset[str]
    tellers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """The part failed so from the look `first` to the look `last` at least."""

    first: Look
    last: Look


def runs(looks: Iterable[Look]) -> list[Run]:
    """The times during which the part was failed, from all looks at it, in any order.

    It is well again when one of those who told of it sees the part and tells of it no more; another tool's silence
    says nothing, for most tools cannot tell.
    """
    found: list[Run] = []
    tellers: frozenset[str] = frozenset()
    for look in sorted(looks, key=lambda one: (one.at, one.ref)):
        if look.tellers:
            first = found.pop().first if tellers else look
            found.append(Run(first, look))
            tellers |= look.tellers
        elif not tellers.isdisjoint(look.parsers):
            tellers = frozenset()
    return found
