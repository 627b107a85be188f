"""What happens to the fleet in two years, and what its servers looked like whenever they sent their logs.

Everything follows from a seed and an end date; nothing asks the clock. `Story.happenings` and `Story.breakdowns` are
the truth that the product ought to find out by itself.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from demo.catalogue import BAD_LOT_WEAR, DISK_WEAR, ROLLED_OUT
from demo.fleet import (
    DAYS,
    Batch,
    Breakdown,
    Fitted,
    Happening,
    Kind,
    Place,
    Server,
    Snapshot,
    Story,
    Workshop,
    capacity_of,
    changed,
    fits,
    lots_of,
)

# Collections are a month apart: a part that wears out shows it in one of them before it fails.
_WARNING = timedelta(days=38)
_WEARS_OUT = ("disk", "memory", "gpu")
_SHOWS_HEALTH = (*_WEARS_OUT, "psu")  # nothing tells of a network card that is dead
# Whoever repairs a server collects its logs at once.
_AT_ONCE = timedelta(hours=2)
_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rollout:
    """New firmware for all parts of one type (and model, when it is named) in one server."""

    at: datetime
    server: int
    type: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A server's logs are collected; `asked`: because something happened to it."""

    at: datetime
    server: Server
    asked: bool = False


@dataclass(slots=True)
class Plot:
    """Incidents for a fleet, drawn so that no part and no place has more than one."""

    chance: random.Random
    workshop: Workshop
    servers: list[Server]
    bought: dict[Place, Fitted]
    end: datetime
    happenings: list[Happening] = field(default_factory=list)
    breakdowns: list[Breakdown] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    _used: set[Place] = field(default_factory=set)

    def draw(self, fit: Callable[[Fitted], bool], amount: int) -> list[Fitted]:
        """Up to `amount` parts that `fit` and that nothing has happened to yet."""
        free = [one for place, one in sorted(self.bought.items()) if place not in self._used and fit(one)]
        drawn = self.chance.sample(free, min(amount, len(free)))
        self._used.update(one.place for one in drawn)
        return drawn

    def moment(self, *servers: Server, after_days: int = 120) -> datetime:
        """A working hour when all of `servers` have been in service for some time, well before the end."""
        first = max(server.since for server in servers) + timedelta(days=after_days)
        days = (self.end - timedelta(days=35) - first).days
        return first + timedelta(days=self.chance.randrange(days), minutes=self.chance.randrange(600))

    def fail(self, fitted: Fitted, at: datetime) -> None:
        """`fitted` fails then. Days later it is replaced by another of its model, if the story lasts so long."""
        self._used.add(fitted.place)
        server = self.servers[fitted.place.server]
        kind = fitted.place.type
        if kind in _WEARS_OUT and at - _WARNING > server.since:
            self.happenings.append(Happening(at - _WARNING, Kind.HEALTH, fitted.place, fitted.part, health="warning"))
        if kind in _SHOWS_HEALTH:
            self.happenings.append(Happening(at, Kind.HEALTH, fitted.place, fitted.part, health="critical"))
        self.breakdowns.append(Breakdown(at, fitted.place, fitted.part))
        self.visits.append(Visit(at + _AT_ONCE, server, asked=True))
        repaired = at + timedelta(days=self.chance.randrange(4, 18), minutes=self.chance.randrange(600))
        if repaired + _AT_ONCE < self.end:
            successor = self.workshop.part(fitted.part.model, self._spare_batch(fitted.part.model.model), repaired)
            self.happenings.append(Happening(repaired, Kind.REPLACED, fitted.place, fitted.part, successor=successor))
            self.visits.append(Visit(repaired + _AT_ONCE, server, asked=True))

    def _spare_batch(self, model: str) -> Batch | None:
        """A good lot of that model, from which a spare may come."""
        known = {one.part.batch for one in self.bought.values() if one.part.model.model == model}
        good = sorted((one for one in known if one and not one.bad), key=lambda one: one.code)
        return self.chance.choice(good) if good else None

    def wear_out(self) -> None:
        """Drives fail as their age has it, those of the bad lot sooner."""
        for place, fitted in sorted(self.bought.items()):
            if place.type != "disk":
                continue
            bad = fitted.part.batch is not None and fitted.part.batch.bad
            wear = BAD_LOT_WEAR if bad else DISK_WEAR
            minutes = round(self.chance.weibullvariate(wear.scale, wear.shape) * 1440)
            at = fitted.since + timedelta(minutes=minutes)
            if fitted.since + timedelta(days=1) < at < self.end - timedelta(days=1):
                self.fail(fitted, at)

    def swap(self, fitted: Fitted) -> None:
        """`fitted` changes places with another module of its server, as one does to find out which of two is bad."""
        here = fitted.place.server
        for other in self.draw(lambda one: one.place.server == here and one.place.type == fitted.place.type, 1):
            at = self.moment(self.servers[here])
            self.happenings.append(Happening(at, Kind.MOVED, fitted.place, fitted.part, to=other.place))
            self.happenings.append(Happening(at, Kind.MOVED, other.place, other.part, to=fitted.place))

    def transfer(self, fitted: Fitted) -> None:
        """`fitted` goes to a free place in another server, of the same project where one is at hand."""
        home = self.servers[fitted.place.server]
        able = [one for one in self.servers if one is not home and fits(fitted.part, one.platform)]
        room = [(one, place) for one in able for place in self.free(one, fitted.place.type)[:1]]
        if not room:
            return
        other, place = self.chance.choice([pair for pair in room if pair[0].project == home.project] or room)
        self._used.add(place)
        at = self.moment(home, other, after_days=60)
        self.happenings.append(Happening(at, Kind.MOVED, fitted.place, fitted.part, to=place))
        # Else the server that it left would often tell first, and the part would be out of the fleet in between.
        self.visits.append(Visit(at + _AT_ONCE, other, asked=True))

    def free(self, server: Server, kind: str) -> list[Place]:
        """The places for parts of that type which are empty in `server`, and stay so."""
        places = [Place(server.index, kind, position) for position in range(capacity_of(server.platform, kind))]
        return [place for place in places if place not in self.bought and place not in self._used]

    def roll_out(self) -> None:
        """One disk's firmware reaches the fleet in three waves; BIOS and BMC are updated model by model."""
        holders = sorted({place.server for place, one in self.bought.items() if one.part.model == ROLLED_OUT})
        self.chance.shuffle(holders)
        pilot = max(1, len(holders) // 8)
        half = max(pilot + 1, len(holders) // 2)
        for days, wave in ((300, holders[:pilot]), (250, holders[pilot:half]), (190, holders[half:])):
            for order, index in enumerate(wave):
                at = self.end - timedelta(days=days) + timedelta(hours=7 * order)
                self.rollouts.append(Rollout(at, index, "disk", ROLLED_OUT.model))
        for kind in ("bios", "bmc"):
            dates: dict[str, datetime] = {}
            for server in self.servers:
                first = dates.setdefault(
                    server.platform.model, self.end - timedelta(days=self.chance.randrange(60, 300))
                )
                if self.chance.random() < 0.8:
                    at = first + timedelta(hours=self.chance.randrange(20 * 24))
                    self.rollouts.append(Rollout(at, server.index, kind))

    def _is_known_card(self, fitted: Fitted) -> bool:
        """Whether it is a network card whose serial number its server's logs tell: what people read off its label."""
        style = self.servers[fitted.place.server].platform.style
        return fitted.place.type == "nic" and style not in ("tools", "raid", "sosreport")

    def thicken(self) -> None:
        """All the incidents of two years."""
        count = len(self.servers)
        self.wear_out()
        for kind, amount in (("memory", 1 + count // 8), ("gpu", 1 + count // 20), ("psu", 1 + count // 10)):
            for fitted in self.draw(of_type(kind), amount):
                self.fail(fitted, self.moment(self.servers[fitted.place.server]))
        for fitted in self.draw(self._is_known_card, 2):
            self.fail(fitted, self.moment(self.servers[fitted.place.server]))
        # And one that nobody has replaced yet.
        for fitted in self.draw(lambda one: one.part.batch is not None and one.part.batch.bad, 1):
            self.fail(fitted, self.end - timedelta(days=3))
        for fitted in self.draw(of_type("memory"), 1 + count // 10):
            self.swap(fitted)
        for kind, amount in (("memory", 1 + count // 12), ("disk", 1 + count // 16)):
            for fitted in self.draw(of_type(kind), amount):
                self.transfer(fitted)
        self.roll_out()


def of_type(kind: str) -> Callable[[Fitted], bool]:
    """The test whether a part is of that type."""
    return lambda one: one.place.type == kind


def expand(rollout: Rollout, world: dict[Place, Fitted]) -> Iterator[Happening]:
    """What `rollout` changes in the world as it is."""
    for place, fitted in sorted(world.items()):
        model = fitted.part.model
        meant = place.server == rollout.server and place.type == rollout.type and rollout.model in ("", model.model)
        if meant and fitted.firmware != model.firmwares[-1]:
            yield Happening(rollout.at, Kind.FIRMWARE, place, fitted.part, firmware=model.firmwares[-1])


def apply(happenings: Iterable[Happening], world: dict[Place, Fitted]) -> None:
    """Lets happenings of one moment happen. All parts leave their places before any takes a new one: they may swap."""
    done = [changed(world.pop(happening.place), happening) for happening in happenings]
    world.update((fitted.place, fitted) for fitted in done)


def collections(server: Server, end: datetime, chance: random.Random) -> Iterator[datetime]:
    """When `server` sends its logs: at first sight, then about once a month; NDJSON on the same days for all."""
    if server.platform.style == "ndjson":
        first = end - timedelta(days=DAYS - 2)
        moments = (first + _MONTH * month + timedelta(minutes=server.index) for month in range(DAYS // 30))
        yield from (moment for moment in moments if moment > server.since)
        return
    moment = server.since + timedelta(hours=3)
    while moment < end:
        yield moment
        moment += _MONTH + timedelta(minutes=chance.randrange(-3 * 1440, 3 * 1440))


def tell(seed: int, count: int, end: date) -> Story:
    """The story of `count` servers in the two years up to `end`, the same for the same arguments."""
    chance = random.Random(seed)
    last = datetime.combine(end, time(6), UTC)
    workshop = Workshop(chance, last)
    servers = [workshop.server(index, count) for index in range(count)]
    lots = lots_of(chance, last)
    world = {one.place: one for server in servers for one in workshop.outfit(server, lots)}
    plot = Plot(chance, workshop, servers, dict(world), last)
    plot.thicken()

    months = (Visit(moment, server) for server in servers for moment in collections(server, last, chance))
    visits = [*months, *plot.visits]
    agenda: list[tuple[datetime, int, Happening | Rollout | Visit]] = [
        *((one.at, 0, one) for one in plot.happenings),
        *((one.at, 1, one) for one in plot.rollouts),
        *((one.at, 2, one) for one in visits),
    ]
    agenda.sort(key=lambda entry: entry[:2])
    return _run(plot, world, agenda)


def _run(
    plot: Plot, world: dict[Place, Fitted], agenda: list[tuple[datetime, int, Happening | Rollout | Visit]]
) -> Story:
    snapshots: list[Snapshot] = []
    happened: list[Happening] = []
    boots = dict.fromkeys(range(len(plot.servers)), 1)
    breakdowns = sorted(plot.breakdowns, key=lambda one: (one.at, one.place))
    for (at, _), entries in groupby(agenda, key=lambda entry: entry[:2]):
        batch: list[Happening] = []
        for _, _, entry in entries:
            match entry:
                case Happening():
                    batch.append(entry)
                case Rollout():
                    batch.extend(expand(entry, world))
                case Visit(server=server):
                    boots[server.index] += plot.chance.randrange(2)
                    fitted = tuple(world[place] for place in sorted(world) if place.server == server.index)
                    broken = tuple(one for one in breakdowns if one.place.server == server.index and one.at <= at)
                    snapshots.append(Snapshot(server, at, boots[server.index], fitted, broken, entry.asked))
        apply(batch, world)
        # What happened before a server came to the fleet, nobody can tell from its logs.
        happened.extend(one for one in batch if one.at > plot.servers[one.place.server].since + timedelta(hours=3))
    return Story(tuple(plot.servers), tuple(snapshots), tuple(happened), tuple(breakdowns), plot.end)
