"""Tickets as their sources tell them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, FieldTextFilter, RangeDateFilter
from unfold.decorators import action

from registry.admin import searching
from registry.admin.asking import asking
from registry.admin.cells import NOTHING, label, moment
from registry.admin.panels import Page
from registry.admin.records import LargeTable, ReadOnlyAdmin, RecordAdmin
from registry.domain.serials import normalise
from registry.models import FOREVER
from tickets import services
from tickets.admin.targets import target_form
from tickets.models import Ticket, TicketLink

ticket_page = Page()


class OpenFilter(DropdownFilter):
    """Open and closed tickets."""

    title = "open"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("yes", "Open"), ("no", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        """The one or the other."""
        match self.value():
            case "yes":
                return queryset.filter(ends_at=FOREVER)
            case "no":
                return queryset.exclude(ends_at=FOREVER)
        return queryset


def cut(text: str, longest: int) -> str:
    """`text`, with dots for what is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def state_label(ticket: Ticket) -> SafeString:
    """The source's word, coloured by whether the ticket has an end."""
    return label(ticket.status or "–", "success" if ticket.closed_at else "warning")


def _called(term: str) -> Q:
    return Q(external_id__startswith=term) | Q(external_id__startswith=term.upper())


def _linked_to_asset(term: str) -> Q:
    return _linked(asset__in=searching.named_assets(term))


def _linked_to_name(term: str) -> Q:
    return _linked(name__in={term, normalise(term), term.lower()})


def _linked(**condition: Any) -> Q:
    keys = TicketLink.objects.filter(**condition).order_by("-ticket_id").values_list("ticket_id", flat=True)
    return Q(pk__in=list(keys[: searching.MOST_NAMED]))


@admin.register(Ticket)
class TicketAdmin(LargeTable, ReadOnlyAdmin):
    """Tickets. What they are about is in their links, which operators may add to."""

    list_display = ("external_id", "short_title", "state", "severity", "source", "opened", "closed")
    list_filter = (
        OpenFilter,
        ("source", FieldTextFilter),
        ("status", FieldTextFilter),
        ("opened_at", RangeDateFilter),
    )
    whole_ordering = ("-opened_at", "-id")
    name_steps = (_called, _linked_to_asset, _linked_to_name)
    search_fields = ("title",)
    search_help_text = "Beginning of the id, a serial or host name that a ticket is linked to, or words of the title"
    page = ticket_page
    actions = ("look_for_serials",)
    actions_detail = ("link_to", "look_again")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("source", "external_id", "address"),
                    ("title", "status", "severity"),
                    ("opened_at", "closed_at", "updated_at", "received_at"),
                    "description",
                )
            },
        ),
    )
    readonly_fields = ("address",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        """Tickets, without what was sent, but on a ticket's own page."""
        rows: QuerySet[Ticket] = super().get_queryset(request)
        is_list = request.path == reverse("admin:tickets_ticket_changelist")
        return rows.defer("raw", "description") if is_list else rows

    def search_text(self, request: HttpRequest, queryset: QuerySet[Ticket], term: str) -> tuple[QuerySet[Ticket], bool]:
        """Tickets whose title has the words: people remember those, and there are few tickets beside observations."""
        return RecordAdmin.search_text(self, request, queryset, term)

    @admin.display(description="title")
    def short_title(self, ticket: Ticket) -> str:
        """The title, cut."""
        return cut(ticket.title, 80)

    @admin.display(description="status")
    def state(self, ticket: Ticket) -> SafeString:
        """The source's word, coloured by whether the ticket has an end."""
        return state_label(ticket)

    @admin.display(description="opened")
    def opened(self, ticket: Ticket) -> SafeString:
        """When it was opened."""
        return moment(ticket.opened_at)

    @admin.display(description="closed")
    def closed(self, ticket: Ticket) -> SafeString:
        """When it was closed."""
        return moment(ticket.closed_at)

    @admin.display(description="at its source")
    def address(self, ticket: Ticket) -> SafeString:
        """A link to the ticket where it came from."""
        if not ticket.url.startswith(("http://", "https://")):
            return NOTHING
        return format_html('<a href="{0}" class="text-link" rel="noopener noreferrer">{0}</a>', ticket.url)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may say what tickets are about."""
        return bool(request.user.has_perm("tickets.change_ticketlink"))

    @admin.action(description="Look for serial numbers in their text", permissions=["decide"])
    def look_for_serials(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        """Proposes links to things that became known since the tickets came."""
        services.suggest_links(list(queryset.order_by().values_list("pk", flat=True)))
        self.message_user(request, "Looked. What was found is proposed on each ticket's page.", messages.SUCCESS)

    @action(description="Look for serials", icon="search", permissions=["decide"])
    def look_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same for one ticket."""
        services.suggest_links([int(object_id)])
        self.message_user(request, "Looked. What was found is proposed below.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:tickets_ticket_change", args=[object_id]))

    @action(description="Link to…", icon="add_link", permissions=["decide"])
    def link_to(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for what the ticket is about, beside what its source says."""
        ticket = get_object_or_404(Ticket, pk=object_id)
        page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
        form = target_form(request, ("asset", "component", "project"))
        if request.method == "POST" and form.is_valid():
            services.link_by_hand(ticket.pk, target=form.target, user=request.user, now=timezone.now())
            self.message_user(request, f"Linked to {form.target}.", messages.SUCCESS)
            return HttpResponseRedirect(page)
        return asking(self, request, form, title=f"What {ticket} is about", original=ticket, page=page)
