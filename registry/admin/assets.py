"""Servers and other chassis."""

import re

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter

from registry.admin import searching
from registry.admin.cells import health_label, label, link, list_address, model_name, moment, one_line, word_label
from registry.admin.declaring import DeclaredAdmin
from registry.admin.locations import LocationFilter
from registry.admin.panels import Page, Panel
from registry.admin.records import RecordAdmin
from registry.models import Asset, Component, Installation

MOST_PARTS = 500
MOST_PAST = 50

asset_page = Page()


@admin.register(Asset)
class AssetAdmin(DeclaredAdmin, RecordAdmin):
    """Assets. Only who owns one, where it stands and its status are edited: the rest is read from bundles."""

    list_display = (
        "serial",
        "host",
        "model_cell",
        "status_label",
        "project_link",
        "location_link",
        "last_seen_at",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("project", AutocompleteSelectFilter),
        ("location", LocationFilter),
        "has_conflicts",
        ("last_seen_at", RangeDateFilter),
    )
    list_select_related = ("project", "location__parent")
    sortable_by = ("serial", "host", "last_seen_at")
    name_steps = (searching.serial_begins, searching.hostname_begins, searching.tag_begins)
    search_fields = ("hostname", "model", "vendor", "project__code")
    search_help_text = "Serial, host name, tag, model or project"
    autocomplete_fields = ("project", "location")
    page = asset_page
    fieldsets = (
        (None, {"fields": (("vendor", "model", "serial", "hostname", "first_seen_at", "last_seen_at"),)}),
        (None, {"fields": (("project", "location", "status", "tag"),)}),
    )

    add_fieldsets = (
        (None, {"fields": (("vendor", "model", "serial", "hostname"), ("project", "location", "status", "tag"))}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What bundles tell of an asset is no one's to edit once the asset exists."""
        if obj is None:
            return ()
        return ("vendor", "model", "serial", "hostname", "first_seen_at", "last_seen_at")

    @admin.display(description="host name", ordering="hostname")
    def host(self, asset: Asset) -> SafeString:
        """The host name on one line."""
        return one_line(asset.hostname)

    @admin.display(description="model")
    def model_cell(self, asset: Asset) -> str:
        """Vendor and model."""
        return model_name(asset.vendor, asset.model)

    @admin.display(description="status")
    def status_label(self, asset: Asset) -> SafeString:
        """The status as a label, and whether something's identity is in doubt."""
        doubt = label("conflict", "warning") if asset.has_conflicts else ""
        return format_html("{} {}", word_label(asset.status), doubt)

    @admin.display(description="project")
    def project_link(self, asset: Asset) -> SafeString:
        """A link to the project."""
        return link(asset.project)

    @admin.display(description="location")
    def location_link(self, asset: Asset) -> SafeString:
        """A link to the location, with the one it lies in: racks are numbered anew in every room."""
        place = asset.location
        return link(place, f"{place.parent}, {place}" if place and place.parent else "")


@asset_page.panel(rank=20, permission="registry.view_component")
def current_components(asset: Asset) -> Panel:
    """What sits in the asset now, by type and slot."""
    parts = list(asset.components.order_by("type", "slot", "id")[: MOST_PARTS + 1])
    parts.sort(key=lambda part: (part.type, _by_number(part.slot)))
    return Panel(
        title="Components",
        note=_count(len(parts), MOST_PARTS),
        headers=("Type", "Slot", "Model", "Serial", "Firmware", "Health", "Installed"),
        rows=[
            (
                part.type,
                part.slot or "–",
                model_name(part.vendor, part.model),
                link(part, part.serial or "no serial"),
                part.firmware or "–",
                health_label(part.health),
                moment(part.installed_at),
            )
            for part in parts[:MOST_PARTS]
        ],
        empty="No bundle showed a component in this asset.",
        more=(list_address(Component, asset__id__exact=asset.pk), "Open as a list"),
    )


@asset_page.panel(rank=60, permission="registry.view_installation")
def past_components(asset: Asset) -> Panel:
    """What sat in the asset once, last removed first."""
    past = (
        Installation.objects.filter(asset=asset, removed_at__isnull=False)
        .select_related("component")
        .order_by("-ends_at", "-id")[:MOST_PAST]
    )
    return Panel(
        title="Past components",
        headers=("Type", "Slot", "Model", "Serial", "From", "To"),
        rows=[
            (
                one.component.type,
                one.slot or "–",
                one.component.model or "–",
                link(one.component, one.component.serial or "no serial"),
                moment(one.installed_at),
                moment(one.removed_at),
            )
            for one in past
        ],
        empty="Nothing was ever removed.",
        more=(list_address(Installation, asset__id__exact=asset.pk), "All installations"),
    )


def _by_number(slot: str) -> list[tuple[int, str]]:
    """A sorting key that puts A10 behind A2."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", slot)]


def _count(number: int, limit: int) -> str:
    return f"the first {limit}" if number > limit else str(number)
