"""Pages that ask something before they do it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from registry.admin.panels import Notice, Panel


def asking(
    pages: ModelAdmin,
    request: HttpRequest,
    form: BaseForm,
    *,
    title: str,
    page: str,
    original: Model | None = None,
    button: str = "Save",
    meaning: str = "",
    notices: Sequence[Notice] = (),
    panels: Sequence[Panel] = (),
    hidden: Sequence[tuple[str, object]] = (),
) -> TemplateResponse:
    """The page with `form`, and above it what one should know to answer; `page`: where one goes back to.

    `hidden`: names and values that are sent with the form.
    """
    context: dict[str, Any] = {
        **pages.admin_site.each_context(request),
        "title": title,
        "opts": pages.model._meta,
        "original": original,
        "form": form,
        "media": pages.media + form.media,
        "page": page,
        "button": button,
        "meaning": meaning,
        "notices": notices,
        "panels": panels,
        "hidden": hidden,
    }
    return TemplateResponse(request, "registry/asking.html", context)
