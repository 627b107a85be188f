"""The queue of links that name nothing known, or more than one thing."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from registry.admin.cells import NOTHING, link, moment
from registry.domain.serials import normalise
from tickets import services
from tickets.admin.links import DecidingAdmin
from tickets.admin.resolving import told_apart
from tickets.models import UnresolvedLink
from tickets.selectors import Meant, meant_by

MOST_SHOWN = 3


class DoubtFilter(DropdownFilter):
    """Why links wait."""

    title = "why"
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Nothing of the name, or too many things."""
        return [("unknown", "Nothing known"), ("ambiguous", "More than one thing")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UnresolvedLink]) -> QuerySet[UnresolvedLink]:
        """The one or the other, as far as was known when last looked for."""
        match self.value():
            case "unknown":
                return queryset.filter(candidates__lt=2)
            case "ambiguous":
                return queryset.filter(candidates__gt=1)
        return queryset


def _named(term: str) -> Q:
    return Q(name__startswith=term) | Q(name__startswith=normalise(term)) | Q(name__startswith=term.lower())


def _of_ticket(term: str) -> Q:
    return Q(ticket__external_id__startswith=term) | Q(ticket__external_id__startswith=term.upper())


@admin.register(UnresolvedLink)
class UnresolvedLinkAdmin(DecidingAdmin):
    """Links that wait: they resolve themselves when the thing appears, or an operator says which it is."""

    list_display = ("names", "ticket_link", "opened", "known")
    list_filter = (DoubtFilter, ("by", ChoicesDropdownFilter))
    list_prefetch_related = ("ticket",)
    name_steps = (_named, _of_ticket)
    search_fields = ("name",)
    search_help_text = "Beginning of what is named, or of the ticket's id"
    actions = ("try_again", "dismiss")
    actions_detail = ("resolve",)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with what is known by each name on the page."""
        changelist = super().get_changelist_instance(request)
        self._known = meant_by(list(changelist.result_list))
        return changelist

    @admin.display(description="opened")
    def opened(self, link_: UnresolvedLink) -> SafeString:
        """When the ticket was opened."""
        return moment(link_.ticket.opened_at)

    @admin.display(description="could be")
    def known(self, link_: UnresolvedLink) -> SafeString:
        """The known things of that name."""
        found: list[Meant] = self._known.get(link_.pk, [])
        shown = format_html_join(", ", "{}", ((link(one.thing, told_apart(one.thing)),) for one in found[:MOST_SHOWN]))
        left = len(found) - MOST_SHOWN
        return format_html("{} and {} more", shown, left) if left > 0 else shown or NOTHING

    @admin.action(description="Look again for what is named", permissions=["decide"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[UnresolvedLink]) -> None:
        """What beat does every minute."""
        number = services.resolve_waiting()
        self.message_user(request, f"{number} resolved.", messages.SUCCESS)
