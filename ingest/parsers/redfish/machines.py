"""Which of a tree's systems, chassis and managers are one server."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.domain.report import AssetClaim, SerialClaim
from ingest.parsers.redfish.resource import Resource, first
from ingest.parsers.redfish.tree import Tree
from registry.domain.serials import clean_serial, normalise

_BASEBOARD = re.compile(r"hgx|baseboard", re.IGNORECASE)  # a board of GPUs that presents itself as a system
_CARD = re.compile(r"bluefield|\bdpu\b", re.IGNORECASE)  # a computer on a card
_SIMULATED = re.compile(r"\s*--\s*SIMULATED\s*$")
_SERVICE_TAG = re.compile(r"[0-9A-Z]{7}")


@dataclass(frozen=True, slots=True)
class Machine:
    """One asset of a tree. `tops`: the systems, chassis and managers whose resources are its own; None: all are."""

    systems: Sequence[Resource]
    chassis: Sequence[Resource]
    managers: Sequence[Resource]
    tops: frozenset[str] | None = None

    def owns(self, key: str) -> bool:
        return self.tops is None or top_of(key) in self.tops

    def address(self) -> str:
        """The address of the system, or of the chassis where there is none."""
        return next(resource.id for resource in (*self.systems, *self.chassis))

    def claim(self) -> AssetClaim:
        """Who the machine says it is; serial numbers strongest first, each once."""
        namers = [*self.systems, *self.chassis]
        claims = [claim for system in self.systems for claim in serial_claims(system)]
        claims.sort(key=lambda claim: claim.source not in ("service_tag", "system"))
        claims += [claim for chassis in self._cabinets() for claim in _cabinet_claims(chassis)]
        seen: dict[str, SerialClaim] = {}
        for claim in claims:
            if claim.value:
                seen.setdefault(normalise(claim.value), claim)
        return AssetClaim(
            vendor=first(*(namer.word("Manufacturer") for namer in namers)),
            model=_SIMULATED.sub("", first(*(namer.word("Model") for namer in namers))),
            hostname=first(*(system.word("HostName") for system in self.systems)),
            serials=tuple(seen.values()),
        )

    def _cabinets(self) -> list[Resource]:
        """The chassis that the machine is, rather than the boards and modules in it."""
        if not self.systems:
            return [chassis for chassis in self.chassis if not chassis.links("Links", "ContainedBy")] or [*self.chassis]
        linked = self.systems[0].links("Links", "Chassis")
        if not linked:
            return list(self.chassis) if len(self.chassis) == 1 else []
        around = ("Enclosure", "Rack")  # their serial numbers are those of other machines too
        return [one for one in self.chassis if one.key in linked and one.text("ChassisType") not in around]


def _cabinet_claims(chassis: Resource) -> list[SerialClaim]:
    """What the chassis says of the machine's name: Dell's has the board's number, and the service tag beside it."""
    if _is_dell(chassis):
        return [SerialClaim(chassis.text("SKU"), "service_tag"), SerialClaim(chassis.text("SerialNumber"), "board")]
    return [SerialClaim(chassis.text("SerialNumber"), "chassis")]


def machines(tree: Tree) -> list[Machine]:
    """The tree's assets: nearly always one; each node of an enclosure and each card computer is one of its own."""
    systems = [system for system in tree.of("ComputerSystem") if _depth(system.key) == 1]
    groups = _groups(systems)
    chassis, managers = tree.of("Chassis"), tree.of("Manager")
    if len(groups) < 2:
        whole = groups[0] if groups else []
        return [Machine(whole, chassis, managers)] if whole or chassis else []
    owners = _owners(groups, chassis, managers)
    found = [_machine(place, group, [*chassis, *managers], owners) for place, group in enumerate(groups)]
    rest = _machine(None, [], [*chassis, *managers], owners)
    return [*found, rest] if rest.chassis else found


def top_of(key: str) -> str:
    """``/redfish/v1/systems/1`` of all that lies below it."""
    return "/".join(key.split("/")[:5])


