"""Which part sat in a slot at a moment, when tools call one slot by different names."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.domain.places import place_of
from registry.domain.serials import normalise


@dataclass(frozen=True, slots=True)
class Sitting:
    """A component in an asset for a while. `slot`: as the history has it; `names`: (kind, name) of the slot as tools
    called it when the component came.
    """

    component: int
    type: str
    slot: str
    start: datetime
    end: datetime | None
    names: Collection[tuple[str, str]] = ()

    def lasts_at(self, moment: datetime) -> bool:
        """Whether it sat there then."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class SlotName:
    """A slot as one source calls it at `at`; `type` ``""``: of parts of any type.

    `seen`: the component that the same source showed there, at the time `seen_at`, which may be long after.
    """

    type: str
    kind: str
    slot: str
    at: datetime
    seen: int | None = None
    seen_at: datetime | None = None


def occupant(name: SlotName, sittings: Sequence[Sitting]) -> int | None:
    """The component that sat there then; None where nobody did as far as is known, or where that cannot be told."""
    of_type = [one for one in sittings if name.type in ("", one.type)]
    there = [one for one in of_type if one.lasts_at(name.at)] or [one for one in of_type if one.end == name.at]
    shown = _shown(name, of_type)
    if shown is not None and shown in there:
        return shown.component
    wanted = normalise(name.slot)
    rules: list[Callable[[Sitting], bool]] = [
        lambda one: any(kind == name.kind and normalise(text) == wanted for kind, text in one.names),
        lambda one: normalise(one.slot) == wanted or any(normalise(text) == wanted for _, text in one.names),
        lambda one: any(_is_same_place(name, text) for text in (one.slot, *(text for _, text in one.names))),
        lambda one: shown is not None and bool(shown.slot) and one.slot == shown.slot,
    ]
    for holds in rules if wanted else rules[3:]:
        found = {one.component for one in there if holds(one)}
        if len(found) == 1:
            return found.pop()
    return None


def _is_same_place(name: SlotName, text: str) -> bool:
    """Whether both mean one slot, as ``DIMM_A1`` and ``A1`` do. Bare numbers may begin with 0 here and not there."""
    place = place_of(name.type, name.slot) if name.type else ()
    return any(isinstance(word, str) for word in place) and place == place_of(name.type, text)


def _shown(name: SlotName, sittings: Sequence[Sitting]) -> Sitting | None:
    """The sitting that the source itself saw in the slot."""
    if name.seen is None or name.seen_at is None:
        return None
    moment = name.seen_at
    return next((one for one in sittings if one.component == name.seen and one.lasts_at(moment)), None)
