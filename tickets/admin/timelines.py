"""The timelines on the pages of assets and components: what bundles tell, with the failures and tickets of the same."""

from collections.abc import Iterator

from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.admin.assets import asset_page
from registry.admin.cells import SEVERITY_COLOURS, link, moment_between, word_label
from registry.admin.components import component_page
from registry.admin.panels import Cell, Panel
from registry.models import Asset, Component
from tickets.admin.failures import told_by
from tickets.admin.tickets import cut, state_label
from tickets.models import Failure, Ticket
from tickets.selectors.told_events import (
    CLOSED,
    FAILURE,
    OPENED,
    Joined,
    Wanted,
    joined_on_asset,
    joined_on_component,
)
from timeline.admin.timelines import (
    ASKED,
    Entry,
    entries_of_asset,
    entries_of_component,
    timeline_panel,
    type_label,
)

_COLOURS = {FAILURE: "danger", OPENED: "warning", CLOSED: "success"}
_LATEST = Wanted(after=None, before=None, mark=None, downward=True, number=ASKED)


@asset_page.panel(rank=40, permission="timeline.view_event")
def timeline_of_asset(asset: Asset) -> Panel:
    """The asset's timeline, newest first."""
    told = joined_on_asset(asset.pk, _COLOURS, _LATEST)
    joined = (_entry(one, one.component, cells) for one, cells in _told(told))
    return timeline_panel([*entries_of_asset(asset), *joined], asset)


@component_page.panel(rank=40, permission="timeline.view_event")
def timeline_of_component(component: Component) -> Panel:
    """The component's timeline, newest first."""
    told = joined_on_component(component.pk, _COLOURS, _LATEST)
    joined = (_entry(one, one.asset, cells) for one, cells in _told(told))
    return timeline_panel([*entries_of_component(component), *joined], component)


def _told(found: list[Joined]) -> Iterator[tuple[Joined, tuple[Cell, Cell]]]:
    """Each event with what happened and with who tells it."""
    for one in found:
        if one.failure is not None:
            yield one, (_what_failed(one.failure), told_by(one.failure))
        elif one.ticket is not None:
            yield one, (_what_it_says(one.ticket), link(one.ticket, one.ticket.external_id))


def _entry(one: Joined, other: Asset | Component | None, cells: tuple[Cell, Cell]) -> Entry:
    time = moment_between(one.failure.not_before if one.failure else None, one.at)
    return Entry(one.position, (time, type_label(one.type, _COLOURS[one.type]), link(other), *cells))


def _what_failed(failure: Failure) -> SafeString:
    return format_html("{} {}", link(failure, failure.mode), word_label(failure.severity, SEVERITY_COLOURS))


def _what_it_says(ticket: Ticket) -> SafeString:
    return format_html("{} {}", cut(ticket.title, 60), state_label(ticket))
