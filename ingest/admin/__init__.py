"""The pages of bundles and what they say; importing them registers them."""

from ingest.admin import bundles, observations, panels

__all__ = ["bundles", "observations", "panels"]
