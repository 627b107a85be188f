"""The registry's pages in the admin; importing them registers them."""

from registry.admin import access, aliases, assets, components, installations, locations, lots, owners

__all__ = ["access", "aliases", "assets", "components", "installations", "locations", "lots", "owners"]