def serial_claims(system: Resource) -> list[SerialClaim]:
    """What a system prints as its serial numbers, strongest first."""
    serial = system.text("SerialNumber")
    if is_baseboard(system):
        return [SerialClaim(serial, "board")]
    if not _is_dell(system):
        return [SerialClaim(serial)]
    # Dell's serial number is the board's; the enclosure's tag beside it is shared by all its nodes.
    tags = [SerialClaim(system.text("SKU"), "service_tag"), SerialClaim(system.text("Oem", "node_tag"), "service_tag")]
    return [*tags, SerialClaim(serial, "system" if _SERVICE_TAG.fullmatch(serial) else "board")]


def _is_dell(resource: Resource) -> bool:
    return resource.text("Manufacturer").lower().startswith("dell")


def is_baseboard(system: Resource) -> bool:
    return bool(_BASEBOARD.search(system.name()))


def _is_card(system: Resource) -> bool:
    return system.text("SystemType") == "DPU" or any(_CARD.search(system.text(name)) for name in ("Id", "Model"))


def _depth(key: str) -> int:
    """1 for ``/redfish/v1/systems/1``."""
    return len(key.split("/")) - 4


def _own_serial(system: Resource) -> str:
    return first(*(clean_serial(claim.value) for claim in serial_claims(system) if claim.source != "board"))


def _groups(systems: Sequence[Resource]) -> list[list[Resource]]:
    """The systems of each asset, the one that names it first."""
    named: dict[str, list[Resource]] = {}
    unnamed = []
    for system in systems:
        if serial := _own_serial(system):
            named.setdefault(serial, []).append(system)
        else:
            unnamed.append(system)
    groups = list(named.values())
    if not groups:
        unnamed.sort(key=lambda system: (is_baseboard(system), not system.word("Model")))
        return [unnamed] if unnamed else []
    hosts = [group for group in groups if not _is_card(group[0])]
    for system in unnamed:
        near = [group for group in groups if any(_share_links(system, other) for other in group)]
        home = near if len(near) == 1 else hosts if len(hosts) == 1 else groups
        if len(home) == 1:
            home[0].append(system)
        else:
            groups.append([system])
    return groups


def _share_links(one: Resource, other: Resource) -> bool:
    return any(set(one.links("Links", name)) & set(other.links("Links", name)) for name in ("Chassis", "ManagedBy"))


def _owners(
    groups: Sequence[Sequence[Resource]], chassis: Sequence[Resource], managers: Sequence[Resource]
) -> Mapping[str, int | None]:
    """The group each chassis and manager belongs to; None: to the enclosure around them."""
    of_system = {system.key: place for place, group in enumerate(groups) for system in group}
    hosts = [place for place, group in enumerate(groups) if not _is_card(group[0])]
    unclaimed = hosts[0] if len(hosts) == 1 else None
    claims: dict[str, set[int]] = {}
    for place, group in enumerate(groups):
        for system in group:
            for key in (*system.links("Links", "Chassis"), *system.links("Links", "ManagedBy")):
                claims.setdefault(key, set()).add(place)
    for resource in (*chassis, *managers):
        links = (*resource.links("Links", "ComputerSystems"), *resource.links("Links", "ManagerForServers"))
        claims.setdefault(resource.key, set()).update(of_system[key] for key in links if key in of_system)
    containers = {resource.key: resource.links("Links", "ContainedBy") for resource in chassis}
    owners: dict[str, int | None] = {}
    for resource in (*chassis, *managers):
        claimed = _claimed_with(resource.key, claims, containers)
        owners[resource.key] = next(iter(claimed)) if len(claimed) == 1 else None if claimed else unclaimed
    return owners


def _claimed_with(key: str, claims: Mapping[str, set[int]], containers: Mapping[str, list[str]]) -> set[int]:
    """The groups that claim the chassis, or the nearest chassis around it that is claimed."""
    seen: set[str] = set()
    while key not in seen and not claims.get(key):
        seen.add(key)
        key = first(*containers.get(key, []))
    return claims.get(key, set())


def _machine(
    place: int | None, systems: Sequence[Resource], tops: Iterable[Resource], owners: Mapping[str, int | None]
) -> Machine:
    own = [resource for resource in tops if owners[resource.key] == place]
    return Machine(
        systems,
        [resource for resource in own if resource.kind == "Chassis"],
        [resource for resource in own if resource.kind == "Manager"],
        frozenset(resource.key for resource in (*systems, *own)),
    )
