"""Reading bundles again: first a look at what that would change, then, when an operator wants it, the change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action

from ingest import services
from ingest.models import Bundle
from ingest.selectors import outdated
from ingest.services import Effect, EventChange
from ingest.storage import DamagedBundle
from registry.admin.asking import asking
from registry.admin.cells import label, link, moment
from registry.admin.panels import Panel

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


class Reparsing(ModelAdmin):
    """Actions for an admin of bundles."""

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
        return self._preview(request, [bundle], page)

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
        self, request: HttpRequest, bundles: list[Bundle], page: str, hidden: Sequence[tuple[str, object]] = ()
    ) -> HttpResponse:
        return asking(
            self,
            request,
            Form(),
            title="What reading again would change",
            page=page,
            button="Read again",
            meaning="Each bundle is looked at as if it alone were read again." if len(bundles) > 1 else "",
            panels=[_panel(one) for one in _attempts(request, bundles, dry_run=True)],
            hidden=[("apply", "yes"), *hidden],
        )

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


def _panel(attempt: Attempt) -> Panel:
    effect = attempt.effect
    if effect is None:
        return Panel(title=str(attempt.bundle), headers=(), rows=(), empty=attempt.problem)
    return Panel(
        title=str(attempt.bundle),
        note=_summary(effect),
        headers=("Change", "Time", "Event", "Component", "Asset", "From", "To"),
        rows=[
            (
                label("added", "success") if one.added else label("removed", "danger"),
                moment(one.occurred_at),
                one.type,
                link(one.component),
                link(one.asset),
                _from(one) or "–",
                one.to_value or "–",
            )
            for one in effect.changes
        ],
        empty="The timelines stay as they are.",
    )


def _from(change: EventChange) -> str:
    """Where it was before: the asset too, where that was another one."""
    asset = "" if change.from_asset in {None, change.asset} else str(change.from_asset)
    return f"{asset} {change.from_value}".strip()


def _summary(effect: Effect) -> str:
    parts = [
        f"status {_now(effect.status_before, effect.status)}",
        f"observations {_now(effect.observations_before, effect.observations)}",
    ]
    if not effect.changes_nothing:
        parts.append(f"events: {effect.added} added, {effect.removed} removed")
        parts.append(f"assets: {effect.assets}, components: {effect.components}")
    if effect.added + effect.removed > len(effect.changes):
        parts.append(f"the first {len(effect.changes)} changes")
    return "; ".join(parts)


def _now(before: object, after: object) -> str:
    return str(after) if before == after else f"{before} → {after}"


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
