"""What logs tell of failures, and what else was seen of the parts concerned."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ingest.models import FailureSignal, Observation, Snapshot
from registry.domain.vocabulary import Health, Severity
from registry.models.bulk import pieces
from tickets.domain.episodes import COUNTED_SEVERITIES
from tickets.domain.states import Look
from tickets.models import Failure

_COLUMNS = (
    "id",
    "kind",
    "type",
    "lookup",
    "slot",
    "slot_kind",
    "mode",
    "severity",
    "occurred_at",
    "message",
    "digest",
    "parser",
    "observation__component_id",
    "observation__lookup",
    "snapshot_id",
    "snapshot__collected_at",
    "snapshot__sha256",
    "snapshot__bundle_id",
    "snapshot__asset_id",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A signal, where its snapshot put it: `component` is what it was seen at, `asset` whose snapshot it is."""

    id: int
    kind: str
    type: str
    lookup: str
    slot: str
    slot_kind: str
    mode: str
    severity: str
    occurred_at: datetime | None
    message: str
    digest: str
    parser: str
    component: int | None
    seen_as: str | None
    snapshot: int
    at: datetime
    ref: str
    bundle: int
    asset: int

    @property
    def order(self) -> tuple[datetime, str, int, str]:
        """First to last; of one snapshot the worst first."""
        return (self.at, self.ref, COUNTED_SEVERITIES.index(Severity(self.severity)), self.digest)


def fresh_signals(assets: Collection[int]) -> list[Told]:
    """What the derived snapshots of these assets tell that was made no failure yet."""
    return _told(
        _counted().filter(noted_at__isnull=True, snapshot__asset__in=assets, snapshot__derived_at__isnull=False)
    )


def entries_of(digests: Collection[str]) -> list[Told]:
    """All tellings of the log entries with those digests."""
    return _told(_counted().filter(digest__in=digests, kind=FailureSignal.Kind.ENTRY))


def states_of(components: Collection[int]) -> list[Told]:
    """All states that were told of these components."""
    return _told(_counted().filter(kind=FailureSignal.Kind.STATE, observation__component__in=components))


def homes(rows: Collection[Failure]) -> Mapping[int, int | None]:
    """The components at which the first bundles of logged failures show them now, by the failures' ids.

    None where the bundle shows the part no more. A failure that its bundle does not tell any more is left out.
    """
    found: dict[tuple[str, int], int | None] = {}
    for some in pieces(rows):
        signals = FailureSignal.objects.filter(
            digest__in={row.signal_digest for row in some}, snapshot__bundle__in={row.bundle_id for row in some}
        )
        for digest, bundle, component in signals.order_by("-id").values_list(
            "digest", "snapshot__bundle_id", "observation__component_id"
        ):
            found[digest, bundle] = component
    told = {row.pk: (row.signal_digest, row.bundle_id or 0) for row in rows}
    return {key: found[name] for key, name in told.items() if name in found}


def states_without_part(assets: Collection[int]) -> list[Told]:
    """All states that snapshots of these assets tell of parts which they do not show."""
    return _told(_counted().filter(kind=FailureSignal.Kind.STATE, observation__isnull=True, snapshot__asset__in=assets))


def _counted() -> "QuerySet[FailureSignal]":
    return FailureSignal.objects.filter(
        severity__in=COUNTED_SEVERITIES, snapshot__held=Snapshot.Held.NO, snapshot__asset__isnull=False
    )


def _told(rows: "QuerySet[FailureSignal]") -> list[Told]:
    return [Told(*row) for row in rows.order_by("id").values_list(*_COLUMNS)]


def looks_at_components(told: Iterable[Told]) -> Mapping[tuple[int, str], list[Look]]:
    """All that was seen of each (component, mode) of which something is told."""
    tellers = _tellers((one.component, one.mode, one.snapshot, one.parser) for one in told if one.component)
    modes: dict[int, set[str]] = defaultdict(set)
    for component, mode in tellers:
        modes[component].add(mode)
    looks: dict[tuple[int, str], list[Look]] = defaultdict(list)
    rows = Observation.objects.filter(component__in=modes, asset__isnull=False, snapshot__held=Snapshot.Held.NO)
    for component, snapshot, at, ref, health, sources in rows.order_by().values_list(
        "component_id", "snapshot_id", "observed_at", "snapshot__sha256", "health", "sources"
    ):
        # Who cannot say how a part is does not say that it is well.
        parsers = frozenset(sources["parsers"]) if health != Health.UNKNOWN else frozenset()
        for mode in modes[component or 0]:
            said = frozenset(tellers[component or 0, mode].get(snapshot, ()))
            looks[component or 0, mode].append(Look(at, ref, parsers, said))
    return looks


def _tellers(
    told: Iterable[tuple[int | None, str, int, str]],
) -> Mapping[tuple[int, str], Mapping[int, set[str]]]:
    found: dict[tuple[int, str], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for component, mode, snapshot, parser in told:
        found[component or 0, mode][snapshot].add(parser)
    return found


def looks_at_assets(assets: Collection[int]) -> Mapping[int, list[tuple[int, Look]]]:
    """For each asset its snapshots, as (id, look at what the snapshot enumerates)."""
    found: dict[int, list[tuple[int, Look]]] = defaultdict(list)
    rows = Snapshot.objects.evidence().filter(asset__in=assets).order_by()
    for key, asset, at, ref, coverage in rows.values_list("id", "asset_id", "collected_at", "sha256", "coverage"):
        found[asset or 0].append((key, Look(at, ref, frozenset(parser for parser, _ in coverage))))
    return found


def seen_since(moments: Mapping[int, datetime]) -> Mapping[int, list[tuple[datetime, int]]]:
    """For each component when it was seen after its moment, and in which snapshot."""
    return _since(
        Observation.objects.filter(asset__isnull=False, snapshot__held=Snapshot.Held.NO),
        moments,
        ("component_id", "observed_at", "snapshot_id"),
    )


def collected_since(moments: Mapping[int, datetime]) -> Mapping[int, list[tuple[datetime, int]]]:
    """For each asset the snapshots after its moment."""
    return _since(Snapshot.objects.evidence(), moments, ("asset_id", "collected_at", "id"))


def _since(
    rows: Any, moments: Mapping[int, datetime], columns: tuple[str, str, str]
) -> Mapping[int, list[tuple[datetime, int]]]:
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    if not moments:
        return found
    key, at, _ = columns
    wanted = rows.filter(**{f"{key}__in": moments, f"{at}__gt": min(moments.values())}).order_by()
    for thing, moment, snapshot in wanted.values_list(*columns):
        if moment > moments[thing]:
            found[thing].append((moment, snapshot))
    return found
