"""The registry's tables."""

from registry.models.access import ApiToken
from registry.models.aliases import VendorAlias
from registry.models.assets import Asset
from registry.models.components import FOREVER, Component, ComponentIdentifier, Installation, Lot
from registry.models.decisions import DecidedName, IdentityDecision
from registry.models.owners import Customer, Location, Project

__all__ = [
    "FOREVER",
    "ApiToken",
    "Asset",
    "Component",
    "ComponentIdentifier",
    "Customer",
    "DecidedName",
    "IdentityDecision",
    "Installation",
    "Location",
    "Lot",
    "Project",
    "VendorAlias",
]
