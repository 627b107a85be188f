"""Reading bundles again: first a look at what that would change, then, when an operator wants it, the change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action

from ingest import services
from ingest.models import Bundle
from ingest.selectors import outdated
from ingest.services import Effect
from ingest.storage import DamagedBundle

MOST_AT_ONCE = 50


class OutdatedFilter(DropdownFilter):
    """Bundles that parsers of today may read otherwise."""

    title = "parsers"
    parameter_name = "outdated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The one question."""
        return [("yes", "Read by an older version")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> QuerySet[Bundle]:
        """The bundles that an older version of a parser read."""
        return outdated(queryset) if self.value() == "yes" else queryset


@dataclass(frozen=True, slots=True)
class Attempt:
    """One bundle with what reading it again does, or why it cannot be."""

    bundle: Bundle
    effect: Effect | None
    problem: str = ""


class Reparsing:
    """Actions for an admin of bundles."""

    message_user: Any
    admin_site: Any
    model: Any

    def has_reparse_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may change bundles, where one was read before."""
        if not request.user.has_perm("ingest.change_bundle"):
            return False
        return object_id is None or Bundle.objects.filter(pk=object_id, parsed_at__isnull=False).exists()

    @action(description="Read again", icon="refresh", permissions=["reparse"])
    def reparse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows what would change; applies it when that was seen."""
        bundle = get_object_or_404(Bundle, pk=object_id)
        page = reverse("admin:ingest_bundle_change", args=[bundle.pk])
        if request.method == "POST":
            self._apply(request, [bundle])
            return HttpResponseRedirect(page)
        return self._preview(request, [bundle], page, hidden=())

    @admin.action(description="Read again", permissions=["reparse"])
    def reparse_selected(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> HttpResponse | None:
        """The same for those selected."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        bundles = list(Bundle.objects.filter(pk__in=keys).order_by("id"))
        if len(bundles) > MOST_AT_ONCE:
            told = f"Select {MOST_AT_ONCE} at most; for more there is the command “manage.py reparse”."
            self.message_user(request, told, messages.WARNING)
            return None
        if "apply" in request.POST:
            self._apply(request, bundles)
            return None
        hidden = [("action", "reparse_selected"), *(("_selected_action", bundle.pk) for bundle in bundles)]
        return self._preview(request, bundles, reverse("admin:ingest_bundle_changelist"), hidden)

    def _preview(
        self, request: HttpRequest, bundles: list[Bundle], page: str, hidden: Iterable[tuple[str, object]]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "What reading again would change",
            "opts": self.model._meta,
            "attempts": _attempts(request, bundles, dry_run=True),
            "headers": ("Change", "Time", "Event", "Component", "Asset", "From", "To"),
            "hidden": hidden,
            "page": page,
        }
        return TemplateResponse(request, "ingest/reparse.html", context)

    def _apply(self, request: HttpRequest, bundles: list[Bundle]) -> None:
        attempts = _attempts(request, bundles, dry_run=False)
        effects = [one.effect for one in attempts if one.effect is not None]
        added, removed = sum(one.added for one in effects), sum(one.removed for one in effects)
        if effects:
            told = f"Read again: {len(effects)}. Events added: {added}, removed: {removed}."
            self.message_user(request, told, messages.SUCCESS)
        for one in attempts:
            if one.problem:
                self.message_user(request, f"{one.bundle}: {one.problem}", messages.ERROR)


def _attempts(request: HttpRequest, bundles: Iterable[Bundle], *, dry_run: bool) -> list[Attempt]:
    return [_attempt(request, bundle, dry_run=dry_run) for bundle in bundles]


def _attempt(request: HttpRequest, bundle: Bundle, *, dry_run: bool) -> Attempt:
    try:
        effect = services.reparse(bundle.pk, dry_run=dry_run, user=request.user, now=timezone.now())
    except services.AtWork as problem:
        return Attempt(bundle, None, str(problem))
    except DamagedBundle:
        return Attempt(bundle, None, "The stored bytes are damaged. Sending the bundle again restores them.")
    except FileNotFoundError:
        return Attempt(bundle, None, "The bytes are not in the storage.")
    return Attempt(bundle, effect)
