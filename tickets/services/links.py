"""Keeps tickets' links in line with what their sources say."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from registry.models.bulk import insert_rows, update_rows
from tickets.domain.naming import Name
from tickets.domain.told import ToldTicket
from tickets.domain.vocabulary import LinkState, Origin
from tickets.models import TicketLink
from tickets.selectors import Directory

COLUMNS = (
    "ticket",
    "origin",
    "state",
    "by",
    "name",
    "component_type",
    "vendor",
    "project",
    "asset",
    "component",
    "candidates",
)
_RESOLVED = ("project", "asset", "component", "candidates")
_READ = ("id", "ticket_id", "origin", "state", "by", "name", "component_type", "vendor")
_TARGETS = ("project_id", "asset_id", "component_id")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link was resolved to: one id of three, or none; and how many things could be meant."""

    project: int | None = None
    asset: int | None = None
    component: int | None = None
    candidates: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there is one."""
        return (self.project, self.asset, self.component) != (None, None, None)

    @property
    def thing(self) -> tuple[int | None, int | None, int | None]:
        """What it is, without how it was found."""
        return (self.project, self.asset, self.component)

    @property
    def columns(self) -> tuple[int | None, int | None, int | None, int]:
        """It as `TicketLink` keeps it."""
        return (*self.thing, self.candidates)


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as it is kept. `decided`: an operator chose its target or its state."""

    id: int
    ticket: int
    origin: str
    state: str
    name: Name
    target: Target
    decided: bool

    @property
    def counts(self) -> bool:
        """Whether it does, once it is known what it leads to."""
        return self.state == LinkState.CONFIRMED


def target_of(name: Name, moment: datetime, directory: Directory) -> Target:
    """What is meant by `name` at `moment`."""
    found = directory.find(name, moment)
    return Target(**{name.target: found}, candidates=len(directory.candidates(name)))


def links_of(tickets: Collection[int]) -> dict[int, list[Linked]]:
    """The links of each ticket."""
    found: dict[int, list[Linked]] = defaultdict(list)
    for link in read_links(TicketLink.objects.filter(ticket__in=tickets)):
        found[link.ticket].append(link)
    return found


def read_links(rows: "QuerySet[TicketLink]") -> list[Linked]:
    """The links in `rows`."""
    found: list[Linked] = []
    for row in rows.order_by("id").values_list(*_READ, *_TARGETS, "candidates", "decided_at"):
        key, ticket, origin, state, by, name, kind, vendor, project, asset, component, candidates, decided = row
        target = Target(project, asset, component, candidates)
        called = Name(by, name, kind, vendor)
        found.append(Linked(key, ticket, origin, state, called, target, decided is not None))
    return found


def link_row(ticket: int, origin: str, name: Name, target: Target, state: str = LinkState.CONFIRMED) -> tuple[Any, ...]:
    """A new link's columns."""
    return (ticket, origin, state, name.by, name.name, name.component_type, name.vendor, *target.columns)


def store_links(
    tickets: Mapping[int, ToldTicket], known: Mapping[int, Sequence[Linked]], directory: Directory
) -> dict[int, set[tuple[int | None, int | None, int | None]]]:
    """Makes the links that each ticket's source tells exactly those told; gives what each ticket is linked to now.

    A link whose target an operator chose keeps it; one that no longer says what was meant keeps what it had.
    """
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    gone: list[int] = []
    linked: dict[int, set[tuple[int | None, int | None, int | None]]] = defaultdict(set)
    for key, ticket in tickets.items():
        there = {link.name: link for link in known.get(key, ()) if link.origin == Origin.SYNC}
        targets = {name: target_of(name, ticket.opened_at, directory) for name in dict.fromkeys(ticket.links)}
        new += [link_row(key, Origin.SYNC, name, target) for name, target in targets.items() if name not in there]
        changed += _changed((there[name], target) for name, target in targets.items() if name in there)
        gone += [link.id for name, link in there.items() if name not in targets]
        linked[key] = {target.thing for target in targets.values()} | {
            link.target.thing for link in known.get(key, ()) if link.origin == Origin.OPERATOR
        }
    if gone:
        TicketLink.objects.filter(id__in=gone).delete()
    insert_rows(TicketLink, COLUMNS, new)
    update_rows(TicketLink, _RESOLVED, changed)
    return linked


def _changed(pairs: Iterable[tuple[Linked, Target]]) -> list[tuple[Any, ...]]:
    return [(link.id, *target.columns) for link, target in pairs if _is_news(link, target)]


def _is_news(link: Linked, target: Target) -> bool:
    if link.target.is_known and (link.decided or not target.is_known):
        return False
    return target != link.target


def resolve_again(
    links: Iterable[Linked], moments: Mapping[int, datetime], directory: Directory
) -> list[tuple[Linked, Target]]:
    """Writes what each link means at its ticket's moment, where that is news; gives those that mean another now."""
    pairs = [(link, target_of(link.name, moments[link.ticket], directory)) for link in links]
    update_rows(TicketLink, _RESOLVED, _changed(pairs))
    return [(link, target) for link, target in pairs if _is_news(link, target) and target.thing != link.target.thing]
