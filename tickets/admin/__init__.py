"""Pages of tickets and their links; importing them registers them."""

from tickets.admin import links, panels, tickets, unresolved

__all__ = ["links", "panels", "tickets", "unresolved"]
