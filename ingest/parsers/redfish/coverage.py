"""Which component types a tree enumerates completely, so that what it does not list is really absent.

Every step from the collections of systems and chassis down to the last part must have been read, and without
a problem: a part whose serial number could not be read would otherwise pass for a part that was removed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ingest.domain.report import Sighting
from ingest.parsers.redfish.hpe import CONTROLLERS, DEVICES, DRIVES
from ingest.parsers.redfish.machines import Machine
from ingest.parsers.redfish.resource import Resource
from ingest.parsers.redfish.tree import Tree
from registry.domain.vocabulary import ComponentType

# A server has these. An inventory without any was taken before the firmware knew, or with the power off.
_NEVER_NONE = frozenset({ComponentType.MEMORY, ComponentType.CPU, ComponentType.PSU})
_SINGLE = frozenset({ComponentType.MOTHERBOARD, ComponentType.BIOS})


@dataclass(slots=True)
class _Account:
    """What one walk through the tree looked for (`asked`), found (`lists`), and missed (`gaps`)."""

    asked: int = 0
    lists: int = 0
    gaps: dict[str, None] = field(default_factory=dict)


def coverage(tree: Tree, machine: Machine, sightings: Iterable[Sighting]) -> tuple[frozenset[str], list[str]]:
    """(the types that are covered, why others of which the tree has lists are not). Ask after the parts were read."""
    walk = _Walk(tree)
    accounts = {name: step(walk, machine) for name, step in _STEPS.items()}
    seen = {sighting.type for sighting in sightings}
    covered = {ComponentType(kind) for kind in seen if kind in _SINGLE}
    reasons: dict[str, list[str]] = {}
    for kind, needed in _NEEDED.items():
        needs = [accounts[name] for name in needed]
        gaps = [gap for account in needs for gap in account.gaps]
        listed = needs[0].lists or (kind in _BY_ANY and any(account.lists for account in needs))
        if gaps and (needs[0].asked or kind in seen):
            reasons.setdefault(_sentence(gaps), []).append(kind)
        elif listed and not gaps and (kind in seen or kind not in _NEVER_NONE):
            covered.add(kind)
    return frozenset(covered), [f"no absence follows for {', '.join(kinds)}: {why}" for why, kinds in reasons.items()]


def _sentence(gaps: list[str]) -> str:
    more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
    return f"{gaps[0]}{more}"


class _Walk:
    """Follows links and notes what is missing at their ends."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._faulty = {key for key, _ in tree.problems()}

    def reach(self, account: _Account, key: str, *kinds: str) -> Resource | None:
        found = self._tree.get(key)
        if found is None:
            account.gaps[f"{key} was not read"] = None
        elif kinds and found.kind not in kinds:
            account.gaps[f"{key} is no {kinds[0]}"] = None
            return None
        elif key in self._faulty:
            account.gaps[f"{key} was read in part"] = None
        return found

    def listed(self, account: _Account, holder: Resource, name: str, *kinds: str) -> list[Resource]:
        """The resources in the array `name` of `holder`, which may be longer than what is written there."""
        keys = holder.links(name)
        count = holder.number(f"{name}@odata.count")
        if (count is None and not isinstance(holder.data.get(name), list)) or (count is not None and len(keys) < count):
            account.gaps[f"{holder.key} does not list all its {name.lower()}"] = None
        elif count is None and f"{name}@odata.nextLink" in holder.data:
            account.gaps[f"{holder.key} has further pages"] = None
        account.lists += 1
        return [found for key in keys if (found := self.reach(account, key, *kinds)) is not None]

    def collection(self, account: _Account, holder: Resource, name: str, kind: str) -> list[Resource]:
        """The members of the collection that `holder` links by `name`, if it links one."""
        return self.members(account, holder.links(name), kind)

    def members(self, account: _Account, keys: list[str], *kinds: str) -> list[Resource]:
        """The members of the collections at `keys`."""
        account.asked += len(keys)
        found = (self.reach(account, key) for key in keys)
        return [member for one in found if one is not None for member in self.listed(account, one, "Members", *kinds)]

    def top(self, account: _Account, name: str, kind: str) -> None:
        """The service's own collection of systems, chassis or managers, all of which must have been read."""
        found = self.reach(account, f"/redfish/v1/{name}")
        if found is not None:
            self.listed(account, found, "Members", kind)
        account.lists = 0


def _memory(walk: _Walk, machine: Machine) -> _Account:
    return _of_systems(walk, machine, "Memory", "Memory")


def _processors(walk: _Walk, machine: Machine) -> _Account:
    return _of_systems(walk, machine, "Processors", "Processor")


def _of_systems(walk: _Walk, machine: Machine, name: str, kind: str) -> _Account:
    account = _Account()
    walk.top(account, "systems", "ComputerSystem")
    for system in machine.systems:
        walk.collection(account, system, name, kind)
    return account


