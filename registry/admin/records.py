"""What all of the admin's pages share."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import ShowFacets
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from registry.admin.panels import Page
from registry.admin.searching import Step


class RecordAdmin(ModelAdmin):
    """Pages of a table whose rows people edit.

    `name_steps` are tried in turn; `search_fields` are searched when no step finds a row. `page` holds the panels
    of a row's page. `opened_by` are filters under which the rows come in `opened_ordering`; without one of
    them the newest come first.
    """

    list_per_page = 50
    list_fullwidth = True
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they count the whole table once per choice
    compressed_fields = False  # or labels and values of more than two fields in a line lie over each other
    warn_unsaved_form = True
    change_form_outer_before_template = "registry/notices.html"
    change_form_outer_after_template = "registry/panels.html"
    name_steps: Sequence[Step] = ()
    page: Page | None = None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """The rows so named, else the rows whose text has the words of `search_term`."""
        term = search_term.strip()
        if term:
            for step in self.name_steps:
                found = queryset.filter(step(term))
                if found.exists():
                    return found, False
        return self.search_text(request, queryset, term)

    def search_text(self, request: HttpRequest, queryset: QuerySet, term: str) -> tuple[QuerySet, bool]:
        """The rows whose `search_fields` have the words of `term`."""
        found, may_repeat = super().get_search_results(request, queryset, term)
        return found, may_repeat

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saves what was edited and no more: the other columns may have been derived anew meanwhile."""
        if not change:
            obj.save()
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The row's page, with its panels."""
        obj = kwargs.get("obj")
        if self.page is not None and obj is not None and not context.get("is_popup"):
            context["notices"], context["panels"] = self.page.parts(request, obj)
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response


class ReadOnlyAdmin(RecordAdmin):
    """Pages of a table that only machines write."""

    actions: Sequence[str] | None = None

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


class LargeTable:
    """For tables of millions of rows: pages without a count, order by key alone, search by name alone.

    Where the address filters by one of `narrowed_by`, few rows are left: they come in `narrowed_ordering`, and
    their text is searched. `whole_ordering`: of all rows; other than by key where an index has that order.
    """

    paginator = InfinitePaginator
    sortable_by = ()
    # Not joined: MariaDB then begins with the small table, and sorts millions of rows to show the last fifty.
    list_prefetch_related: Sequence[str] = ()
    narrowed_by: Sequence[str] = ()
    narrowed_ordering: Sequence[str] = ("-id",)
    whole_ordering: Sequence[str] = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows, with what their columns link to."""
        rows: QuerySet = super().get_queryset(request)  # type: ignore[misc]  # the admin's that it is mixed into
        return rows.prefetch_related(*self.list_prefetch_related)

    def is_narrowed(self, request: HttpRequest) -> bool:
        """Whether the address asks for the few rows of one object."""
        return any(name in request.GET for name in self.narrowed_by)

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """Newest first in the order of an index, which costs nothing however many rows there are."""
        return self.narrowed_ordering if self.is_narrowed(request) else self.whole_ordering

    def search_text(self, request: HttpRequest, queryset: QuerySet, term: str) -> tuple[QuerySet, bool]:
        """Words in all of a large table's text are no question that it can answer, in those of a few rows they are."""
        if term and not self.is_narrowed(request):
            return queryset.none(), False
        found: tuple[QuerySet, bool] = super().search_text(request, queryset, term)  # type: ignore[misc]  # as above
        return found
