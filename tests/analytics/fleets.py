"""Random fleets as rows, and the slow way to count them: row by row, in Python, from the histories themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from hypothesis import strategies as st

from analytics.domain.spells import to_seconds
from analytics.domain.windows import Window
from registry.models import FOREVER, Asset, Component, Installation
from tests.builders import make_asset, make_component, make_customer, make_location, make_lot, make_project
from tickets.models import FailureEpisode
from timeline.models import FirmwarePeriod

START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_DAY = 43_200
SILENCE = 90 * 86_400
_numbers = count(1)


def half(halves: float) -> datetime:
    """A time so many half days after `START`."""
    return START + timedelta(seconds=HALF_DAY * halves)


def put_in(component: Component, asset: Asset, start: datetime, end: datetime | None = None) -> Installation:
    """An installation."""
    return Installation.objects.create(
        component=component,
        asset=asset,
        installed_at=start,
        removed_at=end,
        ends_at=end or FOREVER,
        open_component=None if end else component,
    )


def run_under(component: Component, firmware: str, start: datetime, end: datetime | None = None) -> FirmwarePeriod:
    """A firmware period."""
    return FirmwarePeriod.objects.create(
        component=component,
        firmware=firmware,
        started_at=start,
        ended_at=end,
        open_component=None if end else component,
    )


def fail(component: Component, at: datetime) -> FailureEpisode:
    """A failure episode."""
    return FailureEpisode.objects.create(
        key=f"{next(_numbers):032}",
        component=component,
        occurred_at=at,
        last_at=at,
        counts_at=at,
        mode="media_error",
        severity="fatal",
        sources=["manual"],
    )


@dataclass(frozen=True)
class Part:
    """What happens to one component: `moves` are (half day, asset or -1 for out), `updates` (half day, firmware)."""

    model: int
    lot: int
    moves: tuple[tuple[int, int], ...]
    updates: tuple[tuple[int, int], ...]
    failures: tuple[int, ...]


@dataclass(frozen=True)
class Fleet:
    """`heard`: per asset the half day of its last evidence."""

    parts: tuple[Part, ...]
    heard: tuple[int, ...]


_HALVES = st.integers(0, 400)


def _steps(values: st.SearchStrategy[int], most: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    steps = st.lists(st.tuples(_HALVES, values), max_size=most, unique_by=lambda step: step[0])
    return steps.map(lambda found: tuple(sorted(found)))


PARTS = st.builds(
    Part,
    model=st.integers(0, 1),
    lot=st.integers(0, 2),
    moves=_steps(st.integers(-1, 2), 4),
    updates=_steps(st.integers(0, 2), 3),
    failures=st.lists(st.integers(0, 800), max_size=3).map(tuple),
)
FLEETS = st.builds(
    Fleet,
    parts=st.lists(PARTS, min_size=1, max_size=5).map(tuple),
    heard=st.tuples(_HALVES, _HALVES, _HALVES),
)


def build(fleet: Fleet) -> list[Component]:
    """The fleet's rows; one asset has no project, one no location, and lot 0 is no lot."""
    customer = make_customer()
    assets = [
        make_asset(project=make_project(customer=customer), location=make_location()),
        make_asset(project=make_project(customer=customer)),
        make_asset(),
    ]
    latest = max((at for part in fleet.parts for at, _ in (*part.moves, *part.updates)), default=0)
    for asset, halves in zip(assets, fleet.heard, strict=True):
        # What happens to a part is evidence of its asset.
        Asset.objects.filter(id=asset.id).update(last_seen_at=half(max(halves, latest)), first_seen_at=START)
    lots = [None, make_lot(), make_lot()]
    components = []
    for part in fleet.parts:
        made = START.date() - timedelta(days=100) if part.model else None
        component = make_component(model=f"model {part.model}", lot=lots[part.lot], manufactured_on=made)
        components.append(component)
        _install(component, assets, part.moves)
        for (at, firmware), end in zip(part.updates, _ends(part.updates), strict=True):
            run_under(component, f"fw {firmware}", half(at), end)
        for at in part.failures:
            fail(component, half(at))
    return components


def _install(component: Component, assets: Sequence[Asset], moves: Sequence[tuple[int, int]]) -> None:
    for (at, place), end in zip(moves, _ends(moves), strict=True):
        if place >= 0:
            put_in(component, assets[place], half(at), end)


def _ends(steps: Sequence[tuple[int, int]]) -> list[datetime | None]:
    """When each step gives way to the next; never, for the last."""
    return [*(half(at) for at, _ in steps[1:]), *([None] if steps else [])]


@dataclass
class Slow:
    """The figures of one group, counted row by row."""

    exposure: int = 0
    components: set[int] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)
    unknown_age: set[int] = field(default_factory=set)
    failures: int = 0
    failed: set[int] = field(default_factory=set)


def count_slowly(window: Window, keys: Sequence[str]) -> tuple[dict[tuple[str, ...], Slow], dict[str, int]]:
    """Every group's figures, and the unattributed failures, from the histories' rows and the definitions alone."""
    found: dict[tuple[str, ...], Slow] = defaultdict(Slow)
    unattributed = {"after_removal": 0, "no_spell": 0}
    for component in Component.objects.select_related("lot"):
        pieces = _pieces(component)
        episodes = sorted(FailureEpisode.objects.filter(component=component).values_list("counts_at", flat=True))
        for at in episodes:
            _place(at, component, pieces, window, keys, found, unattributed)
        for asset, firmware, start, end in pieces:
            group = found[_group(component, asset, firmware, keys)]
            _serve(group, component, asset, start, end, episodes, window)
    return {
        key: group for key, group in found.items() if group.components or group.failures or group.silent
    }, unattributed


