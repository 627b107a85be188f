"""Where components sat and when."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter

from registry.admin import searching
from registry.admin.cells import link
from registry.admin.records import LargeTable, ReadOnlyAdmin
from registry.models import Installation


class OpenFilter(DropdownFilter):
    """Whether the component sits there still."""

    title = "still installed"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes and no."""
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The open ones, the closed ones, or all."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(open_component__isnull=self.value() == "no")


@admin.register(Installation)
class InstallationAdmin(LargeTable, ReadOnlyAdmin):
    """Installations: derived from evidence, never edited."""

    list_display = ("component_link", "asset_link", "slot", "installed_at", "removed_at")
    list_display_links = ("installed_at",)
    list_filter = (OpenFilter, ("asset", AutocompleteSelectFilter), ("component", AutocompleteSelectFilter))
    list_prefetch_related = ("component", "asset")
    narrowed_by = ("asset__id__exact", "component__id__exact")
    narrowed_ordering = ("-installed_at", "-id")
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("slot",)
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    fields = (("component_link", "asset_link", "slot"), ("installed_at", "removed_at", "not_before"))
    readonly_fields = ("component_link", "asset_link")

    @admin.display(description="component")
    def component_link(self, installation: Installation) -> SafeString:
        """A link to the component."""
        return link(installation.component)

    @admin.display(description="asset")
    def asset_link(self, installation: Installation) -> SafeString:
        """A link to the asset."""
        return link(installation.asset)
