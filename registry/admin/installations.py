"""Where components sat and when."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from registry.admin import searching
from registry.admin.cells import link
from registry.admin.records import LargeTable, ReadOnlyAdmin
from registry.models import Installation


class OpenFilter(admin.SimpleListFilter):
    """Whether the component sits there still."""

    title = "still installed"
    parameter_name = "open"

    def lookups(self, request: object, model_admin: object) -> list[tuple[str, str]]:
        """Yes and no."""
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: object, queryset: object) -> object:
        """The open ones, the closed ones, or all."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(open_component__isnull=self.value() == "no")  # type: ignore[attr-defined]


@admin.register(Installation)
class InstallationAdmin(LargeTable, ReadOnlyAdmin):
    """Installations: derived from evidence, never edited."""

    list_display = ("component_link", "asset_link", "slot", "installed_at", "removed_at")
    list_display_links = ("installed_at",)
    list_filter = (OpenFilter, ("asset", AutocompleteSelectFilter), ("component", AutocompleteSelectFilter))
    list_select_related = ("component", "asset")
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
