"""What `timeline` knows of an asset and of a component, on their pages."""

from django.db.models import Q
from django.utils.html import format_html, format_html_join

from registry.admin.assets import asset_page
from registry.admin.cells import LINE_BREAK, link, moment
from registry.admin.components import component_page
from registry.admin.panels import Notice, Panel
from registry.models import Asset, Component
from timeline.models import FirmwarePeriod, IdentityConflict

MOST_PERIODS = 100
MOST_CONFLICTS = 10


@asset_page.panel(rank=0, permission="timeline.view_identityconflict")
def conflicts_of_asset(asset: Asset) -> Notice | None:
    """Names in this asset that cannot be one part."""
    return _conflicts(Q(asset=asset) | Q(other_asset=asset))


@component_page.panel(rank=0, permission="timeline.view_identityconflict")
def conflicts_of_component(component: Component) -> Notice | None:
    """Why this may be more than one part."""
    return _conflicts(Q(component=component))


@component_page.panel(rank=30, permission="timeline.view_firmwareperiod")
def firmware_periods(component: Component) -> Panel:
    """Which firmware the component ran, latest first."""
    periods = FirmwarePeriod.objects.filter(component=component).order_by("-started_at", "-id")[:MOST_PERIODS]
    return Panel(
        title="Firmware",
        headers=("Version", "From", "To"),
        rows=[
            (
                period.firmware,
                moment(period.started_at),
                moment(period.ended_at) if period.ended_at else "still running",
            )
            for period in periods
        ],
        empty="No bundle shows a firmware version.",
    )


def _conflicts(concerned: Q) -> Notice | None:
    conflicts = list(
        IdentityConflict.objects.open()
        .filter(concerned)
        .select_related("component", "asset", "other_asset")
        .order_by("-last_at", "-id")[:MOST_CONFLICTS]
    )
    if not conflicts:
        return None
    lines = format_html_join(LINE_BREAK, "{}", ((_conflict(conflict),) for conflict in conflicts))
    return Notice(format_html("Identity in doubt.<br>{}", lines))


def _conflict(conflict: IdentityConflict) -> str:
    name = link(conflict, conflict.name)
    if conflict.kind == IdentityConflict.Kind.TWO_SLOTS:
        return format_html("{} is at two slots of {} in one bundle.", name, link(conflict.asset))
    return format_html(
        "{} is seen in {} and in {} in turn, until {}.",
        name,
        link(conflict.asset),
        link(conflict.other_asset),
        moment(conflict.last_at),
    )
