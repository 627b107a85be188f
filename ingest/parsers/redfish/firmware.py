"""Firmware by the update service's inventory, for parts that do not tell their own."""

from collections.abc import Mapping

from ingest.parsers.redfish.tree import Tree

_NOT_RUNNING = ("previous-", "available-")  # Dell keeps the version to roll back to beside the one that runs


def inventory(tree: Tree) -> Mapping[str, str]:
    """The running version by resource; a resource to which two versions relate is left out."""
    found: dict[str, set[str]] = {}
    for entry in tree.of("SoftwareInventory"):
        if entry.name().lower().startswith(_NOT_RUNNING) or entry.text("Status", "State") == "StandbySpare":
            continue
        version = entry.word("Version")
        for key in entry.links("RelatedItem") if version else ():
            found.setdefault(key, set()).add(version)
    return {key: versions.pop() for key, versions in found.items() if len(versions) == 1}
