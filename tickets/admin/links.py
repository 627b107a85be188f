"""Tickets' links: what each names, what that is, and what operators decided."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action

from registry.admin import searching
from registry.admin.cells import NOTHING, link, moment, word_label
from registry.admin.records import LargeTable, ReadOnlyAdmin
from tickets import services
from tickets.admin.resolving import Resolving
from tickets.domain.vocabulary import LinkState, NameKind
from tickets.models import TicketLink

STATE_COLOURS: Mapping[str, str] = {LinkState.PROPOSED: "warning", LinkState.CONFIRMED: "success"}


def named_cell(link_: TicketLink) -> SafeString:
    """What the ticket calls the thing."""
    kind = NameKind(link_.by).value.replace("_", " ")
    more = ", ".join(filter(None, (link_.component_type, link_.vendor)))
    return format_html(
        '{} <span class="text-subtle whitespace-nowrap">{}{}</span>', link_.name, kind, f", {more}" if more else ""
    )


def target_cell(link_: TicketLink) -> SafeString:
    """The thing, once it is known."""
    target = link_.component or link_.asset or link_.project
    return link(target) if target else word_label("unresolved", {"unresolved": "danger"})


def state_cell(link_: TicketLink) -> SafeString:
    """The state as a label; one that waits says so where it leads to."""
    target = link_.component_id or link_.asset_id or link_.project_id
    waits = target is None and link_.state == LinkState.CONFIRMED
    return NOTHING if waits else word_label(link_.state, STATE_COLOURS)


def decided_cell(link_: TicketLink) -> SafeString:
    """Who decided, and when."""
    return format_html("{} {}", link_.decided_by or "", moment(link_.decided_at)) if link_.decided_at else link(None)


class DecidingAdmin(Resolving, LargeTable, ReadOnlyAdmin):
    """What pages of links share: an operator may decide, and nobody edits."""

    list_prefetch_related: tuple[str, ...] = ("ticket", "project", "asset", "component", "decided_by")
    narrowed_by = ("ticket__id__exact",)
    narrowed_ordering = ("id",)
    autocomplete_fields = ("project", "asset", "component")
    fields: tuple[tuple[str, ...], ...] = (
        ("ticket_link", "names"),
        ("leads_to", "state", "origin", "candidates"),
        ("decided_by", "decided_at"),
    )
    readonly_fields = ("ticket_link", "names", "leads_to")

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may say what tickets are about."""
        return bool(request.user.has_perm("tickets.change_ticketlink"))

    @admin.display(description="ticket")
    def ticket_link(self, link_: TicketLink) -> SafeString:
        """A link to the ticket."""
        return link(link_.ticket)

    @admin.display(description="named")
    def names(self, link_: TicketLink) -> SafeString:
        """What the ticket says."""
        return named_cell(link_)

    @admin.display(description="leads to")
    def leads_to(self, link_: TicketLink) -> SafeString:
        """What is meant."""
        return target_cell(link_)

    @admin.display(description="state")
    def state_label(self, link_: TicketLink) -> SafeString:
        """The state as a label."""
        return state_cell(link_)

    @admin.display(description="decided")
    def decided(self, link_: TicketLink) -> SafeString:
        """Who and when."""
        return decided_cell(link_)

    @admin.action(description="Dismiss the selected links", permissions=["decide"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[TicketLink]) -> None:
        """Takes them out of account, for good."""
        number = services.dismiss_links(_ids(queryset), user=request.user, now=timezone.now())
        self.message_user(request, f"{number} dismissed.", messages.SUCCESS)


@admin.register(TicketLink)
class TicketLinkAdmin(DecidingAdmin):
    """All links; those found in text wait to be confirmed or dismissed."""

    list_display = ("ticket_link", "names", "leads_to", "origin", "state_label", "decided")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("origin", ChoicesDropdownFilter),
        ("by", ChoicesDropdownFilter),
        ("asset", AutocompleteSelectFilter),
        ("component", AutocompleteSelectFilter),
    )
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("name",)
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    actions = ("confirm", "dismiss", "take_back")
    actions_detail = ("confirm_one", "dismiss_one", "take_back_one", "resolve")

    @admin.action(description="Confirm the selected proposals", permissions=["decide"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[TicketLink]) -> None:
        """Lets them count."""
        number = services.confirm_links(_ids(queryset), user=request.user, now=timezone.now())
        self.message_user(request, f"{number} confirmed.", messages.SUCCESS)

    @admin.action(description="Take back what was decided of the selected links", permissions=["decide"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[TicketLink]) -> None:
        """As if nothing had been decided."""
        number = services.reopen_links(_ids(queryset), now=timezone.now())
        self.message_user(request, f"{number} taken back.", messages.SUCCESS)

    @action(description="Confirm", icon="check", permissions=["decide"])
    def confirm_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lets it count."""
        self.confirm(request, TicketLink.objects.filter(pk=object_id))
        return _to_ticket(object_id)

    @action(description="Dismiss", icon="block", permissions=["decide"])
    def dismiss_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Takes it out of account."""
        self.dismiss(request, TicketLink.objects.filter(pk=object_id))
        return _to_ticket(object_id)

    @action(description="Take back", icon="undo", permissions=["decide"])
    def take_back_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As if nothing had been decided."""
        self.take_back(request, TicketLink.objects.filter(pk=object_id))
        return _to_ticket(object_id)


def _to_ticket(link_id: str) -> HttpResponse:
    ticket = TicketLink.objects.values_list("ticket_id", flat=True).get(pk=link_id)
    return HttpResponseRedirect(reverse("admin:tickets_ticket_change", args=[ticket]))


def _ids(queryset: QuerySet[Any]) -> list[int]:
    return list(queryset.order_by().values_list("pk", flat=True))
