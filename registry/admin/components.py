"""Replaceable parts."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from registry.admin import searching
from registry.admin.cells import health_label, link, list_address, moment, moment_between, word_label
from registry.admin.declaring import DeclaredAdmin
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
    hide_title = True
    verbose_name_plural = "identifiers"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: they are read from bundles."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: they are read from bundles."""
        return False


@admin.register(Component)
class ComponentAdmin(DeclaredAdmin, LargeTable, RecordAdmin):
    """Components. Only the lot and the day of making are edited: the rest is derived from evidence."""

    list_display = (
        "name",
        "type",
        "vendor",
        "model",
        "place",
        "slot",
        "firmware",
        "health_cell",
        "last_seen",
    )
    list_filter = (
        ("type", ChoicesDropdownFilter),
        ("health", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("lot", AutocompleteSelectFilter),
        ("asset", AutocompleteSelectFilter),
    )
    list_prefetch_related = ("asset",)
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
        (None, {"fields": (("lot", "manufactured_on"),)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": (("type", "vendor", "model", "part_number", "serial"), ("lot", "manufactured_on"))},
        ),
    )
    derived_fields = (
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

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[type[TabularInline], ...]:
        """The identifiers, where there are any."""
        return self.inlines if obj is not None and obj.identifiers else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Component]:
        """Components, without those that turned out to be others."""
        return super().get_queryset(request).filter(merged_into__isnull=True)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What bundles tell of a component is no one's to edit once it exists."""
        return self.derived_fields if obj is not None else ()

    @admin.display(description="serial")
    def name(self, component: Component) -> str:
        """The serial, or that there is none."""
        return component.serial or "no serial"

    @admin.display(description="asset")
    def place(self, component: Component) -> SafeString:
        """A link to the asset it sits in, or that it sits in none."""
        return link(component.asset) if component.asset else word_label(component.status)

    @admin.display(description="last seen")
    def last_seen(self, component: Component) -> SafeString:
        """When a bundle showed it last."""
        return moment(component.last_seen_at)

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
        headers=("Asset", "Slot", "From", "To", "Why it left"),
        rows=[
            (
                link(one.asset),
                one.slot or "–",
                moment_between(one.not_before, one.installed_at),
                moment(one.removed_at) if one.removed_at else "still there",
                one.removal_reason or "–",
            )
            for one in rows
        ],
        empty="It was never seen in an asset that is known.",
        more=(list_address(Installation, component__id__exact=component.pk), "Open as a list"),
    )
