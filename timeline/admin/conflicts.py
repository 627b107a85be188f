"""Identity conflicts: one name that cannot be one part, and what operators say of it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import CharField, Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from ingest.models import Observation
from ingest.services.reidentify import components_showing
from registry.admin import searching
from registry.admin.asking import asking
from registry.admin.cells import label, link, moment
from registry.admin.panels import Page, Panel
from registry.admin.records import ReadOnlyAdmin
from registry.domain.decisions import DecisionKind
from timeline import services
from timeline.admin.decisions import DECISION_WORDS
from timeline.models import IdentityConflict

MOST_SIGHTINGS = 20
Kind = IdentityConflict.Kind

conflict_page = Page()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a decision is called, and what it means for each kind of conflict."""

    title: str
    meanings: dict[str, str]


CHOICES = {
    "merge": Choice(
        "They are one",
        {
            Kind.TWO_SLOTS: "Both slots of {asset} show one and the same part: its history is that of {name}.",
            Kind.ALTERNATION: (
                "{asset} and {other} are one server: all that either told becomes the history of {asset}, and later "
                "bundles of {other} find it there."
            ),
        },
    ),
    "split": Choice(
        "They are two",
        {
            Kind.TWO_SLOTS: (
                "Two parts in {asset} bear this name: each is known by its slot there from now on, and {name} names "
                "neither."
            ),
            Kind.ALTERNATION: (
                "What {other} shows under {name} is another part than what {asset} shows: each has a history of its "
                "own, and neither moves between the two."
            ),
        },
    ),
    "ignore": Choice(
        "Ignore",
        {
            Kind.TWO_SLOTS: "Nothing changes, and the conflict is no longer among the open ones.",
            Kind.ALTERNATION: "Nothing changes, and the conflict is no longer among the open ones.",
        },
    ),
}


class WordForm(Form):
    """Why an operator decides so."""

    note = CharField(
        required=False,
        label="Why",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept with the decision, for whoever wonders later.",
    )


class StateFilter(DropdownFilter):
    """Conflicts by whether somebody decided; those of which nobody did come first to mind."""

    title = "state"
    parameter_name = "state"
    all_option = ("", "Open")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The other states."""
        return [("decided", "Decided"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[IdentityConflict]:
        """Open ones, unless others are asked for."""
        wanted = {"all": queryset, "decided": queryset.settled()}
        found: QuerySet[IdentityConflict] = wanted.get(self.value() or "", queryset.open())
        return found


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin):
    """Identity conflicts: derived, and settled by decisions."""

    list_display = (
        "name",
        "kind_label",
        "state",
        "component_link",
        "asset_link",
        "other_asset_link",
        "first_at",
        "last_at",
    )
    list_filter = (
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("asset", AutocompleteSelectFilter),
        ("last_at", RangeDateFilter),
    )
    list_select_related = ("component", "asset", "other_asset")
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("name",)
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    page = conflict_page
    actions_detail = ("merge", "split", "ignore")
    fields = (
        ("name", "kind_label", "state", "first_at", "last_at"),
        ("component_link", "asset_link", "other_asset_link"),
    )
    readonly_fields = ("kind_label", "state", "component_link", "asset_link", "other_asset_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityConflict]:
        """Conflicts, with what was decided of each."""
        rows: Any = super().get_queryset(request)
        found: QuerySet[IdentityConflict] = rows.with_decision()
        return found

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may decide."""
        return bool(request.user.has_perm("registry.add_identitydecision"))

    @action(description=CHOICES["merge"].title, icon="merge", permissions=["decide"])
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decides that they are one."""
        return self._decide(request, object_id, "merge")

    @action(description=CHOICES["split"].title, icon="call_split", permissions=["decide"])
    def split(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decides that they are two."""
        return self._decide(request, object_id, "split")

    @action(description=CHOICES["ignore"].title, icon="visibility_off", permissions=["decide"])
    def ignore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Puts it out of sight."""
        return self._decide(request, object_id, "ignore")

    def _decide(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Says what the decision means, asks why, and makes it."""
        conflict = get_object_or_404(IdentityConflict.objects.select_related("asset", "other_asset"), pk=object_id)
        choice = CHOICES[verb]
        form = WordForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            word = services.Word(request.user, timezone.now(), form.cleaned_data["note"].strip())
            try:
                decision = services.settle_conflict(conflict.pk, verb, word)
            except services.Undecidable as problem:
                form.add_error(None, str(problem))
            else:
                self.message_user(request, "Decided. What it changes is derived anew.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:registry_identitydecision_change", args=[decision.pk]))
        meaning = choice.meanings[conflict.kind].format(
            asset=conflict.asset, other=conflict.other_asset, name=conflict.name
        )
        return asking(
            self,
            request,
            form,
            title=f"{choice.title}: {conflict.name}",
            original=conflict,
            page=reverse("admin:timeline_identityconflict_change", args=[conflict.pk]),
            button="Decide",
            meaning=meaning,
        )

    @admin.display(description="kind", ordering="kind")
    def kind_label(self, conflict: IdentityConflict) -> SafeString:
        """The kind as a label."""
        return label(conflict.get_kind_display(), "warning")

    @admin.display(description="state")
    def state(self, conflict: IdentityConflict) -> SafeString:
        """What was decided, or that nobody did."""
        kind = vars(conflict)["decided"]
        return label(DECISION_WORDS[DecisionKind(kind)], "success") if kind else label("open", "danger")

    @admin.display(description="component")
    def component_link(self, conflict: IdentityConflict) -> SafeString:
        """A link to the component."""
        return link(conflict.component)

    @admin.display(description="asset")
    def asset_link(self, conflict: IdentityConflict) -> SafeString:
        """A link to the asset."""
        return link(conflict.asset)

    @admin.display(description="other asset")
    def other_asset_link(self, conflict: IdentityConflict) -> SafeString:
        """A link to the other asset."""
        return link(conflict.other_asset)


@conflict_page.panel(rank=10, permission="ingest.view_observation")
def sightings(conflict: IdentityConflict) -> Panel:
    """What shows the name, newest first."""
    if conflict.kind == Kind.TWO_SLOTS:
        shown = Observation.objects.filter(
            component__in=components_showing(conflict.name, conflict.asset.identity), asset=conflict.asset
        )
    else:
        shown = Observation.objects.filter(component=conflict.component)
    rows = shown.select_related("component", "asset", "snapshot__bundle").order_by("-observed_at", "-id")
    return Panel(
        title="Where it was seen",
        headers=("Time", "Asset", "Slot", "Model", "Component", "Bundle"),
        rows=[
            (
                moment(one.observed_at),
                link(one.asset),
                one.slot or "–",
                str(one.claims.get("model", (0, "–"))[1]),
                link(one.component),
                link(one.snapshot.bundle),
            )
            for one in rows[:MOST_SIGHTINGS]
        ],
        note=f"the latest {MOST_SIGHTINGS}",
    )
