"""Operators' decisions on who is who: made here or at a conflict, and taken back here."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import CharField, Form, ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from registry.admin.asking import asking
from registry.admin.assets import asset_page
from registry.admin.cells import LINE_BREAK, NOTHING, label, link, moment
from registry.admin.components import component_page
from registry.admin.panels import Panel
from registry.admin.records import ReadOnlyAdmin
from registry.domain.decisions import DecisionKind
from registry.models import Asset, Component, DecidedName, IdentityDecision
from registry.services import asset_lookup
from timeline import services

DECISION_WORDS = {
    DecisionKind.MERGE: "merged",
    DecisionKind.MERGE_SLOTS: "one part",
    DecisionKind.SPLIT_SLOTS: "split by slot",
    DecisionKind.SPLIT_ASSET: "split",
    DecisionKind.IGNORE: "ignored",
}
MOST_DECISIONS = 20


class ForceFilter(DropdownFilter):
    """Decisions by whether they are in force."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two states."""
        return [("in_force", "In force"), ("revoked", "Taken back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[IdentityDecision]) -> QuerySet[IdentityDecision]:
        """The decisions in that state."""
        wanted = {"in_force": True, "revoked": False}
        value = self.value() or ""
        return queryset.filter(revoked_at__isnull=wanted[value]) if value in wanted else queryset


@admin.register(IdentityDecision)
class IdentityDecisionAdmin(ReadOnlyAdmin):
    """Decisions: evidence, so never edited, but taken back."""

    list_display = ("decided_at", "kind_label", "names_cell", "asset", "decided_by", "state", "note")
    list_filter = (ForceFilter, ("kind", ChoicesDropdownFilter))
    list_select_related = ("decided_by", "revoked_by")
    search_fields = ("names__name", "asset", "note")
    search_help_text = "Part of a name, of an asset's serial, or of the note"
    actions_list = ("merge_components", "merge_assets")
    actions_detail = ("take_back",)
    fields = (
        ("kind_label", "names_cell", "asset", "state"),
        ("decided_at", "decided_by", "revoked_at", "revoked_by"),
        "note",
    )
    readonly_fields = ("kind_label", "names_cell", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityDecision]:
        """Decisions, with their names."""
        rows: QuerySet[IdentityDecision] = super().get_queryset(request)
        return rows.prefetch_related("names")

    def get_autocomplete_fields(self, request: HttpRequest) -> Sequence[str]:
        """The keys by which components and assets name each other: what is merged is looked for by them."""
        return ("merged_into",)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may decide, where something is to be decided: what was taken back is settled."""
        if not request.user.has_perm("registry.add_identitydecision"):
            return False
        if object_id is None:
            return True
        decision = self.get_object(request, object_id)
        return decision is not None and decision.revoked_at is None

    @action(description="Merge components", icon="merge", permissions=["decide"])
    def merge_components(self, request: HttpRequest) -> HttpResponse:
        """Decides that two components are one part."""
        return self._merge(request, Component, "Two components are one part", services.merge_components)

    @action(description="Merge assets", icon="merge", permissions=["decide"])
    def merge_assets(self, request: HttpRequest) -> HttpResponse:
        """Decides that two assets are one."""
        return self._merge(request, Asset, "Two assets are one", services.merge_assets)

    def _merge(
        self,
        request: HttpRequest,
        model: type[Model],
        title: str,
        merge: Callable[[Sequence[int], services.Word], IdentityDecision],
    ) -> HttpResponse:
        """Asks which two, and why, and decides."""
        form = self._merge_form(request, model)(request.POST or None, initial={"keep": request.GET.get("keep")})
        if request.method == "POST" and form.is_valid():
            told = form.cleaned_data
            word = services.Word(request.user, timezone.now(), told["note"].strip())
            try:
                decision = merge([told["keep"].pk, told["other"].pk], word)
            except services.Undecidable as problem:
                form.add_error(None, str(problem))
            else:
                self.message_user(request, "Decided. What it changes is derived anew.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:registry_identitydecision_change", args=[decision.pk]))
        return asking(
            self,
            request,
            form,
            title=title,
            page=reverse("admin:registry_identitydecision_changelist"),
            button="Decide",
            meaning="Both histories become one, under the name that is kept. Later bundles find it by either name. The "
            "decision can be taken back.",
        )

    def _merge_form(self, request: HttpRequest, model: type[Model]) -> type[Form]:
        key: Any = model._meta.get_field("merged_into")

        def choice(text: str, help_text: str) -> ModelChoiceField:
            field: ModelChoiceField = self.formfield_for_foreignkey(key, request)
            field.label, field.help_text, field.required = text, help_text, True
            return field

        fields = {
            "keep": choice("Keep", "Its name stays."),
            "other": choice("Merge into it", "Its name leads to the one that is kept."),
            "note": CharField(required=False, label="Why", widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})),
        }
        return type("MergeForm", (Form,), fields)

    @action(description="Take back", icon="undo", permissions=["decide"])
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Revokes the decision; what it changed is as if it had never been made."""
        page = reverse("admin:registry_identitydecision_change", args=[object_id])
        if request.method == "POST":
            services.revoke_decision(int(object_id), services.Word(request.user, timezone.now()))
            self.message_user(request, "Taken back. What it had changed is derived anew.", messages.SUCCESS)
            return HttpResponseRedirect(page)
        meaning = "All becomes as if this had never been decided. The decision stays on record."
        title = "Take the decision back"
        return asking(self, request, Form(), title=title, page=page, button="Take back", meaning=meaning)

    @admin.display(description="decision", ordering="kind")
    def kind_label(self, decision: IdentityDecision) -> SafeString:
        """What was decided, as a label."""
        return label(DECISION_WORDS[DecisionKind(decision.kind)], "info")

    @admin.display(description="names")
    def names_cell(self, decision: IdentityDecision) -> SafeString:
        """The names it speaks of, the one that is kept first."""
        told = [(f"{one.name} ({one.vendor.title()})" if one.vendor else one.name,) for one in decision.names.all()]
        return format_html_join(LINE_BREAK, "{}", told)

    @admin.display(description="state")
    def state(self, decision: IdentityDecision) -> SafeString:
        """Whether it is in force."""
        return label("taken back", "") if decision.revoked_at else label("in force", "success")


@component_page.panel(rank=60, permission="registry.add_identitydecision")
def decisions_on_component(component: Component) -> Panel:
    """What was decided of the component's identity, and the way to merge another into it."""
    return _decisions({component.lookup}, "merge_components", component.pk)


@asset_page.panel(rank=60, permission="registry.add_identitydecision")
def decisions_on_asset(asset: Asset) -> Panel:
    """What was decided of the asset's identity, and the way to merge another into it."""
    return _decisions({asset_lookup(asset.serial)}, "merge_assets", asset.pk)


def _decisions(lookups: set[str], merge: str, key: int) -> Panel:
    concerned = DecidedName.objects.filter(lookup__in=lookups).values("decision")
    decisions = IdentityDecision.objects.filter(id__in=concerned).select_related("decided_by").prefetch_related("names")
    return Panel(
        title="Decisions on identity",
        headers=("Decided", "What", "Names", "By", "State"),
        rows=[
            (
                moment(one.decided_at),
                link(one, DECISION_WORDS[DecisionKind(one.kind)]),
                ", ".join(name.name for name in one.names.all()),
                str(one.decided_by) if one.decided_by else NOTHING,
                "taken back" if one.revoked_at else "in force",
            )
            for one in decisions[:MOST_DECISIONS]
        ],
        empty="Nothing was decided by hand.",
        more=(f"{reverse(f'admin:registry_identitydecision_{merge}')}?keep={key}", "Merge another into it"),
    )
