"""Which tickets show on a component and on an asset, and through what.

A ticket lives during ``[opened, closed)``, a component stays in an asset during ``[start, end)``; None is no end. Where
both meet, a ticket of the asset is one of the component, and a ticket of the component one of the asset. What merely
touches does not meet. A project's ticket shows on its assets, and on no component.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Relation(StrEnum):
    """Why a ticket shows on a thing; the first that holds counts."""

    DIRECT = "direct"  # it is linked to the thing
    INHERITED = "inherited"  # to what the thing sat in, or what sat in it, while the ticket lived
    PROJECT = "project"  # to the asset's project


@dataclass(frozen=True, slots=True)
class Life:
    """When a ticket was open."""

    opened: datetime
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A component in a slot of an asset for a while: one installation."""

    installation: int
    component: int
    asset: int
    slot: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """What a ticket is linked to, by id."""

    assets: Collection[int] = ()
    components: Collection[int] = ()
    projects: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The time during which a ticket lived and a component stayed; `end` None: both go on."""

    stay: Stay
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Showing:
    """Why a ticket shows; `windows`: the stays through which it was inherited, in order of time."""

    relation: Relation
    windows: tuple[Window, ...] = field(default=())


def window(life: Life, stay: Stay) -> Window | None:
    """Where the ticket's life and the stay meet, or None where they do not.

    A ticket that was opened and closed at one moment lived at that moment.
    """
    if stay.end is not None and life.opened >= stay.end:
        return None
    if life.closed is not None and life.closed <= stay.start:
        return None
    ends = [end for end in (life.closed, stay.end) if end is not None]
    return Window(stay, max(life.opened, stay.start), min(ends, default=None))


def on_component(component: int, life: Life, links: Links, stays: Iterable[Stay]) -> Showing | None:
    """Why the ticket shows on the component with those `stays`, or None where it does not."""
    if component in links.components:
        return Showing(Relation.DIRECT)
    met = _met(life, (stay for stay in stays if stay.component == component and stay.asset in links.assets))
    return Showing(Relation.INHERITED, met) if met else None


def on_asset(asset: int, project: int | None, life: Life, links: Links, stays: Iterable[Stay]) -> Showing | None:
    """Why the ticket shows on the asset of `project` in which those `stays` were, or None where it does not."""
    if asset in links.assets:
        return Showing(Relation.DIRECT)
    met = _met(life, (stay for stay in stays if stay.asset == asset and stay.component in links.components))
    if met:
        return Showing(Relation.INHERITED, met)
    return Showing(Relation.PROJECT) if project is not None and project in links.projects else None


def _met(life: Life, stays: Iterable[Stay]) -> tuple[Window, ...]:
    met = [found for stay in stays if (found := window(life, stay))]
    return tuple(sorted(met, key=lambda one: (one.start, one.stay.start, one.stay.installation)))
