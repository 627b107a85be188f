"""The tables of tickets and failures."""

from tickets.models.connectors import Connector
from tickets.models.episodes import FailureEpisode
from tickets.models.failures import Failure
from tickets.models.links import TicketLink, UnresolvedLink
from tickets.models.tickets import Ticket

__all__ = ["Connector", "Failure", "FailureEpisode", "Ticket", "TicketLink", "UnresolvedLink"]
