"""Runs, and the page where an engineer asks."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import action

from analytics.admin.asking import QuestionForm
from analytics.admin.moved import moved_panel
from analytics.admin.tables import answer_panel
from analytics.domain.spells import EPOCH
from analytics.models import Run
from analytics.selectors.answers import TooMuchAsked
from analytics.services.comparing import NotComparable, run_before
from analytics.services.keeping import bring_up_to_date
from analytics.services.runs import run
from registry.admin.cells import link, moment, one_line, word_label
from registry.admin.panels import Notice, Page, Panel
from registry.admin.records import LargeTable, RecordAdmin

run_page = Page()
WARNINGS = {
    "repeated_failures": "some components failed more than once: the rate counts each failure",
    "failures_without_exposure": "there are failures without any time of service: the history is incomplete",
}
ASKING = "Failure rates"
NOT_COUNTED = "Not all that changed is counted yet, so these figures are of an earlier state. Ask again soon."


@run_page.panel(rank=0, permission="analytics.view_run")
def failed(found: Run) -> Notice | None:
    """Why a run failed, and what stands in its place."""
    if not found.failure:
        return None
    good = run_before(found)
    stands = format_html(" The last good answer stands: {}.", link(good, f"run {good.pk}")) if good else ""
    return Notice(format_html("This run failed: {}.{}", found.failure.rstrip("."), stands))


@run_page.panel(rank=1, permission="analytics.view_run")
def doubts(found: Run) -> Notice | None:
    """What makes its figures doubtful."""
    content = found.content
    told = {WARNINGS[one["warning"]] for one in content.get("warnings", ())}
    lost = content.get("unattributed", {})
    if number := sum(lost.values()):
        told.add(f"{number} failures count for no time of service ({_reasons(lost)})")
    return Notice(f"Mind that {'; '.join(sorted(told))}.") if told else None


def _reasons(lost: dict[str, int]) -> str:
    return ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in lost.items() if number)


@run_page.panel(rank=10, permission="analytics.view_run")
def answer(found: Run) -> Panel | None:
    """Its rows."""
    return answer_panel(found)


@admin.register(Run)
class RunAdmin(LargeTable, RecordAdmin):
    """Answers that are kept. A name is all that people give them: named ones are kept for ever."""

    list_display = ("question", "kind", "state", "window", "groups", "filtered", "row_count", "computed", "took")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("computed_at", RangeDateFilter),
    )
    name_steps = ()
    page = run_page
    actions = None
    actions_list = ("ask",)
    actions_detail = ("moved",)
    fields = (
        "name",
        ("kind", "standard", "status"),
        ("window", "as_of"),
        ("groups", "filtered"),
        ("digest", "code_version"),
        ("computed_at", "took"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Runs, without their answers in the list."""
        runs: QuerySet[Run] = super().get_queryset(request)
        is_list = request.path == reverse("admin:analytics_run_changelist")
        return runs.defer("packed") if is_list else runs

    def get_readonly_fields(self, request: HttpRequest, obj: Run | None = None) -> list[str]:
        """All but the name."""
        return [name for row in self.fields[1:] for name in row]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Runs come of questions."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        """They go when they are old."""
        return False

    @admin.display(description="question")
    def question(self, found: Run) -> SafeString:
        """Its name, which nightly question it is, or its kind."""
        return link(found, found.name or found.standard or found.kind)

    @admin.display(description="status")
    def state(self, found: Run) -> SafeString:
        """Whether it came to an answer."""
        return word_label(found.status, {Run.Status.DONE: "success", Run.Status.FAILED: "danger"})

    @admin.display(description="window")
    def window(self, found: Run) -> SafeString:
        """From when until when."""
        start = "the beginning" if found.starts_at == EPOCH else _briefly(found.starts_at)
        return one_line(f"{start} to {_briefly(found.ends_at)}")

    @admin.display(description="by")
    def groups(self, found: Run) -> str:
        """What it is grouped by."""
        return ", ".join(key.replace("_", " ") for key in found.parameters["group_by"]) or "–"

    @admin.display(description="of")
    def filtered(self, found: Run) -> str:
        """What it is filtered by."""
        filters = found.parameters["filters"]
        told = (f"{key.replace('_', ' ')} {', '.join(values) or 'none'}" for key, values in filters.items())
        return "; ".join(told) or "everything"

    @admin.display(description="computed")
    def computed(self, found: Run) -> SafeString:
        """When it was made."""
        return moment(found.computed_at)

    @admin.display(description="took")
    def took(self, found: Run) -> SafeString:
        """How long it took."""
        return one_line(f"{found.seconds:.2f} s")

    @action(description="Ask…", url_path="asking", icon="query_stats", permissions=["view"])
    def ask(self, request: HttpRequest) -> HttpResponse:
        """The page where questions are asked."""
        return HttpResponseRedirect(reverse("admin:analytics_run_rates"))

    def has_moved_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may see runs, where there is an earlier answer to the same question."""
        found = self.get_queryset(request).filter(pk=object_id or 0, kind=Run.Kind.RELIABILITY).first()
        if found is None or found.status != Run.Status.DONE or not self.has_view_permission(request):
            return False
        return run_before(found) is not None

    @action(description="What moved", url_path="moved", icon="compare_arrows", permissions=["moved"])
    def moved(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is different from the last night's answer, and why."""
        after = get_object_or_404(Run, pk=object_id)
        before = run_before(after)
        if before is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"What moved: {after}",
            "opts": self.model._meta,
            "original": after,
            "before": link(before, f"run {before.pk}"),
        }
        try:
            context["panels"] = [moved_panel(before, after)]
        except NotComparable as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:analytics_run_change", args=[after.pk]))
        return TemplateResponse(request, "analytics/moved.html", context)

    def get_urls(self) -> list[URLPattern]:
        """With the page where questions are asked."""
        page = path("rates", self.admin_site.admin_view(self.asked), name="analytics_run_rates")
        return [page, *super().get_urls()]

    def asked(self, request: HttpRequest) -> HttpResponse:
        """The form, and below it the answer to what was filled in."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = QuestionForm(request.GET if "window" in request.GET else None)
        found = self._answered(request, form) if form.is_bound and form.is_valid() else None
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": ASKING,
            "content_title": ASKING,
            "form": form,
            "media": self.media + form.media,
            "found": found,
        }
        if found is not None:
            context["notices"], context["panels"] = run_page.parts(request, found)
            context["run_link"] = link(found, f"run {found.pk}")
        return TemplateResponse(request, "analytics/ask.html", context)

    def _answered(self, request: HttpRequest, form: QuestionForm) -> Run | None:
        now = timezone.now()
        if not bring_up_to_date(now=now, most=settings.RELIABILITY_COUNT_MOST):
            messages.warning(request, NOT_COUNTED)
        try:
            return run(form.inquiry(now), now=now)
        except TooMuchAsked as refusal:
            form.add_error("window", str(refusal))
            return None


def _briefly(moment: datetime) -> str:
    """A moment to the minute, midnight as its date alone."""
    return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M}"
