"""When a condition began that snapshots tell as a state: failed at collection, with no word of when it failed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    """The part failed so from the look `first` to the look `last` at least.

    It began after `not_before`, when it was well last; None where nobody saw it well.
    """

    first: Look
    last: Look
    not_before: datetime | None = None


def runs(looks: Iterable[Look]) -> list[Run]:
    """The times during which the part was failed, from all looks at it, in any order.

    It is well again when one of those who told of it sees the part and tells of it no more; another tool's silence
    says nothing, for most tools cannot tell.
    """
    found: list[Run] = []
    tellers: frozenset[str] = frozenset()
    well: dict[str, datetime] = {}  # when each parser saw it last without a word of failure
    healed: datetime | None = None
    for look in sorted(looks, key=lambda one: (one.at, one.ref)):
        if look.tellers:
            if tellers:
                found[-1] = replace(found[-1], last=look)
            else:
                found.append(Run(look, look, max(_told(healed, *map(well.get, look.tellers)), default=None)))
            tellers |= look.tellers
            continue
        if not tellers.isdisjoint(look.parsers):
            tellers, healed = frozenset(), look.at
        well.update(dict.fromkeys(look.parsers, look.at))
    return found


def _told(*moments: datetime | None) -> list[datetime]:
    return [one for one in moments if one is not None]
