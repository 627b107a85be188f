"""How values look in the admin's tables: links, times, coloured labels."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from registry.domain.identity import vendor_key
from registry.domain.serials import normalise
from registry.domain.vocabulary import AssetStatus, Health, Severity, Status

LINE_BREAK = mark_safe("<br>")
LONGEST_LINK = 26
KEPT_END = 10
NOTHING = mark_safe('<span class="text-subtle">–</span>')

HEALTH_COLOURS: dict[str, str] = {
    Health.OK: "success",
    Health.WARNING: "warning",
    Health.CRITICAL: "danger",
    Health.FAILED: "danger",
}
SEVERITY_COLOURS: dict[str, str] = {Severity.FATAL: "danger", Severity.CRITICAL: "warning"}
STATUS_COLOURS: dict[str, str] = {
    Status.INSTALLED: "success",
    Status.REMOVED: "warning",
    AssetStatus.ACTIVE: "success",
    AssetStatus.SPARE: "info",
}


# The words are few and a page shows hundreds of them.
@lru_cache(maxsize=1024)
def label(text: str, colour: str = "") -> SafeString:
    """`text` as a label; `colour`: success, info, warning, danger, primary, or plain."""
    return mark_safe(render_to_string("unfold/helpers/label.html", {"text": text, "variant": colour}).strip())


def health_label(health: str) -> SafeString:
    """A health word as a label, or a dash where nobody told."""
    if health in ("", Health.UNKNOWN):
        return NOTHING
    return label(health, HEALTH_COLOURS.get(health, ""))


def word_label(word: str, colours: Mapping[str, str] = STATUS_COLOURS) -> SafeString:
    """`word` as a label in the colour that `colours` gives it."""
    return label(word, colours.get(word, "")) if word else NOTHING


def link(target: Model | None, text: str = "") -> SafeString:
    """A link to the admin's page of `target`, or a dash."""
    if target is None:
        return NOTHING
    meta = target._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[target.pk])
    return anchor(address, text or str(target))


def list_address(model: type[Model], **filters: str | int) -> str:
    """The address of the admin's list of `model`, filtered."""
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def anchor(address: str, text: str) -> SafeString:
    """A link to any address; a long text is cut in its middle, and whole under the pointer."""
    shown = text if len(text) <= LONGEST_LINK else f"{text[: LONGEST_LINK - KEPT_END - 1]}…{text[-KEPT_END:]}"
    return format_html('<a href="{}" class="text-link whitespace-nowrap" title="{}">{}</a>', address, text, shown)


def one_line(text: str) -> SafeString:
    """`text` kept on one line, or a dash."""
    return format_html('<span class="whitespace-nowrap">{}</span>', text) if text else NOTHING


def moment(time: datetime | None) -> SafeString:
    """A time to the minute, or a dash."""
    return one_line(plain_moment(time)) if time else NOTHING


def plain_moment(time: datetime) -> str:
    """A time to the minute, as plain text."""
    return date_format(timezone.localtime(time), "DATETIME_FORMAT")


def model_name(vendor: str, model: str) -> str:
    """Vendor and model, without the vendor twice where the model begins with it."""
    if normalise(model).startswith(vendor_key(vendor)):
        return model or "–"
    return f"{vendor} {model}".strip()


def moment_between(not_before: datetime | None, time: datetime) -> SafeString:
    """When something was noticed, and below it since when it may have been so."""
    if not_before is None:
        return moment(time)
    return format_html(
        '{}<br><span class="text-subtle whitespace-nowrap">after {}</span>', moment(time), plain_moment(not_before)
    )


def from_to(before: str, after: str) -> SafeString:
    """A change, as before → after."""
    return format_html("{} → {}", before or NOTHING, after or NOTHING)


def from_to_on_one_line(before: str, after: str) -> SafeString:
    """A change of short words, as before → after."""
    return format_html('<span class="whitespace-nowrap">{}</span>', from_to(before, after))