def _pieces(component: Component) -> list[tuple[Asset, str, datetime, datetime]]:
    """(asset, firmware, start, end) at every change of either."""
    pieces = []
    stays = list(Installation.objects.filter(component=component).select_related("asset__project__customer"))
    runs = list(FirmwarePeriod.objects.filter(component=component))
    moments = sorted(
        {stay.installed_at for stay in stays} | {stay.ends_at for stay in stays} | {run.started_at for run in runs}
    )
    for start, end in pairwise(moments):
        here = [stay for stay in stays if stay.installed_at <= start < stay.ends_at]
        under = [run for run in runs if run.started_at <= start and (run.ended_at is None or start < run.ended_at)]
        if here:
            pieces.append((here[0].asset, under[0].firmware if under else "unknown", start, end))
    return pieces


def _group(component: Component, asset: Asset | None, firmware: str, keys: Sequence[str]) -> tuple[str, ...]:
    project = asset.project if asset else None
    values: dict[str, Any] = {
        "component_type": component.type,
        "vendor": component.vendor,
        "model": component.model,
        "lot": component.lot.code if component.lot else "unknown",
        "firmware": firmware,
        "project": project.code if project else "unknown",
        "customer": project.customer.code if project else "unknown",
        "location": asset.location.name if asset and asset.location else "unknown",
    }
    return tuple(values[key] for key in keys)


def _place(
    at: datetime,
    component: Component,
    pieces: Sequence[tuple[Asset, str, datetime, datetime]],
    window: Window,
    keys: Sequence[str],
    found: dict[tuple[str, ...], Slow],
    unattributed: dict[str, int],
) -> None:
    if not window.start <= to_seconds(at) < window.end:
        return
    for asset, firmware, start, end in pieces:
        if start < at <= end:
            group = found[_group(component, asset, firmware, keys)]
            group.failures += 1
            group.failed.add(component.id)
            return
    unattributed["after_removal" if any(start < at for _, _, start, _ in pieces) else "no_spell"] += 1


def _serve(
    group: Slow,
    component: Component,
    asset: Asset,
    start: datetime,
    end: datetime,
    episodes: Sequence[datetime],
    window: Window,
) -> None:
    begins, ends = max(to_seconds(start), window.start), min(to_seconds(end), window.end)
    if end == FOREVER and asset.last_seen_at is not None:
        limit = to_seconds(asset.last_seen_at) + window.silence
        if limit < window.end and to_seconds(start) < window.end:
            group.silent.add(component.id)
        carried = [to_seconds(at) for at in episodes if start < at <= end]
        ends = min(ends, max([limit, *carried]))
    if ends > begins:
        group.exposure += ends - begins
        group.components.add(component.id)


def births(window_of: Sequence[Component]) -> dict[int, int | None]:
    """When each component's age begins: at its first installation, where its like had been listed before; else made."""
    listed: dict[int, datetime] = {}
    for row in Installation.objects.order_by("installed_at"):
        listed.setdefault(row.asset_id, row.installed_at)
    found: dict[int, int | None] = {}
    for component in window_of:
        first = Installation.objects.filter(component=component).order_by("installed_at").first()
        seen_coming = first is not None and first.installed_at > listed[first.asset_id]
        made = component.manufactured_on
        midnight = datetime(made.year, made.month, made.day, tzinfo=UTC) if made else None
        birth = first.installed_at if seen_coming and first else midnight
        found[component.id] = to_seconds(birth) if birth else None
    return found


def lives_slowly(window: Window, components: Sequence[Component]) -> list[tuple[int, int, bool]]:
    """(entry, exit, failed) in days of age of every life that the window shows, life by life."""
    begun = births(components)
    found = []
    for component in components:
        birth = begun[component.id]
        if birth is None:
            continue
        episodes = sorted(FailureEpisode.objects.filter(component=component).values_list("counts_at", flat=True))
        pieces = _pieces(component)
        counted = [at for at in episodes if any(start < at <= end for _, _, start, end in pieces)]
        first = to_seconds(counted[0]) if counted else to_seconds(FOREVER)
        for start, end in _stretches(pieces, episodes, window):
            begins, ends = max(start, window.start), min(end, window.end, first)
            failed = first == ends and first < window.end
            entry, age = max(0, begins - birth) // 86_400, ends - birth
            leaving = -(-max(1, age) // 86_400) if failed else max(0, age) // 86_400
            if ends > begins and leaving > entry:
                found.append((entry, leaving, failed))
    return found


def _stretches(
    pieces: Sequence[tuple[Asset, str, datetime, datetime]], episodes: Sequence[datetime], window: Window
) -> list[tuple[int, int]]:
    """(start, end) of unbroken service, whatever the place and the firmware."""
    stretches: list[tuple[int, int]] = []
    for asset, _, start, end in pieces:
        ends = to_seconds(end)
        if end == FOREVER and asset.last_seen_at is not None:
            carried = [to_seconds(at) for at in episodes if start < at <= end]
            ends = max([to_seconds(asset.last_seen_at) + window.silence, *carried])
        if stretches and stretches[-1][1] == to_seconds(start):
            stretches[-1] = (stretches[-1][0], ends)
        else:
            stretches.append((to_seconds(start), ends))
    return stretches
