"""Which of the things that bear a name a ticket means."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.domain.serials import board_serial, clean_serial, module_serial, normalise
from registry.domain.vocabulary import ComponentType
from tickets.domain.vocabulary import ASSET_NAMES, NameKind

_SERIAL_FORMS = {ComponentType.MEMORY: module_serial, ComponentType.MOTHERBOARD: board_serial}


@dataclass(frozen=True, slots=True)
class Name:
    """What a ticket calls a thing; `component_type` and `vendor` narrow it down where they are told."""

    by: str
    name: str
    component_type: str = ""
    vendor: str = ""

    @property
    def target(self) -> str:
        """What is named: ``project``, ``asset`` or ``component``."""
        if self.by == NameKind.PROJECT:
            return "project"
        return "asset" if self.by in ASSET_NAMES else "component"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known thing that bears a name.

    `first` and `last`: when it was seen to bear it; None where nobody saw it. `gone`: it bears another name by now.
    """

    id: int
    first: datetime | None = None
    last: datetime | None = None
    gone: bool = False

    def bore_it_at(self, moment: datetime) -> bool:
        """Whether it was seen with the name before and after `moment`."""
        return self.first is not None and self.last is not None and self.first <= moment <= self.last

    def may_bear_it_at(self, moment: datetime) -> bool:
        """Whether nothing says that it had another name at `moment`."""
        return not (self.gone and self.last is not None and self.last < moment)


def clean_name(
    by: str, text: str, component_type: str = "", vendor: str = "", placeholders: Collection[str] = frozenset()
) -> Name | None:
    """The name in `text` as it is compared; None where it names nothing: blank, or a placeholder."""
    text = " ".join(text.split())
    if by == NameKind.ASSET_SERIAL:
        text = clean_serial(text, placeholders)
    elif by == NameKind.ASSET_TAG:
        text = normalise(text)
    elif by == NameKind.COMPONENT_SERIAL:
        form = _SERIAL_FORMS.get(ComponentType(component_type), clean_serial) if component_type else clean_serial
        text = form(text, placeholders)
    return Name(by, text, component_type, " ".join(vendor.split())) if text else None


def choose(candidates: Sequence[Candidate], moment: datetime) -> Candidate | None:
    """The one of `candidates` that was meant at `moment`, or None when that cannot be told.

    The only one there is; else the only one that was seen with the name before and after that moment; else, when
    none was, the one seen with it last before, since a name stays until something else shows.
    """
    possible = [one for one in candidates if one.may_bear_it_at(moment)]
    if len(possible) == 1:
        return possible[0]
    there = [one for one in possible if one.bore_it_at(moment)]
    if there:
        return there[0] if len(there) == 1 else None
    before = sorted(((one.last, one.id, one) for one in possible if one.last and one.last < moment), reverse=True)
    if not before or (len(before) > 1 and before[0][0] == before[1][0]):
        return None
    return before[0][2]
