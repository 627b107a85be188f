"""Spellings of vendors."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm

from registry.admin.records import RecordAdmin
from registry.domain.identity import vendor_key
from registry.models import VendorAlias


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
