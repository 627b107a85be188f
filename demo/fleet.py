"""A fleet as it was bought: servers and their parts, and the words in which `demo.story` tells what became of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from demo.catalogue import BAD_LOT_MODEL, PLATFORMS, PROJECTS, DiskModel, PartModel, Platform

DAYS = 730
_BOX = 12  # parts of one model that come together, of one lot
_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
_PATTERN = {"#": "0123456789", "@": _LETTERS, "%": "0123456789ABCDEF", "*": _LETTERS + "0123456789"}


class Kind(StrEnum):
    """What can happen to a part."""

    REPLACED = "replaced"
    MOVED = "moved"
    FIRMWARE = "firmware"
    HEALTH = "health"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a part can sit: the server's number in the fleet, the part's type, and a position from 0."""

    server: int
    type: str
    position: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A lot: its code, the day on which it was made, and whether that was a bad day."""

    code: str
    made: date
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of hardware. `born`: made on that day; `number`: sixty-odd bits that names in the part derive from."""

    model: PartModel
    serial: str
    batch: Batch | None
    born: date
    number: int

    @property
    def lot(self) -> str:
        """Its lot's code; nothing where it has none."""
        return self.batch.code if self.batch else ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A part in its place with its state; it runs `since` it was first built in."""

    part: Part
    place: Place
    firmware: str
    since: datetime
    health: str = "ok"
    health_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """One server. `since`: its first day in the fleet."""

    index: int
    platform: Platform
    serial: str
    board_serial: str
    hostname: str
    project: str
    uuid: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """A change: `part` at `place`, and by kind where `to`, what replaced it, its new firmware or health."""

    at: datetime
    kind: Kind
    place: Place
    part: Part
    to: Place | None = None
    successor: Part | None = None
    firmware: str = ""
    health: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """`part` failed at `place`, at that moment."""

    at: datetime
    place: Place
    part: Part


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What sat in a server when its logs were collected.

    `boot` counts restarts, which rename its devices. `broken`: what failed in it so far, which logs remember.
    `asked`: collected because something had happened, not because a month was over.
    """

    server: Server
    collected_at: datetime
    boot: int
    fitted: tuple[Fitted, ...]
    broken: tuple[Breakdown, ...] = ()
    asked: bool = False

    def of_type(self, kind: str) -> list[Fitted]:
        """The parts of that type, by position."""
        return [one for one in self.fitted if one.place.type == kind]


@dataclass(frozen=True, slots=True)
class Story:
    """The whole fleet from its first day to its last. Snapshots and what happened are in the order of time."""

    servers: tuple[Server, ...]
    snapshots: tuple[Snapshot, ...]
    happenings: tuple[Happening, ...]
    breakdowns: tuple[Breakdown, ...]
    end: datetime


