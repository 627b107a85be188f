"""Operators' assertions, only to be looked at."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter

from registry.admin import searching
from registry.admin.cells import label, link
from registry.admin.records import ReadOnlyAdmin
from timeline.models import Assertion


@admin.register(Assertion)
class AssertionAdmin(ReadOnlyAdmin):
    """Assertions: evidence, so never edited; another assertion corrects one."""

    list_display = ("at", "act_label", "component_link", "asset_link", "slot", "recorded_by", "recorded_at")
    list_filter = (
        ("act", ChoicesDropdownFilter),
        ("asset", AutocompleteSelectFilter),
        ("at", RangeDateFilter),
    )
    list_select_related = ("component", "asset", "recorded_by")
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("note", "slot")
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    fields = (
        ("act_label", "component_link", "asset_link", "slot", "at"),
        "note",
        ("recorded_by", "recorded_at"),
    )
    readonly_fields = ("act_label", "component_link", "asset_link")

    @admin.display(description="act", ordering="act")
    def act_label(self, assertion: Assertion) -> SafeString:
        """The act as a label."""
        return label(assertion.act, "success" if assertion.act == Assertion.Act.INSTALL else "warning")

    @admin.display(description="component")
    def component_link(self, assertion: Assertion) -> SafeString:
        """A link to the component."""
        return link(assertion.component)

    @admin.display(description="asset")
    def asset_link(self, assertion: Assertion) -> SafeString:
        """A link to the asset."""
        return link(assertion.asset)
