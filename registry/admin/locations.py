"""The tree of places."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.views import ChangeList

from registry.admin.cells import anchor, list_address
from registry.admin.records import RecordAdmin
from registry.models import Asset, Location


class TreeList(ChangeList):
    """A list in the tree's order: each place right below the one it lies in."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> Sequence[str]:
        """The tree's order and no other."""
        return ("tree_ordering", "pk")


@admin.register(Location)
class LocationAdmin(RecordAdmin):
    """Places, indented by their depth in the tree."""

    list_display = ("place", "kind", "assets")
    list_display_links = ("place",)
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_per_page = 200
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = "Name"
    autocomplete_fields = ("parent",)
    fields = ("name", "kind", "parent")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        """Places with their depth."""
        found: QuerySet[Location] = super().get_queryset(request).with_tree_fields()
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list that keeps the tree's order."""
        return TreeList

    @admin.display(description="name")
    def place(self, location: Location) -> SafeString:
        """The name, indented."""
        depth = location.tree_depth
        return format_html('<span style="padding-left: {}rem">{}</span>', 1.5 * depth, location.name)

    @admin.display(description="assets")
    def assets(self, location: Location) -> SafeString:
        """A link to what stands there, or anywhere below."""
        return anchor(list_address(Asset, location__id__exact=location.pk), "show")


class LocationFilter(AutocompleteSelectFilter):
    """Rows whose location is the chosen place or lies in it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        """The rows that stand there or anywhere below."""
        chosen = self.value()
        if not chosen or not str(chosen).isdigit():
            return queryset
        places = Location.objects.descendants(int(chosen), include_self=True)
        return queryset.filter(**{f"{self.field_path}__in": list(places.values_list("pk", flat=True))})
