"""The tables of timelines on the pages of assets and components; `tickets` registers them, and joins its own rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from registry.admin.cells import label, link, list_address, moment_between
from registry.admin.panels import Cell, Panel
from registry.models import Asset, Component
from timeline.admin.changes import change, event_label, source
from timeline.models import AssetEvent, Event

MOST_EVENTS = 100
ASKED = MOST_EVENTS + 1  # one more than is shown tells that there are more
_SHOWN = ("component", "asset", "from_asset", "bundle", "assertion__component")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a timeline's table, and where it stands on the timeline."""

    position: str
    cells: Sequence[Cell]


def entries_of_asset(asset: Asset) -> list[Entry]:
    """The asset's latest events."""
    places = AssetEvent.objects.filter(asset=asset).select_related(*(f"event__{name}" for name in _SHOWN))
    events = [place.event for place in places.order_by("-position")[:ASKED]]
    return [_entry(event, event.component) for event in events]


def entries_of_component(component: Component) -> list[Entry]:
    """The component's latest events."""
    events = Event.objects.filter(component=component).select_related(*_SHOWN).order_by("-position", "-id")
    return [_entry(event, event.asset or event.from_asset) for event in events[:ASKED]]


def _entry(event: Event, other: Asset | Component | None) -> Entry:
    cells = (
        moment_between(event.not_before, event.occurred_at),
        event_label(event),
        link(other),
        change(event),
        source(event),
    )
    return Entry(event.position, cells)


def type_label(kind: str, colour: str) -> SafeString:
    """The type of an event that is no row of the timeline, in the words of those that are."""
    return label(kind.replace("_", " ").title(), colour)


def timeline_panel(entries: Iterable[Entry], thing: Asset | Component) -> Panel:
    """The timeline of `thing`, newest first: the latest of `entries`, which come in no order."""
    ordered = sorted(entries, key=lambda entry: entry.position, reverse=True)
    is_asset = isinstance(thing, Asset)
    key = "places__asset__id__exact" if is_asset else "component__id__exact"
    return Panel(
        title="Timeline",
        note=f"the latest {MOST_EVENTS}" if len(ordered) > MOST_EVENTS else str(len(ordered)),
        headers=("Time", "Event", "Component" if is_asset else "Asset", "What", "Evidence"),
        rows=[entry.cells for entry in ordered[:MOST_EVENTS]],
        empty="Nothing derived yet.",
        more=(list_address(Event, **{key: thing.pk}), "What bundles tell, as a list"),
    )
