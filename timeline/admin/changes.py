"""How events look in the admin's tables."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.admin.cells import NOTHING, from_to, from_to_on_one_line, health_label, label, link
from registry.models import Asset
from timeline.models import Event

EVENT_COLOURS = {
    Event.Type.INSTALLED: "success",
    Event.Type.MOVED: "info",
    Event.Type.REMOVED: "warning",
    Event.Type.FIRMWARE_CHANGED: "primary",
    Event.Type.HEALTH_CHANGED: "danger",
}


def event_label(event: Event) -> SafeString:
    """The event's type as a label."""
    return label(event.get_type_display(), EVENT_COLOURS.get(Event.Type(event.type), ""))


def change(event: Event) -> SafeString:
    """What changed, as before → after; for a move between assets with both of them."""
    if event.type == Event.Type.LOG_COLLECTED:
        return NOTHING
    if event.type == Event.Type.HEALTH_CHANGED:
        return from_to_on_one_line(health_label(event.from_value), health_label(event.to_value))
    if event.type == Event.Type.FIRMWARE_CHANGED:
        return from_to_on_one_line(event.from_value, event.to_value)
    crosses = event.from_asset_id is not None and event.asset_id is not None and event.from_asset_id != event.asset_id
    before = _place(event.from_asset if crosses else None, event.from_value)
    after = _place(event.asset if crosses else None, event.to_value)
    if event.type == Event.Type.INSTALLED:
        return after
    if event.type == Event.Type.REMOVED:
        return before
    return from_to(before, after) if crosses else from_to_on_one_line(before, after)


def source(event: Event) -> SafeString:
    """A link to the evidence: the bundle, or an operator's assertion."""
    return link(event.bundle or event.assertion)


def _place(asset: Asset | None, slot: str) -> SafeString:
    if asset is None:
        return format_html("{}", slot) if slot else NOTHING
    return format_html("{} {}", link(asset), slot)
