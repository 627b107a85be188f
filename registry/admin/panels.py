"""Sections on an object's page below (or above) its form.

An app that knows something about another app's object adds a panel to its page, from above: the asset's page belongs to
`registry`, its timeline to `timeline`, and `registry` does not know that there is one. So no app takes over
another's admin, and several can add to one page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

Cell = str | SafeString


@dataclass(frozen=True, slots=True)
class Panel:
    """A table on an object's page. `more`: address and text of a link to all rows, where the panel shows just some."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = "Nothing known."
    note: str = ""
    more: tuple[str, str] | None = None

    @property
    def table(self) -> dict[str, Any]:
        """What the theme's table component takes."""
        return {"headers": self.headers, "rows": self.rows}


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning on top of an object's page."""

    text: Cell


Source = Callable[[Any], Panel | Notice | None]


@dataclass(frozen=True, slots=True)
class Registered:
    """A panel's source, where it goes on the page, and who may see it."""

    rank: int
    permission: str
    source: Source


class Page:
    """The panels of one kind of object."""

    def __init__(self) -> None:
        self._registered: list[Registered] = []

    def panel(self, *, rank: int, permission: str) -> Callable[[Source], Source]:
        """Adds the decorated function's panel to the page, below those of lower rank."""

        def add(source: Source) -> Source:
            self._registered.append(Registered(rank, permission, source))
            self._registered.sort(key=lambda entry: entry.rank)
            return source

        return add

    def parts(self, request: HttpRequest, obj: Any) -> tuple[list[Notice], list[Panel]]:
        """The notices and panels for `obj` that the user may see."""
        found = [entry.source(obj) for entry in self._registered if request.user.has_perm(entry.permission)]
        return (
            [part for part in found if isinstance(part, Notice)],
            [part for part in found if isinstance(part, Panel)],
        )
