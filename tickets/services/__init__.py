"""The verbs of tickets and failures."""

from tickets.services.suggestions import suggest_links
from tickets.services.sync import REJECTED, Outcome, sync_tickets

__all__ = ["REJECTED", "Outcome", "suggest_links", "sync_tickets"]
