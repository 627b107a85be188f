"""Pages of reliability; importing them registers them."""

from analytics.admin import alerts, runs

__all__ = ["alerts", "runs"]
