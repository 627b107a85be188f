"""The kinds of document that are measured, and the fleet that sends them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.machines import Machine, build


@dataclass(slots=True)
class Fleet:
    """Machines that report in turn, so that no history grows longer than the others."""

    machines: list[Machine] = field(default_factory=list)
    built: int = 0
    turn: int = 0

    def new(self) -> Machine:
        """A machine that nobody has seen; it does not join those that report in turn."""
        self.built += 1
        return build(self.built)

    def next(self) -> Machine:
        """The machine whose turn it is."""
        self.turn += 1
        return self.machines[self.turn % len(self.machines)]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document. `aim` is the most that it may cost, as a multiple of the floor.

    A batch of it has `times` as many requests as others: the system counts CPU time in ticks of 10 ms.
    """

    name: str
    aim: float
    status: int
    document: Callable[[Fleet], bytes]
    times: int = 1


def _first_sight(fleet: Fleet) -> bytes:
    return fleet.new().document()


def _unchanged(fleet: Fleet) -> bytes:
    return fleet.next().document()


def _two_changes(fleet: Fleet) -> bytes:
    machine = fleet.next()
    machine.change_two_parts()
    return machine.document()


def _duplicate(fleet: Fleet) -> bytes:
    return fleet.next().last


KINDS = {
    kind.name: kind
    for kind in (
        Kind("first sight", 4, 201, _first_sight),
        Kind("unchanged", 2, 201, _unchanged),
        Kind("two changes", 2, 201, _two_changes),
        Kind("duplicate", 0.25, 200, _duplicate, times=4),
    )
}
