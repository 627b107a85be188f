"""What operators decide of links: which thing is meant, and whether a link counts.

Why components were removed follows at once: a ticket's resolution says so of the components that it is linked to.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from registry.models import Asset, Component, Project
from registry.transactions import again_on_deadlock
from tickets.domain.vocabulary import LinkState, NameKind, Origin
from tickets.models import TicketLink
from tickets.services.follow import follow


class WrongKind(Exception):
    """The thing is not of the kind that the link names."""


@again_on_deadlock
def resolve_link(link_id: int, *, target: Project | Asset | Component, user: Any, now: datetime) -> None:
    """Says which thing a link means; no sync and no bundle changes that any more."""
    with transaction.atomic():
        link = TicketLink.objects.select_for_update().get(id=link_id)
        before = _components([link_id])
        wanted = target_kind(link)
        if target._meta.model_name != wanted:
            raise WrongKind(f"The ticket names a {wanted}.")
        link.project, link.asset, link.component = None, None, None
        setattr(link, wanted, target)
        link.state = LinkState.CONFIRMED
        link.decided_by, link.decided_at = user, now
        link.save()
        follow(before | _components([link_id]), (), now=now)


def target_kind(link: TicketLink) -> str:
    """What the link names: ``project``, ``asset`` or ``component``."""
    if link.by == NameKind.PROJECT:
        return "project"
    return "component" if link.by in (NameKind.COMPONENT_SERIAL, NameKind.COMPONENT_LOOKUP) else "asset"


@again_on_deadlock
def confirm_links(ids: Collection[int], *, user: Any, now: datetime) -> int:
    """Lets the proposed links count; gives how many that were."""
    with transaction.atomic():
        proposed = TicketLink.objects.filter(id__in=ids, state=LinkState.PROPOSED)
        number = proposed.update(state=LinkState.CONFIRMED, decided_by=user, decided_at=now)
        follow(_components(ids), (), now=now)
        return number


@again_on_deadlock
def dismiss_links(ids: Collection[int], *, user: Any, now: datetime) -> int:
    """Takes the links out of account, also when their ticket comes again; gives how many counted or were proposed."""
    with transaction.atomic():
        links = TicketLink.objects.filter(id__in=ids).exclude(state=LinkState.DISMISSED)
        number = links.update(state=LinkState.DISMISSED, decided_by=user, decided_at=now)
        follow(_components(ids), (), now=now)
        return number


@again_on_deadlock
def reopen_links(ids: Collection[int], *, now: datetime) -> int:
    """Takes back what was decided of the links; gives how many that were.

    Those from text are proposed again; the others count, and wait until it is told again what they mean.
    """
    with transaction.atomic():
        before = _components(ids)
        decided = TicketLink.objects.filter(id__in=ids, decided_at__isnull=False)
        found = decided.filter(origin=Origin.TEXT).update(state=LinkState.PROPOSED, decided_by=None, decided_at=None)
        told = decided.filter(origin=Origin.SYNC).update(
            state=LinkState.CONFIRMED, decided_by=None, decided_at=None, project=None, asset=None, component=None
        )
        follow(before, (), now=now)
        return found + told


def _components(links: Collection[int]) -> set[int]:
    """The components that the links lead to."""
    rows = TicketLink.objects.filter(id__in=links, component__isnull=False)
    return set(rows.values_list("component__id", flat=True))


@again_on_deadlock
def link_by_hand(ticket_id: int, *, target: Project | Asset | Component, user: Any, now: datetime) -> TicketLink:
    """Links the ticket to a thing, beside what its source says."""
    by, name, kind, vendor = _called(target)
    with transaction.atomic():
        link, _ = TicketLink.objects.update_or_create(
            ticket_id=ticket_id,
            origin=Origin.OPERATOR,
            by=by,
            name=name,
            component_type=kind,
            vendor=vendor,
            defaults={
                target._meta.model_name or "": target,
                "state": LinkState.CONFIRMED,
                "candidates": 1,
                "decided_by": user,
                "decided_at": now,
            },
        )
        follow(_components([link.pk]), (), now=now)
        return link


def _called(target: Project | Asset | Component) -> tuple[str, str, str, str]:
    """By what a thing is known again, should its row be merged into another."""
    match target:
        case Project():
            return NameKind.PROJECT, target.code, "", ""
        case Asset():
            return NameKind.ASSET_SERIAL, target.serial, "", target.vendor
    if target.serial:
        return NameKind.COMPONENT_SERIAL, target.serial, target.type, target.vendor
    return NameKind.COMPONENT_LOOKUP, target.lookup, target.type, target.vendor
