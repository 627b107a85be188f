"""Pages of tickets and their links; importing them registers them."""

from tickets.admin import connectors, failures, links, panels, things, tickets, timelines, unresolved

__all__ = ["connectors", "failures", "links", "panels", "things", "tickets", "timelines", "unresolved"]