def _drives(walk: _Walk, machine: Machine) -> _Account:
    account = _of_chassis(walk, machine, "Drives", "Drive")
    for storage in _storages(walk, account, machine):
        walk.listed(account, storage, "Drives", "Drive")
    for chassis in machine.chassis:
        for key in chassis.links("Links", "Drives"):
            walk.reach(account, key, "Drive")
    for controller in _controllers_of_hpe(walk, account, machine):
        walk.members(account, controller.links("Links", "PhysicalDrives"), *DRIVES)
    return account


def _controllers(walk: _Walk, machine: Machine) -> _Account:
    account = _Account()
    for storage in _storages(walk, account, machine):
        walk.collection(account, storage, "Controllers", "StorageController")
    _controllers_of_hpe(walk, account, machine)
    return account


def _controllers_of_hpe(walk: _Walk, account: _Account, machine: Machine) -> list[Resource]:
    keys = [key for system in machine.systems for key in system.links("Oem", "smart_storage")]
    storages = [found for key in keys if (found := walk.reach(account, key)) is not None]
    collections = [key for storage in storages for key in storage.links("Links", "ArrayControllers")]
    return walk.members(account, collections, *CONTROLLERS)


def _storages(walk: _Walk, account: _Account, machine: Machine) -> list[Resource]:
    walk.top(account, "systems", "ComputerSystem")
    return [storage for system in machine.systems for storage in walk.collection(account, system, "Storage", "Storage")]


def _adapters(walk: _Walk, machine: Machine) -> _Account:
    return _of_chassis(walk, machine, "NetworkAdapters", "NetworkAdapter")


def _devices(walk: _Walk, machine: Machine) -> _Account:
    account = _of_chassis(walk, machine, "PCIeDevices", "PCIeDevice")
    for system in machine.systems:
        for key in system.links("PCIeDevices"):
            walk.reach(account, key, "PCIeDevice")
    for chassis in machine.chassis:
        walk.members(account, chassis.links("Oem", "devices"), *DEVICES)
    return account


def _of_chassis(walk: _Walk, machine: Machine, name: str, kind: str) -> _Account:
    account = _Account()
    walk.top(account, "chassis", "Chassis")
    for chassis in machine.chassis:
        walk.collection(account, chassis, name, kind)
    return account


def _supplies(walk: _Walk, machine: Machine) -> _Account:
    return _in_two_schemas(walk, machine, ("Power", "PowerSubsystem"), "PowerSupplies", "PowerSupply")


def _fans(walk: _Walk, machine: Machine) -> _Account:
    return _in_two_schemas(walk, machine, ("Thermal", "ThermalSubsystem"), "Fans", "Fan")


def _in_two_schemas(walk: _Walk, machine: Machine, holders: tuple[str, str], name: str, kind: str) -> _Account:
    """The old array or the new collection: each lists all of them, so one that was read is enough."""
    old, new = holders
    account = _Account()
    walk.top(account, "chassis", "Chassis")
    for chassis in machine.chassis:
        by_array, by_collection = _Account(), _Account()
        for key in chassis.links(old):
            found = walk.reach(by_array, key, old)
            by_array.lists += found is not None and name in found.data
        for key in chassis.links(new):
            subsystem = walk.reach(by_collection, key, new)
            if subsystem is not None:
                walk.collection(by_collection, subsystem, name, kind)
        _settle(account, by_array, by_collection)
    return account


def _settle(account: _Account, *ways: _Account) -> None:
    account.asked += sum(way.asked for way in ways)
    account.lists += sum(way.lists for way in ways)
    whole = any(way.lists and not way.gaps for way in ways)
    for way in ways:
        if way.lists or not whole:
            account.gaps.update(way.gaps)


def _managers(walk: _Walk, machine: Machine) -> _Account:
    account = _Account()
    walk.top(account, "managers", "Manager")
    for manager in machine.managers:
        walk.reach(account, manager.key, "Manager")
        account.lists += 1
    return account


_STEPS: dict[str, Callable[[_Walk, Machine], _Account]] = {
    "memory": _memory,
    "processors": _processors,
    "drives": _drives,
    "controllers": _controllers,
    "adapters": _adapters,
    "devices": _devices,
    "supplies": _supplies,
    "fans": _fans,
    "managers": _managers,
}
# Cards that have no better list of their own are found among the PCIe devices.
_NEEDED = {
    ComponentType.MEMORY: ("memory",),
    ComponentType.CPU: ("processors",),
    ComponentType.GPU: ("processors", "devices"),
    ComponentType.DISK: ("drives",),
    ComponentType.HBA: ("controllers", "devices"),
    ComponentType.NIC: ("adapters", "devices"),
    ComponentType.PSU: ("supplies",),
    ComponentType.FAN: ("fans",),
    ComponentType.BMC: ("managers",),
    ComponentType.OTHER: ("devices", "processors"),
}
_BY_ANY = frozenset({ComponentType.HBA, ComponentType.NIC})
