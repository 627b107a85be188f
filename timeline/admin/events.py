"""What is derived: events and firmware periods, each only to be looked at."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from registry.admin import searching
from registry.admin.cells import link, moment_between
from registry.admin.records import LargeTable, ReadOnlyAdmin
from timeline.admin.changes import change, event_label, source
from timeline.models import AssetEvent, Event, FirmwarePeriod

OF_ASSET = "places__asset__id__exact"


class AssetEventInline(TabularInline):
    """The timelines that an event is on."""

    model = AssetEvent
    fields = ("asset",)
    readonly_fields = ("asset",)
    extra = 0
    can_delete = False
    hide_title = True
    verbose_name_plural = "on the timelines of"

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody: it is derived."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody: it is derived."""
        return False


@admin.register(Event)
class EventAdmin(LargeTable, ReadOnlyAdmin):
    """Events."""

    list_display = (
        "time",
        "type_label",
        "asset_link",
        "component_link",
        "change_cell",
        "source_link",
    )
    list_filter = (("type", ChoicesDropdownFilter), ("component", AutocompleteSelectFilter))
    list_prefetch_related = ("asset", "from_asset", "component", "bundle", "assertion__component")
    narrowed_by = ("component__id__exact", OF_ASSET)
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("from_value", "to_value")
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    inlines = (AssetEventInline,)
    fields = (
        ("occurred_at", "not_before", "type_label"),
        ("asset_link", "component_link", "change_cell", "source_link"),
        "key",
    )
    readonly_fields = ("type_label", "asset_link", "component_link", "change_cell", "source_link")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first where they are few: an asset's events in its own index, a component's in its."""
        if OF_ASSET in request.GET:
            return ("-places__position",)
        return ("-position", "-id") if self.is_narrowed(request) else ("-id",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Also by the asset on whose timeline an event is: a move is on two."""
        return lookup == OF_ASSET or bool(super().lookup_allowed(lookup, value, request))

    @admin.display(description="time")
    def time(self, event: Event) -> SafeString:
        """When it was noticed, and since when it may have been so."""
        return moment_between(event.not_before, event.occurred_at)

    @admin.display(description="type")
    def type_label(self, event: Event) -> SafeString:
        """The type as a label."""
        return event_label(event)

    @admin.display(description="asset")
    def asset_link(self, event: Event) -> SafeString:
        """A link to the asset."""
        return link(event.asset)

    @admin.display(description="component")
    def component_link(self, event: Event) -> SafeString:
        """A link to the component."""
        return link(event.component)

    @admin.display(description="from → to")
    def change_cell(self, event: Event) -> SafeString:
        """What changed."""
        return change(event)

    @admin.display(description="evidence")
    def source_link(self, event: Event) -> SafeString:
        """A link to the evidence."""
        return source(event)


@admin.register(FirmwarePeriod)
class FirmwarePeriodAdmin(LargeTable, ReadOnlyAdmin):
    """Which firmware a component ran and when."""

    list_display = ("firmware", "component_link", "started_at", "ended_at")
    list_filter = (("component", AutocompleteSelectFilter),)
    list_prefetch_related = ("component",)
    narrowed_by = ("component__id__exact",)
    narrowed_ordering = ("-started_at", "-id")
    name_steps = (searching.of_component,)
    search_fields = ("firmware",)
    search_help_text = "Beginning of a component's serial"
    fields = (("component_link", "firmware", "started_at", "ended_at"),)
    readonly_fields = ("component_link",)

    @admin.display(description="component")
    def component_link(self, period: FirmwarePeriod) -> SafeString:
        """A link to the component."""
        return link(period.component)
