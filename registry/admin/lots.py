"""Batches of components."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from registry.admin.cells import anchor, list_address
from registry.admin.records import RecordAdmin
from registry.models import Component, Lot


@admin.register(Lot)
class LotAdmin(RecordAdmin):
    """Lots."""

    list_display = ("code", "vendor", "manufactured_on", "components", "created_at")
    search_fields = ("code", "vendor")
    search_help_text = "Code or vendor"
    sortable_by = ("code", "vendor", "manufactured_on", "created_at")
    fields = (("code", "vendor"), "manufactured_on", "notes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lot]:
        """Lots with the number of their components."""
        lots: QuerySet[Lot] = super().get_queryset(request)
        return lots.annotate(component_count=Count("components"))

    @admin.display(description="components")
    def components(self, lot: Lot) -> SafeString:
        """A link to the lot's components."""
        number = lot.component_count  # type: ignore[attr-defined]  # the list's query adds it
        return anchor(list_address(Component, lot__id__exact=lot.pk), str(number))
