"""Operators' words on why components were taken out."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from registry.admin import searching
from registry.admin.cells import link, moment
from registry.admin.records import RecordAdmin
from registry.domain.vocabulary import RemovalReason
from registry.models import Installation
from timeline.models import RemovalWord
from timeline.services.removals import say_why_removed


class WordForm(ModelForm):
    """Why a component was taken out of an asset, where it was last."""

    installation: Installation

    class Meta:
        model = RemovalWord
        fields = ("component", "asset", "reason")

    def clean(self) -> dict[str, Any]:
        """The component must have left the asset."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        stays = Installation.objects.filter(component=values["component"], asset=values["asset"])
        found = stays.filter(removed_at__isnull=False).order_by("-removed_at").first()
        if found is None:
            self.add_error("asset", "It was never taken out of this asset.")
        else:
            self.installation = found
            self.instance.at = found.removed_at
        return values


@admin.register(RemovalWord)
class RemovalWordAdmin(RecordAdmin):
    """Words on removals: evidence, so never edited; another word corrects one."""

    list_display = ("removed", "reason", "component_link", "asset_link", "recorded_by", "recorded_at")
    list_filter = (("reason", ChoicesDropdownFilter), ("asset", AutocompleteSelectFilter))
    list_select_related = ("component", "asset", "recorded_by")
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("reason",)
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    autocomplete_fields = ("component", "asset")
    form = WordForm
    fields = ("component", "asset", "reason")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Records the word on the component's last stay there."""
        say_why_removed(form.installation.pk, RemovalReason(form.cleaned_data["reason"]), user=request.user)
        obj.pk = RemovalWord.objects.filter(component=obj.component).order_by("-pk").values_list("pk", flat=True)[0]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    @admin.display(description="removed", ordering="at")
    def removed(self, word: RemovalWord) -> SafeString:
        """When it was taken out, as was known then."""
        return moment(word.at)

    @admin.display(description="component")
    def component_link(self, word: RemovalWord) -> SafeString:
        """A link to the component."""
        return link(word.component)

    @admin.display(description="asset")
    def asset_link(self, word: RemovalWord) -> SafeString:
        """A link to the asset."""
        return link(word.asset)
