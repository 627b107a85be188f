"""Failing parts in a Redfish tree, and what is told of them."""

from typing import Any

from ingest.domain.report import Signal
from tests.ingest.redfish_trees import CHASSIS, TreeOf, only_report

CRITICAL = {"State": "Enabled", "Health": "Critical"}
ROLLED_UP = {"State": "Enabled", "Health": "Critical", "HealthRollup": "Critical"}
OUT_OF_USE = {"State": "UnavailableOffline", "Health": "Critical"}


def supply(tree: TreeOf, name: str, **properties: Any) -> TreeOf:
    """The tree with one power supply more."""
    holder = f"{CHASSIS}/PowerSubsystem"
    if holder not in tree.resources:
        tree.put(holder, "PowerSubsystem")
    return tree.part(holder, "PowerSupplies", name, "PowerSupply", Name=f"Power Supply Bay {name}", **properties)


def signals(tree: TreeOf) -> tuple[Signal, ...]:
    """All failures that the tree tells."""
    return only_report(tree).signals


def told(tree: TreeOf) -> list[tuple[str, str, str, str]]:
    """Of each failure its mode, its severity, and the type and name of the part."""
    return [(one.mode, one.severity, one.part.type, one.part.serial or one.part.slot) for one in signals(tree)]
