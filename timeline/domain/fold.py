"""Folds a component's evidence into where it sat, what it ran, and the events between.

The result is a pure function of the evidence. `fold` starts from nothing; `resume` goes on from a stored `State`
with evidence newer than all before, and gives what `fold` over everything would.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.domain.kinds import FIRMWARE_KINDS, SLOT_KINDS, rank
from timeline.domain.alternation import Alternation, find_alternations
from timeline.domain.evidence import Absent, Asserted, ByKind, Evidence, Seen, in_order
from timeline.domain.facts import Fact

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Spell:
    """The component sat in `slot` of `asset` during ``[start, end)``; `end` None: it still does."""

    asset: str
    slot: str
    start: datetime
    end: datetime | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """The component ran `firmware` during ``[start, end)``; `end` None: it still does."""

    firmware: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """What the fold remembers between evidence.

    `slots`, `parsers`: known of the present installation; `firmware`: of the present firmware, since `firmware_since`.
    `recent`: up to three runs of sightings at other assets before this one; `unsettled`: an alternation may go on.
    """

    asset: str = ""
    installed_at: datetime | None = None
    install_not_before: datetime | None = None
    arrived_at: datetime | None = None
    slots: ByKind = ()
    parsers: tuple[str, ...] = ()
    firmware: ByKind = ()
    firmware_since: datetime | None = None
    health: str = _UNKNOWN
    facts: tuple[tuple[str, int, str], ...] = ()
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    last_at: datetime | None = None
    last_ref: str = ""
    recent: tuple[tuple[str, datetime, datetime], ...] = ()
    unsettled: bool = False

    @property
    def slot(self) -> str:
        """The slot by its best kind of source, or ``""``."""
        return self.slots[0][1] if self.slots else ""

    @property
    def firmware_version(self) -> str:
        """The firmware by its best kind of source, or ``""``."""
        return self.firmware[0][1] if self.firmware else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the evidence: the spells and periods include the ones that were open at the start."""

    state: State
    facts: tuple[Fact, ...] = ()
    spells: tuple[Spell, ...] = ()
    periods: tuple[Period, ...] = ()
    alternations: tuple[Alternation, ...] = ()


def fold(component: str, evidence: Iterable[Evidence], window: timedelta) -> Outcome:
    """The history of `component` (its identity) from all its evidence, in any order. `window`: of alternation."""
    ordered = sorted(evidence, key=in_order)
    runs = find_alternations(ordered, window)
    folder = _Folder(component, State())
    for place, item in enumerate(ordered):
        folder.take(item, doubted=place in runs.doubted)
    folder.recent, folder.unsettled = runs.recent, runs.unsettled
    return folder.outcome(runs.alternations)


def resume(component: str, state: State, evidence: Sequence[Evidence], window: timedelta) -> Outcome | None:
    """What newer `evidence`, in order, adds to `state`; None when the past must be read again to tell."""
    if state.unsettled:
        return None
    folder = _Folder(component, state)
    for item in evidence:
        if _may_alternate(folder, item, window):
            return None
        folder.take(item)
    return folder.outcome()


def _may_alternate(folder: "_Folder", item: Evidence, window: timedelta) -> bool:
    """Whether the sighting makes an A, B, A, B within the window; only the whole past tells what stood between."""
    if not isinstance(item, Seen) or folder.asset in {"", item.asset} or len(folder.recent) < 2:
        return False
    (first, _, left), (second, _, _) = folder.recent[-2:]
    return (first, second) == (folder.asset, item.asset) and item.at - left <= window


