"""A form that asks which thing is meant."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.forms import ModelForm, modelform_factory
from django.http import HttpRequest

from registry.models import Asset, Component, Project
from tickets.models import TicketLink


class TargetForm(ModelForm):
    """One of several kinds of thing; `target` is what was chosen."""

    target: Project | Asset | Component

    def clean(self) -> dict[str, Any]:
        """Exactly one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = [thing for thing in cleaned.values() if thing is not None]
        if len(chosen) != 1:
            raise forms.ValidationError("Choose one thing.")
        self.target = chosen[0]
        return cleaned

    def _post_clean(self) -> None:
        """Nothing: the form makes no link itself, so there is none to be checked."""


def target_form(request: HttpRequest, kinds: Sequence[str], initial: dict[str, Any] | None = None) -> TargetForm:
    """The form, bound to what was sent when something was."""
    pages = admin.site.get_model_admin(TicketLink)
    form = modelform_factory(
        TicketLink,
        form=TargetForm,
        fields=tuple(kinds),
        formfield_callback=lambda field, **options: pages.formfield_for_dbfield(field, request, **options),
    )
    made = cast(TargetForm, form(request.POST or None, initial=initial))
    for field in made.fields.values():
        field.required = False
    return made
