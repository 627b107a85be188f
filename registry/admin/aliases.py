"""Spellings of vendors."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from registry.admin.records import RecordAdmin
from registry.domain.identity import vendor_key
from registry.models import VendorAlias
from registry.services import delete_alias, save_alias


class VendorAliasForm(ModelForm):
    """Takes a spelling as printed and keeps the form in which spellings are compared."""

    class Meta:
        model = VendorAlias
        fields = ("spelling", "vendor")

    def clean_spelling(self) -> str:
        """The spelling as it is compared."""
        spelling = vendor_key(self.cleaned_data["spelling"])
        if not spelling:
            raise ValidationError("Only the form of a company, no name.")
        return spelling


@admin.register(VendorAlias)
class VendorAliasAdmin(RecordAdmin):
    """Spellings of vendors and the names they stand for."""

    form = VendorAliasForm
    list_display = ("spelling", "vendor")
    search_fields = ("spelling", "vendor")
    search_help_text = "Spelling or vendor"

    def save_model(self, request: HttpRequest, obj: VendorAlias, form: Any, change: Any) -> None:
        """Stores it; what it touches is derived anew."""
        save_alias(obj)

    def delete_model(self, request: HttpRequest, obj: VendorAlias) -> None:
        """Takes it away; what it touched is derived anew."""
        delete_alias(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[VendorAlias]) -> None:
        """Takes several away."""
        for alias in queryset:
            delete_alias(alias)
