"""What is known of a ticket, on its page."""

import json

from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.admin.cells import link, list_address, moment, word_label
from registry.admin.panels import Notice, Panel
from tickets.admin.failures import STATE_COLOURS
from tickets.admin.links import decided_cell, named_cell, state_cell, target_cell
from tickets.admin.tickets import ticket_page
from tickets.domain.vocabulary import LinkState
from tickets.models import Ticket, TicketLink

MOST_LINKS = 200
MOST_FAILURES = 100
MOST_RAW = 100_000


@ticket_page.panel(rank=0, permission="tickets.view_ticketlink")
def undecided(ticket: Ticket) -> Notice | None:
    """That links are proposed, or wait."""
    proposed = ticket.links.filter(state=LinkState.PROPOSED).count()
    waiting = TicketLink.objects.unresolved().filter(ticket=ticket).count()
    if not (proposed or waiting):
        return None
    parts = [
        f"{proposed} proposed by its text: confirm or dismiss them" if proposed else "",
        f"{waiting} that name nothing known, or more than one thing" if waiting else "",
    ]
    return Notice(f"Links below: {'; '.join(filter(None, parts))}.")


@ticket_page.panel(rank=20, permission="tickets.view_ticketlink")
def links(ticket: Ticket) -> Panel:
    """What the ticket is about."""
    rows = list(
        ticket.links.select_related("project", "asset", "component", "decided_by").order_by("id")[: MOST_LINKS + 1]
    )
    return Panel(
        title="Links",
        note=f"the first {MOST_LINKS}" if len(rows) > MOST_LINKS else str(len(rows)),
        headers=("Named", "Leads to", "From", "State", "Decided", ""),
        rows=[
            (
                named_cell(one),
                target_cell(one),
                one.origin,
                state_cell(one),
                decided_cell(one),
                link(one, "Decide"),
            )
            for one in rows[:MOST_LINKS]
        ],
        empty="The ticket names nothing.",
        more=(list_address(TicketLink, ticket__id__exact=ticket.pk), "Open as a list"),
    )


@ticket_page.panel(rank=30, permission="tickets.view_failure")
def failures(ticket: Ticket) -> Panel | None:
    """The failures that the ticket tells, where it tells any."""
    rows = ticket.failures.select_related("component", "asset").order_by("occurred_at", "id")[:MOST_FAILURES]
    if not rows:
        return None
    return Panel(
        title="Failures",
        headers=("Time", "Mode", "Severity", "Component", "Asset", "Slot", "State"),
        rows=[
            (
                moment(one.occurred_at),
                one.mode,
                one.severity,
                link(one.component) if one.component else one.component_serial or "–",
                link(one.asset) if one.asset else one.asset_name or "–",
                one.slot or "–",
                word_label(one.state, STATE_COLOURS),
            )
            for one in rows
        ],
    )


@ticket_page.panel(rank=90, permission="tickets.view_ticket")
def raw(ticket: Ticket) -> Panel:
    """All that the source sent."""
    return Panel(title="As it was sent", headers=("JSON",), rows=[(_preformatted(ticket.raw),)] if ticket.raw else [])


def _preformatted(value: object) -> SafeString:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    shown = text if len(text) <= MOST_RAW else f"{text[:MOST_RAW]}…"
    return format_html('<pre class="font-mono text-xs whitespace-pre-wrap break-all">{}</pre>', shown)
