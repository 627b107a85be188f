"""Replaceable parts."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from registry.admin import searching
from registry.admin.cells import health_label, link, list_address, moment, moment_between, mono, word_label
from registry.admin.panels import Page, Panel
from registry.admin.records import LargeTable, RecordAdmin
from registry.models import Component, ComponentIdentifier, Installation

MOST_INSTALLATIONS = 100

component_page = Page()


class IdentifierInline(TabularInline):
    """WWNs, UUIDs and MAC addresses seen on a component."""

    model = ComponentIdentifier
    fields = ("kind", "value")
    readonly_fields = ("kind", "value")
    extra = 0
    can_delete = False
    verbose_name_plural = "identifiers"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: they are read from bundles."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: they are read from bundles."""
        return False


@admin.register(Component)
class ComponentAdmin(LargeTable, RecordAdmin):
    """Components. Only the lot and the day of making are edited: the rest is derived from evidence."""

    list_display = (
        "name",
        "type",
        "vendor",
        "model",
        "status_label",
        "asset_link",
        "slot",
        "firmware",
        "health_cell",
        "last_seen_at",
    )
    list_filter = (
        ("type", ChoicesDropdownFilter),
        ("health", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("lot", AutocompleteSelectFilter),
        ("asset", AutocompleteSelectFilter),
    )
    list_select_related = ("asset",)
    narrowed_by = ("asset__id__exact",)
    narrowed_ordering = ("type", "slot", "id")
    name_steps = (
        searching.serial_begins,
        searching.has_identifier,
        searching.of_asset,
        searching.model_begins,
    )
    search_fields = ("serial", "slot", "model", "firmware")
    search_help_text = (
        "Beginning of a serial or model, an identifier (WWN, UUID, MAC), or the asset's serial or host name"
    )
    autocomplete_fields = ("lot",)
    inlines = (IdentifierInline,)
    page = component_page
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("type", "vendor", "model", "part_number", "serial"),
                    ("status", "asset_link", "slot", "firmware", "health"),
                    ("installed_at", "first_seen_at", "last_seen_at"),
                )
            },
        ),
        ("Origin", {"fields": (("lot", "manufactured_on"),)}),
    )
    readonly_fields = (
        "type",
        "vendor",
        "model",
        "part_number",
        "serial",
        "status",
        "asset_link",
        "slot",
        "firmware",
        "health",
        "installed_at",
        "first_seen_at",
        "last_seen_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: a part enters by its first bundle, or by the API, which checks its identity."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only for a part of which nothing was ever seen."""
        return obj is not None and obj.first_seen_at is None and bool(super().has_delete_permission(request, obj))

    @admin.display(description="serial")
    def name(self, component: Component) -> SafeString | str:
        """The serial, or that there is none."""
        return mono(component.serial) if component.serial else "no serial"

    @admin.display(description="status")
    def status_label(self, component: Component) -> SafeString:
        """The status as a label."""
        return word_label(component.status)

    @admin.display(description="asset")
    def asset_link(self, component: Component) -> SafeString:
        """A link to the asset it sits in."""
        return link(component.asset)

    @admin.display(description="health")
    def health_cell(self, component: Component) -> SafeString:
        """The health as a label."""
        return health_label(component.health)


@component_page.panel(rank=20, permission="registry.view_installation")
def installations(component: Component) -> Panel:
    """Where the component sat and when, latest first."""
    rows = component.installations.select_related("asset").order_by("-installed_at", "-id")[:MOST_INSTALLATIONS]
    return Panel(
        title="Installations",
        headers=("Asset", "Slot", "From", "To"),
        rows=[
            (
                link(one.asset),
                one.slot or "–",
                moment_between(one.not_before, one.installed_at),
                moment(one.removed_at) if one.removed_at else "still there",
            )
            for one in rows
        ],
        empty="It was never seen in an asset that is known.",
        more=(list_address(Installation, component__id__exact=component.pk), "Open as a list"),
    )
