"""The timeline's pages, and its panels on others' pages; importing them registers them."""

from timeline.admin import conflicts, decisions, events, evidence, panels, removals

__all__ = ["conflicts", "decisions", "events", "evidence", "panels", "removals"]
