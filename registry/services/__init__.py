"""The registry's verbs."""

from registry.services.aliases import delete_alias, save_alias
from registry.services.assets import AssetNaming, AssetRef, Placement, asset_lookup, place_assets
from registry.services.components import ComponentNaming, Naming, name_components
from registry.services.declare import AlreadyExists, FieldProblem, HasHistory, declare_asset, declare_component, delete
from registry.services.lots import name_lots

__all__ = [
    "AlreadyExists",
    "AssetNaming",
    "AssetRef",
    "ComponentNaming",
    "FieldProblem",
    "HasHistory",
    "Naming",
    "Placement",
    "asset_lookup",
    "declare_asset",
    "declare_component",
    "delete",
    "delete_alias",
    "name_components",
    "name_lots",
    "place_assets",
    "save_alias",
]
