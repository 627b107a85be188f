"""Pages of reliability; importing them registers them."""

from analytics.admin import runs

__all__ = ["runs"]
