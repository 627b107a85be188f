"""Failures: what logs, tickets and people tell, what operators say of it, and a form to tell one by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from registry.admin import searching
from registry.admin.asking import asking
from registry.admin.cells import SEVERITY_COLOURS, link, moment_between, word_label
from registry.admin.panels import Cell
from registry.admin.records import LargeTable, RecordAdmin
from registry.models import Asset, Component
from tickets import services
from tickets.domain.told import mode_word
from tickets.domain.vocabulary import MAX_MESSAGE, FailureState
from tickets.models import Failure

STATE_COLOURS: dict[str, str] = {FailureState.OPEN: "warning", FailureState.CONFIRMED: "danger"}


def told_by(failure: Failure) -> Cell:
    """A link to the bundle or the ticket that tells it, or else that somebody did by hand."""
    return link(failure.bundle or failure.ticket) if failure.bundle or failure.ticket else failure.source


class ResolvedFilter(DropdownFilter):
    """Failures whose component is known, and those that wait."""

    title = "component"
    parameter_name = "known"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("yes", "Known"), ("no", "Not known yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Failure]) -> QuerySet[Failure]:
        """The one or the other."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(component__isnull=self.value() == "no")


class TellForm(ModelForm):
    """A failure told by hand: of a component, or of what sat in a slot of an asset at that time."""

    user: Any = None

    class Meta:
        model = Failure
        fields = ("component", "asset", "slot", "occurred_at", "mode", "severity", "message")

    def clean(self) -> dict[str, Any]:
        """The row that the service recorded: here and not on saving, so that what it refuses is shown at its field."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        part, place = values.get("component"), values.get("asset")
        if (part is None) == (place is None):
            self.add_error("component", "Name a component, or an asset and the slot.")
        elif place is not None and not values.get("slot"):
            self.add_error("slot", "Which part of the asset failed is told by its slot.")
        if not self.errors:
            self._record(values, part, place)
        return values

    def _record(self, values: dict[str, Any], part: Component | None, place: Asset | None) -> None:
        told = services.Manual(
            occurred_at=values["occurred_at"],
            mode=mode_word(values["mode"]),
            severity=values["severity"],
            message=values["message"],
            component=part,
            asset=place,
            slot=" ".join(values["slot"].split()) if place else "",
        )
        try:
            self.instance, _ = services.record_failure(told, user=self.user, now=timezone.now())
        except services.InFuture:
            self.add_error("occurred_at", "This time lies in the future.")

    def _post_clean(self) -> None:
        """Nothing: the service made the row."""


class RejectForm(forms.Form):
    """Why something is no failure."""

    reason = forms.CharField(max_length=MAX_MESSAGE, widget=UnfoldAdminTextInputWidget())


def _called(term: str) -> Q:
    return Q(component_serial__startswith=term.upper()) | Q(asset_name__startswith=term)


@admin.register(Failure)
class FailureAdmin(LargeTable, RecordAdmin):
    """Failures. They are told by hand here, confirmed and rejected, and never edited."""

    list_display = ("occurred", "mode", "severity_label", "what", "where", "source", "state_label", "evidence")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        ResolvedFilter,
        ("component", AutocompleteSelectFilter),
        ("asset", AutocompleteSelectFilter),
        ("occurred_at", RangeDateFilter),
    )
    list_prefetch_related = ("component", "asset", "ticket", "bundle")
    narrowed_by = ("component__id__exact", "asset__id__exact", "episode__id__exact")
    narrowed_ordering = whole_ordering = ("-occurred_at", "-id")
    name_steps = (searching.of_component, searching.of_asset, _called)
    search_fields = ("message", "mode")
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    autocomplete_fields = ("component", "asset")
    actions = ("confirm", "reopen")
    actions_detail = ("confirm_one", "reject", "reopen_one")
    shown = (
        ("occurred", "mode", "severity_label", "source"),
        ("what", "where", "named"),
        "message",
        ("evidence", "episode_cell"),
        ("state_label", "reason", "decided_by", "decided_at"),
        ("recorded_by", "recorded_at"),
    )
    add_fieldsets = (
        (None, {"fields": (("component",), ("asset", "slot"), ("occurred_at",), ("mode", "severity"), "message")}),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """To tell one: the form that calls the service."""
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        form = super().get_form(request, obj, change=change, **{**kwargs, "form": TellForm})
        return type("BoundTellForm", (form,), {"user": request.user})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked for, or what is known."""
        return self.add_fieldsets if obj is None else ((None, {"fields": self.shown}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """All of what was told."""
        if obj is None:
            return ()
        return tuple(name for row in self.shown for name in ((row,) if isinstance(row, str) else row))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing: the form has done it."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a failure is decided upon, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what was no failure is rejected, and stays."""
        return False

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may say what was a failure."""
        return bool(request.user.has_perm("tickets.change_failure"))

    @admin.display(description="time")
    def occurred(self, failure: Failure) -> SafeString:
        """When it failed, or was seen failed first, and since when it may have been so."""
        return moment_between(failure.not_before, failure.occurred_at)

    @admin.display(description="severity")
    def severity_label(self, failure: Failure) -> SafeString:
        """The severity as a label."""
        return word_label(failure.severity, SEVERITY_COLOURS)

    @admin.display(description="component")
    def what(self, failure: Failure) -> SafeString:
        """The component, or what it is called while it is not known."""
        if failure.component:
            return link(failure.component)
        told = failure.component_serial or failure.component_lookup
        return format_html('<span class="text-subtle">{}</span>', f"not known: {told}" if told else "not known")

    @admin.display(description="asset, slot")
    def where(self, failure: Failure) -> SafeString:
        """Where it was then."""
        return format_html("{} {}", link(failure.asset), failure.slot)

    @admin.display(description="named")
    def named(self, failure: Failure) -> str:
        """By what the failed part was called."""
        kind = "" if failure.component_lookup else failure.type
        told = (kind, failure.vendor, failure.component_serial, failure.component_lookup, failure.asset_name)
        return " ".join(filter(None, (*told, failure.slot))) or "–"

    @admin.display(description="state")
    def state_label(self, failure: Failure) -> SafeString:
        """The state as a label."""
        return word_label(failure.state, STATE_COLOURS)

    @admin.display(description="told by")
    def evidence(self, failure: Failure) -> Cell:
        """The bundle or the ticket that tells it."""
        return told_by(failure)

    @admin.display(description="counts as")
    def episode_cell(self, failure: Failure) -> str:
        """The episode that it is part of."""
        one = failure.episode
        if one is None:
            return "not counted"
        return f"{one.mode} at {one.counts_at:%Y-%m-%d %H:%M}, told {one.failures} times"

    def _decide(self, request: HttpRequest, ids: list[int], state: FailureState, reason: str = "") -> None:
        number = services.decide_failures(ids, state, reason=reason, user=request.user, now=timezone.now())
        words = {FailureState.OPEN: "opened again"}.get(state, state.value)
        self.message_user(request, f"{number} {words}.", messages.SUCCESS)

    @admin.action(description="Confirm the selected failures", permissions=["decide"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Failure]) -> None:
        """They are failures."""
        self._decide(request, list(queryset.order_by().values_list("pk", flat=True)), FailureState.CONFIRMED)

    @admin.action(description="Take back what was decided of the selected failures", permissions=["decide"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Failure]) -> None:
        """As if nothing had been decided."""
        self._decide(request, list(queryset.order_by().values_list("pk", flat=True)), FailureState.OPEN)

    @action(description="Confirm", icon="check", permissions=["decide"])
    def confirm_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is a failure."""
        self._decide(request, [int(object_id)], FailureState.CONFIRMED)
        return HttpResponseRedirect(_page(object_id))

    @action(description="Take back", icon="undo", permissions=["decide"])
    def reopen_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As if nothing had been decided."""
        self._decide(request, [int(object_id)], FailureState.OPEN)
        return HttpResponseRedirect(_page(object_id))

    @action(description="Reject…", icon="block", permissions=["decide"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form that asks why it is none."""
        failure = get_object_or_404(Failure, pk=object_id)
        form = RejectForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._decide(request, [failure.pk], FailureState.REJECTED, form.cleaned_data["reason"])
            return HttpResponseRedirect(_page(object_id))
        title = f"Why {failure} is no failure"
        return asking(self, request, form, title=title, original=failure, page=_page(object_id), button="Reject")


def _page(object_id: str) -> str:
    return reverse("admin:tickets_failure_change", args=[object_id])
