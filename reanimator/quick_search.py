"""The search box of the sidebar: one place to type a serial, a host name or a digest."""

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from ingest.models import Bundle
from registry.models import Asset, Component
from tickets.models import Ticket

SEARCHED: tuple[tuple[type[Model], str], ...] = (
    (Asset, "dns"),
    (Component, "memory"),
    (Bundle, "inbox"),
    (Ticket, "confirmation_number"),
)
# The theme's own search of models reads every row that matches; one letter would read the whole fleet.
MOST_OF_EACH = 10
SHORTEST_TERM = 3


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """The first assets, components, bundles and tickets of that name which the user may see."""
    if len(term) < SHORTEST_TERM:
        return []
    return [result for model, icon in SEARCHED for result in _found(request, model, icon, term)]


def _found(request: HttpRequest, model: type[Model], icon: str, term: str) -> Iterator[SearchResult]:
    pages = admin.site.get_model_admin(model)
    if not pages.has_view_permission(request):
        return
    rows, _ = pages.get_search_results(request, pages.get_queryset(request), term)
    meta = model._meta
    for row in rows[:MOST_OF_EACH]:
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        yield SearchResult(title=str(row), description=str(meta.verbose_name).capitalize(), link=address, icon=icon)
