"""The page on which an operator says which thing a link means."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action

from registry.admin.asking import asking
from registry.admin.cells import anchor, link, model_name, moment
from registry.admin.panels import Panel
from registry.models import Asset, Component, Project
from tickets import services
from tickets.admin.targets import target_form
from tickets.models import TicketLink
from tickets.selectors import Meant, meant_by

MOST_CANDIDATES = 50


class Resolving:
    """Adds the action `resolve` to the pages of links."""

    @action(description="Say which", icon="ads_click", permissions=["decide"])
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The known things that bear the name, and a form for any other."""
        link_ = get_object_or_404(TicketLink.objects.select_related("ticket"), pk=object_id)
        kind = services.target_kind(link_)
        page = reverse("admin:tickets_ticket_change", args=[link_.ticket_id])
        form = target_form(request, (kind,), {kind: request.GET.get("target")})
        if request.method == "POST" and form.is_valid():
            services.resolve_link(link_.pk, target=form.target, user=request.user, now=timezone.now())
            messages.success(request, f"{link_.name} is {told_apart(form.target)}.")
            return HttpResponseRedirect(page)
        return asking(
            admin.site.get_model_admin(TicketLink),
            request,
            form,
            title=f"What {link_.ticket} means by {link_.name}",
            original=link_,
            page=page,
            panels=[_candidates(link_, request.path)],
        )


def told_apart(thing: Project | Asset | Component) -> str:
    """A thing by what tells it from others of its name: servers may share a host name."""
    if isinstance(thing, Asset) and thing.hostname:
        return f"{thing.serial} ({thing.hostname})"
    return str(thing)


def _candidates(link_: TicketLink, page: str) -> Panel:
    found = meant_by([link_]).get(link_.pk, [])
    return Panel(
        title="Known things of that name",
        note=f"The ticket was opened {link_.ticket.opened_at:%Y-%m-%d %H:%M}.",
        headers=("Thing", "Model", "Seen with the name from", "To", ""),
        rows=[
            (
                link(one.thing, told_apart(one.thing)),
                _model(one.thing),
                moment(one.candidate.first),
                moment(one.candidate.last),
                _choice(one, page),
            )
            for one in found[:MOST_CANDIDATES]
        ],
        empty="Nothing known bears this name.",
    )


def _model(thing: Project | Asset | Component) -> str:
    return "–" if isinstance(thing, Project) else model_name(thing.vendor, thing.model)


def _choice(one: Meant, page: str) -> SafeString:
    return anchor(f"{page}?target={one.thing.pk}", "Choose")
