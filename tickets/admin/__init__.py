"""Pages of tickets and their links; importing them registers them."""

from tickets.admin import connectors, links, panels, tickets, unresolved

__all__ = ["connectors", "links", "panels", "tickets", "unresolved"]
