"""Whether a row's installation fits to those of its component that are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto


class Contradiction(Exception):
    """The component cannot have sat there then: why not."""


class News(Enum):
    """What an installation adds to those that are known."""

    ALL = auto()
    END = auto()  # one that was open has ended
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Stay:
    """The component sat in `slot` (``""``: unknown) of `asset` during ``[start, end)``; `end` None: it still does.

    `name` is the asset's, for people.
    """

    asset: int
    name: str
    slot: str
    start: datetime
    end: datetime | None

    def is_same(self, other: "Stay") -> bool:
        """Whether both begin as the same installation."""
        return (self.asset, self.start) == (other.asset, other.start) and (
            self.slot == other.slot or not self.slot or not other.slot
        )

    def overlaps(self, other: "Stay") -> bool:
        """Whether some moment lies in both."""
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)

    def __str__(self) -> str:
        until = f"until {self.end.isoformat()}" if self.end else "with no removal known"
        return f"{f'{self.name} {self.slot}'.strip()} from {self.start.isoformat()} {until}"


def add(told: Stay, known: Sequence[Stay]) -> tuple[News, list[Stay]]:
    """What `told` adds to the known installations of its component, and all of them then; raises `Contradiction`."""
    same = next((stay for stay in known if stay.is_same(told)), None)
    others = [stay for stay in known if stay is not same]
    if same is not None and (told.end is None or told.end == same.end):
        return News.NOTHING, list(known)
    if same is not None and same.end is not None:
        raise Contradiction(f"Another row tells another end of this installation: {same}.")
    for stay in others:
        if stay.overlaps(told):
            raise Contradiction(f"It cannot be at two places at once: it sat in {stay}.")
    return (News.ALL if same is None else News.END), [*others, told]