class _Folder:
    """The fold at work: a `State` that changes, and what it gave so far."""

    def __init__(self, component: str, state: State) -> None:
        self.component = component
        self.asset = state.asset
        self.installed_at = state.installed_at
        self.install_not_before = state.install_not_before
        self.arrived_at = state.arrived_at
        self.slots = dict(state.slots)
        self.parsers = set(state.parsers)
        self.firmware = dict(state.firmware)
        self.firmware_since = state.firmware_since
        self.health = state.health
        self.descriptions = {name: (source, value) for name, source, value in state.facts}
        self.first_seen_at = state.first_seen_at
        self.last_seen_at = state.last_seen_at
        self.last_at = state.last_at
        self.last_ref = state.last_ref
        self.recent = state.recent
        self.unsettled = state.unsettled
        self.facts: list[Fact] = []
        self.spells: list[Spell] = []
        self.periods: list[Period] = []

    def take(self, item: Evidence, *, doubted: bool = False) -> None:
        """Applies one piece of evidence; a doubted sighting only describes, and moves the time of the last evidence."""
        if isinstance(item, Seen):
            if not doubted:
                self._seen(item)
            self._describe(item)
            self.first_seen_at = self.first_seen_at or item.at
            self.last_seen_at = item.at
        elif isinstance(item, Absent):
            if item.asset != self.asset or item.parsers.isdisjoint(self.parsers):
                return  # it tells nothing of this component
            self._remove(item)
        elif isinstance(item, Asserted):
            self._asserted(item)
        self.last_at, self.last_ref = item.at, item.ref

    def _seen(self, item: Seen) -> None:
        self._place(item, item.slots)
        self.parsers.update(item.parsers)
        self._firmware(item)
        if item.health not in {_UNKNOWN, self.health}:
            if self.health != _UNKNOWN:
                self._tell("HEALTH_CHANGED", item, from_value=self.health, to_value=item.health)
            self.health = item.health

    def _describe(self, item: Seen) -> None:
        for name, source, value in item.facts:
            if name not in self.descriptions or source <= self.descriptions[name][0]:
                self.descriptions[name] = (source, value)

    def _asserted(self, item: Asserted) -> None:
        if item.installs:
            self._place(item, (("operator", item.slot),) if item.slot else ())
            self.recent = ()
        elif item.asset == self.asset:
            self._remove(item)

    def _place(self, item: Evidence, slots: ByKind) -> None:
        slot = slots[0][1] if slots else ""
        if not self.asset:
            self._tell("INSTALLED", item, to_value=slot)
            self._begin(item, slots)
            self.arrived_at = item.at
        elif item.asset != self.asset:
            self._tell("MOVED", item, from_asset=self.asset, from_value=self._slot(), to_value=slot)
            self._remember_run()
            self._end(item.at)
            self._begin(item, slots)
            self.arrived_at = item.at
        elif change := self._differing(self.slots, slots):
            self._tell("MOVED", item, from_asset=self.asset, from_value=change[0], to_value=change[1])
            self._end(item.at)
            self._begin(item, slots)
        else:
            self._learn(self.slots, slots)

    def _firmware(self, item: Seen) -> None:
        if not item.firmware:
            return
        if change := self._differing(self.firmware, item.firmware):
            self._tell("FIRMWARE_CHANGED", item, from_value=change[0], to_value=change[1])
            self._end_period(item.at)
            self.firmware = {}
        if not self.firmware:
            self.firmware_since = item.at
        self._learn(self.firmware, item.firmware)

    @staticmethod
    def _differing(known: dict[str, str], told: ByKind) -> tuple[str, str] | None:
        """(old, new) where the best kind of source that both know disagrees."""
        for kind, value in told:
            if kind in known:
                return None if known[kind] == value else (known[kind], value)
        return None

    @staticmethod
    def _learn(known: dict[str, str], told: ByKind) -> None:
        for kind, value in told:
            known.setdefault(kind, value)

    def _remove(self, item: Evidence) -> None:
        self._tell("REMOVED", item, from_value=self._slot())
        self._end(item.at)
        self.asset, self.installed_at, self.install_not_before, self.arrived_at = "", None, None, None
        self.slots, self.parsers, self.recent = {}, set(), ()

    def _begin(self, item: Evidence, slots: ByKind) -> None:
        self.asset, self.installed_at, self.install_not_before = item.asset, item.at, self.last_at
        self.slots, self.parsers = dict(slots), set()

    def _end(self, at: datetime) -> None:
        start = self.installed_at
        if start is not None and start < at:  # a spell of no length is none
            self.spells.append(Spell(self.asset, self._slot(), start, at, self.install_not_before))

    def _end_period(self, at: datetime) -> None:
        start = self.firmware_since
        if start is not None and start < at:
            self.periods.append(Period(self._version(), start, at))

    def _remember_run(self) -> None:
        if self.arrived_at is not None and self.last_seen_at is not None:
            self.recent = (*self.recent, (self.asset, self.arrived_at, self.last_seen_at))[-3:]

    def _slot(self) -> str:
        return _best(self.slots, SLOT_KINDS)

    def _version(self) -> str:
        return _best(self.firmware, FIRMWARE_KINDS)

    def _tell(
        self, kind: str, item: Evidence, *, from_asset: str = "", from_value: str = "", to_value: str = ""
    ) -> None:
        self.facts.append(
            Fact(kind, item.at, item.ref, item.asset, self.component, self.last_at, from_asset, from_value, to_value)
        )

    def outcome(self, alternations: tuple[Alternation, ...] = ()) -> Outcome:
        """What came of it all, with the open spell and period last."""
        spells, periods = list(self.spells), list(self.periods)
        if self.asset and self.installed_at is not None:
            spells.append(Spell(self.asset, self._slot(), self.installed_at, None, self.install_not_before))
        if self.firmware and self.firmware_since is not None:
            periods.append(Period(self._version(), self.firmware_since, None))
        return Outcome(self._state(), tuple(self.facts), tuple(spells), tuple(periods), alternations)

    def _state(self) -> State:
        return State(
            asset=self.asset,
            installed_at=self.installed_at,
            install_not_before=self.install_not_before,
            arrived_at=self.arrived_at,
            slots=_sorted(self.slots, SLOT_KINDS),
            parsers=tuple(sorted(self.parsers)),
            firmware=_sorted(self.firmware, FIRMWARE_KINDS),
            firmware_since=self.firmware_since,
            health=self.health,
            facts=tuple((name, source, value) for name, (source, value) in sorted(self.descriptions.items())),
            first_seen_at=self.first_seen_at,
            last_seen_at=self.last_seen_at,
            last_at=self.last_at,
            last_ref=self.last_ref,
            recent=self.recent,
            unsettled=self.unsettled,
        )


def _sorted(known: dict[str, str], kinds: tuple[str, ...]) -> ByKind:
    return tuple(sorted(known.items(), key=lambda pair: rank(kinds, pair[0])))


def _best(known: dict[str, str], kinds: tuple[str, ...]) -> str:
    return min(known.items(), key=lambda pair: rank(kinds, pair[0]))[1] if known else ""
