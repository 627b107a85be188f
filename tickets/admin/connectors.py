"""Trackers whose tickets are pulled: set up, tried, and run by hand."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from kombu.exceptions import OperationalError as BrokerAway
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from registry.admin.cells import NOTHING, anchor, list_address, moment, one_line, word_label
from registry.admin.panels import Page, Panel
from registry.admin.records import RecordAdmin
from tickets import services
from tickets.connectors import BadMapping, Check, TrackerFault
from tickets.models import Connector, Ticket
from tickets.services import AlreadyRunning
from tickets.tasks import pull_one

connector_page = Page()

COLOURS = {
    Connector.Outcome.DONE.value: "success",
    Connector.Outcome.RUNNING.value: "info",
    Connector.Outcome.UNFINISHED.value: "warning",
    Connector.Outcome.FAILED.value: "danger",
    "broken off": "danger",
}
# Without workers the run is a part of the request, which the web server ends after a while.
_WITHIN_A_REQUEST = timedelta(seconds=15)


def state_word(connector: Connector) -> str:
    """How the last run went; one whose claim ran out was killed."""
    is_running = connector.claimed_until is not None and connector.claimed_until > timezone.now()
    if connector.last_outcome == Connector.Outcome.RUNNING and not is_running:
        return "broken off"
    return connector.last_outcome


@admin.register(Connector)
class ConnectorAdmin(RecordAdmin):
    """Connectors. Their secrets stay in the environment."""

    list_display = ("name", "kind", "base_url", "enabled", "state", "last_ran", "counts", "tickets")
    list_filter = (("kind", ChoicesDropdownFilter), "enabled")
    search_fields = ("name", "base_url", "project")
    search_help_text = "Name, address or project"
    page = connector_page
    actions = ("sync_selected",)
    actions_detail = ("sync_now", "sync_all", "test_connection")
    fieldsets = (
        (None, {"fields": (("name", "kind", "enabled", "interval"), ("base_url", "project"), "filter")}),
        ("Who asks", {"fields": (("username", "secret_variable"),)}),
        ("How tickets are read", {"fields": ("mapping",)}),
    )
    run_fieldset = (
        None,
        {"fields": (("state", "last_started_at", "last_ended_at"), ("counts", "cursor", "due_at"), "last_message")},
    )
    readonly_fields = ("state", "last_started_at", "last_ended_at", "cursor", "counts", "due_at", "last_message")

    def get_readonly_fields(self, request: HttpRequest, obj: Connector | None = None) -> tuple[str, ...]:
        """The name stays: it is the tickets' source."""
        return (*self.readonly_fields, "name") if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Connector | None = None) -> Any:
        """How the last run went, before all else, where there may have been one."""
        return (self.run_fieldset, *self.fieldsets) if obj else self.fieldsets

    def has_pull_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may set them up."""
        return bool(request.user.has_perm("tickets.change_connector"))

    def save_model(self, request: HttpRequest, obj: Connector, form: Any, change: bool) -> None:
        """Stores it; when other tickets are meant now, or are read otherwise, all are read again."""
        if form.changed_data or not change:
            services.save_connector(obj, changed=form.changed_data, now=timezone.now())

    @admin.display(description="last run")
    def state(self, connector: Connector) -> SafeString:
        """How the last run went."""
        return word_label(state_word(connector), COLOURS)

    @admin.display(description="ended")
    def last_ran(self, connector: Connector) -> SafeString:
        """When it ended."""
        return moment(connector.last_ended_at)

    @admin.display(description="tickets of that run")
    def counts(self, connector: Connector) -> SafeString:
        """What became of them."""
        return one_line(", ".join(f"{number} {word}" for word, number in connector.last_counts.items() if number))

    @admin.display(description="tickets")
    def tickets(self, connector: Connector) -> SafeString:
        """A link to all of them."""
        return anchor(list_address(Ticket, source__icontains=connector.name), "Show")

    @admin.action(description="Sync the selected ones now", permissions=["pull"])
    def sync_selected(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        """Pulls what changed."""
        for connector in queryset.order_by("id"):
            self._pull(request, connector, full=False)

    @action(description="Sync now", icon="sync", permissions=["pull"])
    def sync_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pulls what changed."""
        return self._pull_one(request, object_id, full=False)

    @action(description="Sync all again", icon="restart_alt", permissions=["pull"])
    def sync_all(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pulls all there is."""
        return self._pull_one(request, object_id, full=True)

    @action(description="Test connection", icon="network_check", permissions=["pull"])
    def test_connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once, and tells what was found."""
        connector = get_object_or_404(Connector, pk=object_id)
        try:
            text, level = _told(services.check_connector(connector)), messages.SUCCESS
        except (TrackerFault, BadMapping) as fault:
            text, level = str(fault), messages.ERROR
        self.message_user(request, text, level)
        return _back(object_id)

    def _pull_one(self, request: HttpRequest, object_id: str, *, full: bool) -> HttpResponse:
        self._pull(request, get_object_or_404(Connector, pk=object_id), full=full)
        return _back(object_id)

    def _pull(self, request: HttpRequest, connector: Connector, *, full: bool) -> None:
        if settings.CELERY_BROKER_URL:
            self._hand_on(request, connector, full=full)
            return
        try:
            run = services.pull_tickets(
                connector.pk, now=timezone.now(), full=full, budget=_WITHIN_A_REQUEST, patience=services.BRIEFLY
            )
        except AlreadyRunning:
            self.message_user(request, f"{connector}: somebody is pulling from it already.", messages.WARNING)
            return
        counts = ", ".join(f"{number} {word}" for word, number in run.counts.items() if number)
        text = " ".join(filter(None, (f"{connector}: {run.outcome}, {counts or 'nothing new'}.", run.message)))
        self.message_user(
            request, text, messages.ERROR if run.outcome == Connector.Outcome.FAILED else messages.SUCCESS
        )

    def _hand_on(self, request: HttpRequest, connector: Connector, *, full: bool) -> None:
        try:
            pull_one.delay(connector.pk, full=full)
        except BrokerAway:
            self.message_user(request, f"{connector}: the queue is away. Try again soon.", messages.ERROR)
        else:
            self.message_user(request, f"{connector}: a worker pulls from it now.", messages.SUCCESS)


def _back(object_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:tickets_connector_change", args=[object_id]))


def _told(seen: Check) -> str:
    number = "Tickets match" if seen.total is None else f"{seen.total} tickets match"
    having = ", ".join(f"{name} in {count}" for name, count in seen.having.items())
    text = f"Signed in as {seen.who}. {number}; of the first {seen.looked_at}: {having}."
    refused = "".join(f" {one.external_id} cannot be read ({one.reason})." for one in seen.refused[:3])
    return text + refused


@connector_page.panel(rank=10, permission="tickets.view_connector")
def refused_panel(connector: Connector) -> Panel | None:
    """Tickets that could not be stored."""
    if not connector.refused:
        return None
    return Panel(
        title="Refused tickets",
        note="They are left out until they change at their source, or until all are synced again.",
        headers=("Ticket", "Why"),
        rows=[(external_id or NOTHING, reason) for external_id, reason in reversed(connector.refused.items())],
    )
