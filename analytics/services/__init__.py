"""Verbs of reliability."""

from analytics.services.counting import count_changes

__all__ = ["count_changes"]