class Workshop:
    """Makes parts and servers whose numbers never repeat."""

    def __init__(self, chance: random.Random, end: datetime) -> None:
        self.chance = chance
        self.end = end
        self._given: set[str] = set()

    def number(self, pattern: str) -> str:
        """A serial number of that pattern that no one else has; nothing for an empty pattern."""
        if not pattern:
            return ""
        while True:
            serial = "".join(self.chance.choice(_PATTERN.get(letter, letter)) for letter in pattern)
            if serial not in self._given:
                self._given.add(serial)
                return serial

    def part(self, model: PartModel, batch: Batch | None, ready: datetime) -> Part:
        """A part of that model, made with its batch, or else some weeks before it is `ready`."""
        born = batch.made if batch else (ready - timedelta(days=self.chance.randrange(40, 160))).date()
        return Part(model, self.number(model.serial), batch, born, self.chance.getrandbits(62))

    def server(self, index: int, count: int) -> Server:
        """The fleet's server of that index out of `count`; the later in the fleet, the later it was bought."""
        platform = PLATFORMS[index % len(PLATFORMS)]
        # A stride that shares no factor with the list's length, so that no model of server is bought all at once.
        months = (index * 7 % count) * 14 // count
        since = self.end - timedelta(days=DAYS - months * 30, hours=self.chance.randrange(8, 16))
        serial = self.number(platform.serial)
        project = PROJECTS[index * len(PROJECTS) // count][2]
        return Server(
            index=index,
            platform=platform,
            serial=serial,
            board_serial=self.number(platform.board_serial),
            hostname=f"{project.lower()}-{index % len(PLATFORMS) + 1:02d}",
            project=project,
            uuid=f"4c4c4544-{self.number('%%%%-%%%%-%%%%-%%%%%%%%%%%%').lower()}",
            since=since,
        )

    def outfit(self, server: Server, lots: dict[str, tuple[Batch, ...]]) -> Iterator[Fitted]:
        """The parts that `server` was bought with."""
        platform = server.platform
        dimm = self.chance.choice(platform.dimms)
        dimms = self.chance.choice((8, 10, 12, platform.dimm_slots - 2))
        positions: dict[str, int] = {}
        bought: list[tuple[PartModel, int]] = [
            (PartModel("bios", platform.vendor, "BIOS", firmwares=platform.bios), 1),
            (PartModel("bmc", platform.vendor, platform.bmc_model, firmwares=platform.bmc), 1),
            (platform.cpu, 2),
            (dimm, dimms),
            *platform.disks,
            (platform.psu, 2),
            *((nic, 1) for nic in platform.nics),
            *platform.gpus,
            *((hba, 1) for hba in platform.hbas),
        ]
        for model, amount in bought:
            batch: Batch | None = None
            for number in range(amount):
                if number % _BOX == 0:
                    batch = self.chance.choice(lots.get(model.model, (None,)))
                position = positions.get(model.type, 0)
                positions[model.type] = position + 1
                place = Place(server.index, model.type, position)
                firmware = model.firmwares[0] if model.firmwares else ""
                yield Fitted(self.part(model, batch, server.since), place, firmware, server.since)


def lots_of(chance: random.Random, end: datetime) -> dict[str, tuple[Batch, ...]]:
    """The lots of each model of disk, memory, and power supply, by the model's name; one of them is bad."""
    lots: dict[str, tuple[Batch, ...]] = {}
    models = {part for one in PLATFORMS for part in (*(disk for disk, _ in one.disks), *one.dimms, one.psu)}
    for model in sorted(models, key=lambda one: one.model):
        # Made in the months before the fleet's first day.
        weeks = sorted(chance.sample(range(8, 40), 3), reverse=True)
        days = [(end - timedelta(days=DAYS + 7 * week)).date() for week in weeks]
        lots[model.model] = tuple(Batch(_lot_code(model, day), day) for day in days)
    first, second, third = lots[BAD_LOT_MODEL.model]
    # Most of what was bought in those months is of the bad lot.
    lots[BAD_LOT_MODEL.model] = (*(replace(second, bad=True),) * 3, first, third, third)
    return lots


def _lot_code(model: PartModel, made: date) -> str:
    """How the maker calls what it made in that week."""
    year, week, _ = made.isocalendar()
    return f"{model.vendor.replace(' ', '')[:3].upper()}-{model.part_number[:6]}-{year}W{week:02d}"


def dimm_names(platform: Platform) -> tuple[str, ...]:
    """What the server's maker prints beside its memory slots, by position."""
    half = range(platform.dimm_slots // 2)
    match platform.vendor:
        case "Dell Inc.":
            return tuple(f"{side}{n + 1}" for side in "AB" for n in half)
        case "HPE":
            return tuple(f"PROC {cpu} DIMM {n + 1}" for cpu in (1, 2) for n in half)
        case "Supermicro":
            return tuple(f"P{cpu}-DIMM{'ABCDEFGH'[n]}1" for cpu in (1, 2) for n in half)
        case "Giga Computing":
            return tuple(f"DIMM_P{cpu}_{'ABCDEFGH'[n]}0" for cpu in (0, 1) for n in half)
    return tuple(f"DIMM {n + 1}" for n in range(platform.dimm_slots))


def capacity_of(platform: Platform, kind: str) -> int:
    """How many parts of that type a server of that model has room for."""
    return {"disk": platform.bays, "memory": platform.dimm_slots}.get(kind, 0)


def fits(part: Part, platform: Platform) -> bool:
    """Whether that disk or memory module works in a server of that model."""
    if isinstance(part.model, DiskModel):
        return any(disk.protocol == part.model.protocol for disk, _ in platform.disks)
    return part.model.model in {dimm.model for dimm in platform.dimms}


def changed(fitted: Fitted, happening: Happening) -> Fitted:
    """`fitted` after what happened to it."""
    match happening.kind:
        case Kind.FIRMWARE:
            return replace(fitted, firmware=happening.firmware)
        case Kind.HEALTH:
            return replace(fitted, health=happening.health, health_since=happening.at)
        case Kind.MOVED if happening.to:
            return replace(fitted, place=happening.to)
        case Kind.REPLACED if happening.successor:
            return Fitted(happening.successor, fitted.place, fitted.firmware, happening.at)
    raise ValueError(f"a {happening.kind} without its object")
