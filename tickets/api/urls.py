"""The addresses of tickets."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from tickets.api.sync import TicketSync
from tickets.api.tickets import TicketViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("tickets", TicketViewSet, "ticket")

urlpatterns = [
    path("connectors/tickets/sync", TicketSync.as_view(), name="ticket-sync"),
    *router.urls,
]
