"""Alerts: what is worse than its peers, in figures and in words, and the components that it concerns."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.forms import CharField, Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from analytics.admin.tables import between, chance, due, rounded
from analytics.models import Alert
from analytics.selectors.recall import concerned, recalled
from analytics.selectors.sources import alert_links
from analytics.services.alerts import acknowledge, withdraw_acknowledgement
from registry.admin.asking import asking
from registry.admin.assets import asset_page
from registry.admin.cells import NOTHING, anchor, label, link, moment, one_line, word_label
from registry.admin.components import component_page
from registry.admin.panels import Notice, Page, Panel
from registry.admin.records import ReadOnlyAdmin
from registry.models import Asset, Component

alert_page = Page()
MOST_RECALLED = 100
STAYS = "It stays open for as long as the figures say so."
KIND_WORDS = {
    Alert.Kind.LOT: ("lot", "lots"),
    Alert.Kind.FIRMWARE: ("firmware", "firmware versions"),
    Alert.Kind.ASSET: ("server", "servers"),
    Alert.Kind.SLOT: ("bay", "bays"),
}


class AcknowledgeForm(Form):
    """What was done about it."""

    note = CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="What was done about it, for whoever sees it next.",
    )


class OpenFilter(DropdownFilter):
    """Alerts by whether they are open."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The states."""
        return [("new", "Open, nobody has seen to it"), ("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """The alerts in that state."""
        match self.value():
            case "new":
                return queryset.filter(closed_at__isnull=True, acknowledged_at__isnull=True)
            case "open":
                return queryset.filter(closed_at__isnull=True)
            case "closed":
                return queryset.filter(closed_at__isnull=False)
        return queryset


@alert_page.panel(rank=20, permission="registry.view_component")
def recall(alert: Alert) -> Panel:
    """The components that it concerns, where they are now."""
    rows = recalled(list(concerned(alert)[: MOST_RECALLED + 1]))
    return Panel(
        title="Recall list",
        note=f"the first {MOST_RECALLED}" if len(rows) > MOST_RECALLED else str(len(rows)),
        headers=(
            "Component",
            "Status",
            "Failed",
            "Asset",
            "Slot",
            "Location",
            "Customer",
            "Project",
            "Lot",
            "Firmware",
        ),
        rows=[
            (
                link(row.component, row.component.serial),
                word_label(row.component.status),
                str(row.failures) if row.failures else NOTHING,
                link(asset := row.component.asset),
                one_line(row.component.slot),
                one_line(row.location),
                asset.project.customer.code if asset and asset.project else NOTHING,
                one_line(asset.project.code if asset and asset.project else ""),
                link(row.component.lot),
                one_line(row.component.firmware),
            )
            for row in rows[:MOST_RECALLED]
        ],
        empty="None of them is known any more.",
        more=(f"{alert_links(alert)['components']}?format=csv", "All of it as CSV"),
    )


@asset_page.panel(rank=5, permission="analytics.view_alert")
def of_asset(asset: Asset) -> Notice | None:
    """That parts fail here more than elsewhere."""
    return _notice(Q(asset_id=asset.pk))


@component_page.panel(rank=5, permission="analytics.view_alert")
def of_component(component: Component) -> Notice | None:
    """That it is of a lot, or runs a firmware, that fails more than its peers."""
    named = Q(kind=Alert.Kind.FIRMWARE, value__spelled=component.firmware)
    if component.lot is not None:
        named |= Q(kind=Alert.Kind.LOT, value=component.lot.code)
    return _notice(named & Q(component_type=component.type, model__spelled=component.model))


def _notice(about: Q) -> Notice | None:
    found = Alert.objects.filter(about, closed_at__isnull=True).order_by("adjusted", "id")
    told = [
        (KIND_WORDS[Alert.Kind(alert.kind)][0], alert.value, _often(alert), link(alert, "alert")) for alert in found
    ]
    return Notice(format_html_join(" ", "Parts of {} {} fail {} ({}).", told)) if told else None


def _often(alert: Alert) -> str:
    return (
        "and their peers do not" if alert.ratio is None else f"{rounded(alert.ratio, 1)} times as often as their peers"
    )


def in_words(alert: Alert) -> Sequence[str]:
    """What the figures say, sentence by sentence."""
    one, many = KIND_WORDS[Alert.Kind(alert.kind)]
    peers = f"those of the other {many} at the same age"
    if alert.asset_id is not None:
        peers = "all others of their type, model and age"
    seen = (
        f"{alert.seen} failures from {alert.window_start:%Y-%m-%d} to {alert.window_end:%Y-%m-%d}, where "
        f"{due(alert.expected)} were to be expected had its {alert.components:,} components, in "
        f"{rounded(alert.exposure_days, 0)} days of service, failed like {peers}."
    )
    often = f"Nothing but this {one} failed at all, so there is no ratio."
    if alert.ratio is not None:
        high = "no upper end" if alert.high is None else rounded(alert.high, 1)
        often = f"That is {rounded(alert.ratio, 1)} times as often (95 % interval {rounded(alert.low, 1)} to {high})."
    said = [
        seen,
        often,
        (
            f"So many or more come by chance with probability {chance(alert.p)}; allowing for how many {many} there "
            f"are, p is {chance(alert.adjusted)}."
        ),
    ]
    if alert.widened:
        vary = f"The other {many} differ by more than chance (dispersion {rounded(alert.dispersion, 1)})"
        said.append(f"{vary}; the test allows for that.")
    if alert.crude is not None:
        said.append(f"Without regard to age the ratio would be {rounded(alert.crude, 1)}.")
    return said


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Alerts: opened and closed by figures; an operator says that somebody has seen to them."""

    list_display = ("about", "state", "kind_label", "of_model", "times", "counts", "certainty", "opened", "seen_by")
    list_filter = (OpenFilter, ("kind", ChoicesDropdownFilter), ("opened_at", RangeDateFilter))
    list_select_related = ("acknowledged_by",)
    search_fields = ("value", "model")
    search_help_text = "A lot, firmware, server or model"
    ordering = (F("closed_at").desc(nulls_first=True), "adjusted", "-id")
    page = alert_page
    actions_detail = ("acknowledge", "withdraw")
    fields = (
        ("about", "kind_label", "state", "of_model"),
        "words",
        ("times", "counts", "certainty"),
        ("opened", "evaluated_at", "closed_at"),
        ("seen_by", "note"),
        "sources",
    )
    readonly_fields = (
        "about",
        "kind_label",
        "state",
        "of_model",
        "words",
        "times",
        "counts",
        "certainty",
        "opened",
        "seen_by",
        "sources",
    )

    def has_acknowledge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may, where nobody has yet."""
        return self._may_note(request, object_id, acknowledged=False)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may, where somebody has."""
        return self._may_note(request, object_id, acknowledged=True)

    def _may_note(self, request: HttpRequest, object_id: str | None, *, acknowledged: bool) -> bool:
        if not request.user.has_perm("analytics.change_alert"):
            return False
        return Alert.objects.filter(pk=object_id or 0, acknowledged_at__isnull=not acknowledged).exists()

    @action(description="Acknowledge", url_path="acknowledge", icon="done", permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks what was done, and notes it."""
        alert = get_object_or_404(Alert, pk=object_id)
        form = AcknowledgeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"].strip()
            acknowledge(alert.pk, user=request.user, note=note, now=timezone.now())
            return self._done(request, alert, f"Noted. {STAYS}")
        return self._asked(request, alert, form, ("Acknowledge", f"Others see that somebody has seen to it. {STAYS}"))

    @action(description="Take acknowledgement back", url_path="withdraw", icon="undo", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Makes it one that nobody has seen to, after asking."""
        alert = get_object_or_404(Alert, pk=object_id)
        if request.method == "POST":
            withdraw_acknowledgement(alert.pk)
            return self._done(request, alert, "Taken back.")
        return self._asked(request, alert, Form(), ("Take back", "Nobody has seen to it then; the note goes."))

    def _done(self, request: HttpRequest, alert: Alert, text: str) -> HttpResponse:
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:analytics_alert_change", args=[alert.pk]))

    def _asked(self, request: HttpRequest, alert: Alert, form: Form, words: tuple[str, str]) -> HttpResponse:
        button, meaning = words
        return asking(
            self,
            request,
            form,
            title=f"{button}: {alert}",
            original=alert,
            page=reverse("admin:analytics_alert_change", args=[alert.pk]),
            button=button,
            meaning=meaning,
        )

    @admin.display(description="about", ordering="value")
    def about(self, alert: Alert) -> SafeString:
        """What it is about."""
        return link(alert, alert.value)

    @admin.display(description="state")
    def state(self, alert: Alert) -> SafeString:
        """Whether it is open, and whether somebody has seen to it."""
        if alert.closed_at is not None:
            return label("closed")
        return label("open", "danger") if alert.acknowledged_at is None else label("acknowledged", "warning")

    @admin.display(description="kind", ordering="kind")
    def kind_label(self, alert: Alert) -> SafeString:
        """The kind as a label."""
        return label(KIND_WORDS[Alert.Kind(alert.kind)][0], "info")

    @admin.display(description="model")
    def of_model(self, alert: Alert) -> SafeString:
        """Type and model of a lot or a firmware."""
        return one_line(f"{alert.component_type} {alert.model}".strip())

    @admin.display(description="times as often", ordering="ratio")
    def times(self, alert: Alert) -> SafeString:
        """The ratio with its interval."""
        return between(alert.ratio, alert.low, alert.high, 1)

    @admin.display(description="failures, expected", ordering="seen")
    def counts(self, alert: Alert) -> SafeString:
        """What was seen, and what was to be expected."""
        return format_html(
            '<span class="font-semibold">{}</span> <span class="text-subtle whitespace-nowrap">where {}</span>',
            alert.seen,
            due(alert.expected),
        )

    @admin.display(description="p", ordering="adjusted")
    def certainty(self, alert: Alert) -> str:
        """The probability that it is chance, adjusted."""
        return chance(alert.adjusted)

    @admin.display(description="opened", ordering="opened_at")
    def opened(self, alert: Alert) -> SafeString:
        """Since when it is open."""
        return moment(alert.opened_at)

    @admin.display(description="seen to by")
    def seen_by(self, alert: Alert) -> SafeString:
        """Who has seen to it, and when."""
        if alert.acknowledged_at is None:
            return NOTHING
        return format_html("{} {}", alert.acknowledged_by or "", moment(alert.acknowledged_at))

    @admin.display(description="in words")
    def words(self, alert: Alert) -> SafeString:
        """The figures in words."""
        return format_html_join(" ", "{}", ((sentence,) for sentence in in_words(alert)))

    @admin.display(description="made of")
    def sources(self, alert: Alert) -> SafeString:
        """Its failures, and the whole comparison."""
        links = alert_links(alert)
        shown = [
            anchor(f"{links['failures']}&format=csv", "failures"),
            anchor(f"{links['standings']}&format=csv", "all that was compared"),
        ]
        if alert.asset_id is not None:
            asset = Asset.objects.filter(pk=alert.asset_id).first()
            shown.insert(0, link(asset))
        return format_html_join(" · ", "{}", ((one,) for one in shown))
