"""The timeline's pages, and its panels on others' pages; importing them registers them."""

from timeline.admin import events, evidence, panels

__all__ = ["events", "evidence", "panels"]
