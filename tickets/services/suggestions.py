"""Proposes links to the components and assets whose serial numbers a ticket's text mentions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from registry.models.bulk import insert_rows
from registry.transactions import again_on_deadlock
from tickets.domain.mentions import possible_serials
from tickets.domain.naming import Name
from tickets.domain.vocabulary import LinkState, NameKind, Origin
from tickets.models import Ticket, TicketLink
from tickets.selectors import Directory
from tickets.services.links import COLUMNS, Linked, Target, link_row, links_of, target_of

_BATCH = 1000
_KINDS = (NameKind.ASSET_SERIAL, NameKind.COMPONENT_SERIAL)


def names_in(text: str) -> list[Name]:
    """What the text may mention, by serial number."""
    words = possible_serials(text, settings.PLACEHOLDER_SERIALS)
    return [Name(kind, word) for word in words for kind in _KINDS]


def store_suggestions(
    mentions: Mapping[int, tuple[Sequence[Name], Any]],
    known: Mapping[int, Sequence[Linked]],
    linked: Mapping[int, Collection[Any]],
    directory: Directory,
) -> None:
    """Makes the proposals of each ticket those that its text supports; what an operator decided stays decided.

    `mentions`: per ticket the names in its text, and the moment at which they are meant. `linked`: what each ticket is
    linked to anyway.
    """
    new: list[tuple[Any, ...]] = []
    gone: list[int] = []
    for ticket, (names, moment) in mentions.items():
        targets = {name: target_of(name, moment, directory) for name in names}
        found = {name: target for name, target in targets.items() if _is_news(target, linked.get(ticket, ()))}
        there = {link.name: link for link in known.get(ticket, ()) if link.origin == Origin.TEXT}
        new += [
            link_row(ticket, Origin.TEXT, name, target, LinkState.PROPOSED)
            for name, target in found.items()
            if name not in there
        ]
        gone += [link.id for name, link in there.items() if link.state == LinkState.PROPOSED and name not in found]
    if gone:
        TicketLink.objects.filter(id__in=gone).delete()
    insert_rows(TicketLink, COLUMNS, new)


def _is_news(target: Target, linked: Collection[Any]) -> bool:
    return target.is_known and target.thing not in linked


def suggest_everywhere() -> None:
    """Looks again for serial numbers in the text of every ticket, some tickets at a time."""
    last = 0
    while keys := list(Ticket.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH]):
        suggest_links(keys)
        last = keys[-1]


@again_on_deadlock
def suggest_links(tickets: Collection[int]) -> None:
    """Looks again for serial numbers in the text of these tickets: things may have become known since they came."""
    with transaction.atomic():
        rows = Ticket.objects.select_for_update().filter(id__in=tickets).order_by("id")
        mentions = {
            key: (names_in(f"{title}\n{description}"), opened_at)
            for key, title, description, opened_at in rows.values_list("id", "title", "description", "opened_at")
        }
        known = links_of(mentions)
        linked = {key: {one.target.thing for one in links if one.origin != Origin.TEXT} for key, links in known.items()}
        directory = Directory({name for names, _ in mentions.values() for name in names})
        store_suggestions(mentions, known, linked, directory)
