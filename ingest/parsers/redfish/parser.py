"""The parser of Redfish trees."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.json_text import load_json
from ingest.parsers.redfish.boards import boards
from ingest.parsers.redfish.cards import Cards
from ingest.parsers.redfish.coverage import coverage
from ingest.parsers.redfish.failures import LogReader, clock, part_signals
from ingest.parsers.redfish.firmware import inventory
from ingest.parsers.redfish.hpe import CONTROLLERS, DEVICES, DRIVES, array_controller, device, disk_drive
from ingest.parsers.redfish.machines import Machine, machines, top_of
from ingest.parsers.redfish.modules import drive, memory, processor
from ingest.parsers.redfish.parts import FIRMWARE_KIND, Part, joined
from ingest.parsers.redfish.power import fan, power, power_supply, thermal
from ingest.parsers.redfish.resource import Resource
from ingest.parsers.redfish.tree import Tree
from ingest.parsers.redfish.trimming import trim

_IN_A_TREE = re.compile(r"(?:^|/)redfish/v1(?:/.*)?\.json$", re.IGNORECASE)
_ROOT = re.compile(r"^(.*?)(?:^|/)redfish/v1(?=/|\.json$|$)", re.IGNORECASE)
_MARKS = re.compile(rb'"@odata\.(?:id"\s*:\s*"/redfish/|type"\s*:\s*"#)', re.IGNORECASE)
_EARLIEST = 2015  # Redfish 1.0; a clock that shows less was never set


class RedfishParser:
    """Reads saved Redfish trees, several to a bundle, by what their resources say of themselves."""

    name = "redfish"
    version = 2

    def wants(self, name: str, head: bytes) -> bool:
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        return bool(_IN_A_TREE.search(name)) or (start in (b"{", b"[") and bool(_MARKS.search(head)))

    def read(self, member: Member) -> object:
        value = load_json(member.content)
        if not isinstance(value, dict):
            raise MemberError("a Redfish resource is a JSON object, and this is none")
        return trim(value)

    def assemble(self, members: Sequence[tuple[str, object]], broken: Sequence[str]) -> list[tuple[str, Report]]:
        roots: dict[str, list[tuple[str, Any]]] = {}
        for name, value in members:
            roots.setdefault(_root(name), []).append((name, value))
        unplaced = {_root(name) for name in broken if not _IN_A_TREE.search(name)}
        return [report for root, found in sorted(roots.items()) for report in _reports(root, found, root in unplaced)]


def _root(name: str) -> str:
    """The path in front of ``redfish/v1``, or the top folder where file names are the collector's own."""
    found = _ROOT.match(name)
    return found[1] if found else name.rpartition("/")[0].partition("/")[0]


def _reports(root: str, members: Sequence[tuple[str, Any]], unplaced: bool) -> Iterator[tuple[str, Report]]:
    """`unplaced`: a file of this tree could not be read, and its name does not tell what was in it."""
    tree = Tree(members)
    found = machines(tree)
    running = inventory(tree)
    cards = Cards(tree)
    place = _place(root, [name for name, _ in members])
    if not found:
        parts = _parts(tree, Machine((), (), ()), cards)
        sightings = _sightings(parts, running)
        signals = tuple(part_signals(parts, tree))
        if sightings or signals:
            problems = _problems(tree, None)
            yield place, Report(sightings=sightings, signals=signals, time_rank=1, problems=problems)
        return
    for machine in found:
        parts = _parts(tree, machine, cards)
        sightings = (*boards(machine), *_sightings(parts, running))
        collected_at = _collected_at(machine.managers or tree.of("Manager"))
        if not machine.systems and not sightings:
            continue
        covered, reasons = coverage(tree, machine, sightings)
        if unplaced:
            covered, reasons = frozenset(), ["no absence follows: a file of the tree could not be read"]
        elif not tree.enumerates():
            reasons = []  # a resource by itself, which claims nothing of the rest
        yield (
            f"{root}{machine.address()}".removeprefix("/") if len(found) > 1 else place,
            Report(
                asset=machine.claim() if machine.systems or tree.enumerates() else None,
                collected_at=collected_at,
                time_rank=1,
                coverage=covered,
                sightings=sightings,
                signals=(
                    *part_signals(parts, tree),
                    *LogReader(tree, machine, parts, collected_at).signals(),
                ),
                problems=(*_problems(tree, machine), *reasons),
            ),
        )


def _place(root: str, names: Sequence[str]) -> str:
    """What the reports of a tree speak of: its folder, or the one file that there is."""
    if len(names) == 1:
        return names[0]
    whole = f"{root}/redfish/v1" if any(map(_ROOT.match, names)) else root
    return whole.removeprefix("/")


def _sightings(parts: Sequence[Part], running: Mapping[str, str]) -> tuple[Sighting, ...]:
    return tuple(_with_running_firmware(found, running) for found in parts if found.counts)


def _parts(tree: Tree, machine: Machine, cards: Cards) -> list[Part]:
    """The parts that the machine's resources show, each once, with those that are not worth reporting."""

    def of(*kinds: str) -> list[Resource]:
        found = (resource for kind in kinds for resource in tree.of(kind))
        return [resource for resource in found if machine.owns(resource.key) and not resource.absent()]

    drives = [found for resource in of("Drive") for found in drive(resource)]
    drives += [found for resource in of(*DRIVES) for found in disk_drive(resource)]
    models = {found.sighting.model for found in drives}
    on_the_bus = joined(
        [
            *(found for resource in of("Processor") for found in processor(resource)),
            *drives,
            *(found for resource in of("NetworkAdapter") for found in cards.network_adapter(resource)),
            *(found for resource in of("StorageController") for found in cards.storage_controller(resource, models)),
            *(found for resource in of("Storage") for found in cards.storage(resource, models)),
            *(found for resource in of(*CONTROLLERS) for found in array_controller(resource)),
            *(found for resource in of("PCIeDevice") for found in cards.pcie_device(resource)),
            *(found for resource in of(*DEVICES) for found in device(resource)),
        ]
    )
    modules = joined(found for resource in of("Memory") for found in memory(resource))
    supplies = joined(
        [
            *(found for resource in of("PowerSupply") for found in power_supply(resource)),
            *(found for resource in of("Power") for found in power(resource)),
        ]
    )
    fans = joined(
        [
            *(found for resource in of("Fan") for found in fan(resource)),
            *(found for resource in of("Thermal") for found in thermal(resource)),
        ]
    )
    return [*on_the_bus, *modules, *supplies, *fans]


def _with_running_firmware(found: Part, running: Mapping[str, str]) -> Sighting:
    if found.sighting.firmware:
        return found.sighting
    version = next((running[key] for key in sorted(found.keys) if key in running), "")
    return replace(found.sighting, firmware=version, firmware_kind=FIRMWARE_KIND if version else "")


def _problems(tree: Tree, machine: Machine | None) -> tuple[str, ...]:
    """What could not be read of the machine's own resources and of those that no machine owns."""
    return tuple(
        problem for key, problem in tree.problems() if machine is None or machine.owns(key) or not _is_owned(key)
    )


def _is_owned(key: str) -> bool:
    return top_of(key).split("/")[3:4] in (["systems"], ["chassis"], ["managers"])


def _collected_at(managers: Sequence[Resource]) -> datetime | None:
    """The latest of the managers' clocks that can be true; a clock that was never set lags by years."""
    times = filter(None, map(clock, managers))
    return max((time for time in times if time.year >= _EARLIEST), default=None)
