"""The tickets and failures of a component and of an asset, on their pages."""

from collections.abc import Callable, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.admin.assets import asset_page
from registry.admin.cells import NOTHING, SEVERITY_COLOURS, link, list_address, moment, moment_between, word_label
from registry.admin.components import component_page
from registry.admin.panels import Panel
from registry.models import Asset, Component
from registry.selectors import succession
from tickets.admin.failures import STATE_COLOURS, told_by
from tickets.admin.tickets import cut, state_label
from tickets.models import Failure, Ticket
from tickets.selectors.visible import AnyOf, Shown, of_asset, of_component, shown_on_asset, shown_on_component

MOST = 50
_NEWEST = ("-opened_at", "-id")


@component_page.panel(rank=22, permission="registry.view_installation")
def neighbours(component: Component) -> Panel | None:
    """Whom it replaced, and who replaced it."""
    found = succession(component)
    told = [("replaced", found.replaced), ("was replaced by", found.replaced_by)]
    rows = [(word, link(one), one.model or "–", moment(one.last_seen_at)) for word, one in told if one]
    return (
        Panel(title="In the same slot", headers=("It", "Component", "Model", "Last seen"), rows=rows) if rows else None
    )


@component_page.panel(rank=24, permission="tickets.view_ticket")
def tickets_of_component(component: Component) -> Panel | None:
    """The tickets that show on the component."""
    return _tickets(of_component(component.pk), lambda rows: shown_on_component(component.pk, rows), "Through")


@asset_page.panel(rank=24, permission="tickets.view_ticket")
def tickets_of_asset(asset: Asset) -> Panel | None:
    """The tickets that show on the asset."""
    found = of_asset(asset.pk, asset.project_id)
    return _tickets(found, lambda rows: shown_on_asset(asset.pk, asset.project_id, rows), "Of")


@component_page.panel(rank=26, permission="tickets.view_failure")
def failures_of_component(component: Component) -> Panel | None:
    """What is told of its failures."""
    rows = list(
        Failure.objects.filter(component=component).select_related(*_SHOWN).order_by("-occurred_at", "-id")[:MOST]
    )
    return _failures(rows, list_address(Failure, component__id__exact=component.pk))


@asset_page.panel(rank=26, permission="tickets.view_failure")
def failures_of_asset(asset: Asset) -> Panel | None:
    """What is told of failures in it."""
    rows = list(Failure.objects.filter(asset=asset).select_related(*_SHOWN).order_by("-occurred_at", "-id")[:MOST])
    return _failures(rows, list_address(Failure, asset__id__exact=asset.pk))


_SHOWN = ("component", "asset", "bundle", "ticket")


def _tickets(found: AnyOf, show: Callable[[Sequence[Ticket]], list[Shown]], through: str) -> Panel | None:
    tickets = found.order_by(*_NEWEST)[slice(0, MOST)]
    if not tickets:
        return None
    return Panel(
        title="Tickets",
        note=f"the latest {MOST}" if len(tickets) == MOST else str(len(tickets)),
        headers=("Ticket", "Title", "Status", "Opened", "Closed", through, "While"),
        rows=[
            (
                link(one.ticket, one.ticket.external_id),
                cut(one.ticket.title, 60),
                state_label(one.ticket),
                moment(one.ticket.opened_at),
                moment(one.ticket.closed_at),
                _through(one),
                _while(one),
            )
            for one in show(tickets)
        ],
    )


def _through(shown: Shown) -> SafeString | str:
    if not shown.ways:
        return {"direct": "itself", "project": "its project"}[shown.relation]
    way = shown.ways[0]
    return format_html("{} {}", link(way.thing), way.window.stay.slot)


def _while(shown: Shown) -> SafeString:
    if not shown.ways:
        return NOTHING
    met = shown.ways[0].window
    more = f" and {len(shown.ways) - 1} more" if len(shown.ways) > 1 else ""
    end = moment(met.end) if met.end else "now"
    return format_html('<span class="whitespace-nowrap">{} to {}{}</span>', moment(met.start), end, more)


def _failures(rows: Sequence[Failure], address: str) -> Panel | None:
    if not rows:
        return None
    return Panel(
        title="Failures",
        note=f"the latest {MOST}" if len(rows) == MOST else str(len(rows)),
        headers=("Time", "Mode", "Severity", "Component", "Asset", "Told by", "State", ""),
        rows=[
            (
                moment_between(one.not_before, one.occurred_at),
                one.mode,
                word_label(one.severity, SEVERITY_COLOURS),
                link(one.component) if one.component else one.slot or "not known",
                link(one.asset),
                told_by(one),
                word_label(one.state, STATE_COLOURS),
                link(one, "Decide"),
            )
            for one in rows
        ],
        more=(address, "Open as a list"),
    )
