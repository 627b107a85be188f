"""The addresses of tickets."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from tickets.api.failures import FailureViewSet
from tickets.api.sync import TicketSync
from tickets.api.tickets import TicketViewSet
from tickets.api.timeline import AssetTimeline, ComponentTimeline
from tickets.api.visible import AssetTickets, ComponentTickets

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("failures", FailureViewSet, "failure")
router.register("tickets", TicketViewSet, "ticket")

LIST: dict[str, Any] = {"get": "list"}

urlpatterns = [
    path("assets/<int:asset_id>/timeline", AssetTimeline.as_view(LIST), name="asset-timeline"),
    path("components/<int:component_id>/timeline", ComponentTimeline.as_view(LIST), name="component-timeline"),
    path("assets/<int:asset_id>/tickets", AssetTickets.as_view(LIST), name="asset-tickets"),
    path("components/<int:component_id>/tickets", ComponentTickets.as_view(LIST), name="component-tickets"),
    path("connectors/tickets/sync", TicketSync.as_view(), name="ticket-sync"),
    *router.urls,
]
