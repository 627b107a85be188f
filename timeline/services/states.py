"""The fold's state of each component, to and from its row."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson

from registry.compiled import CompiledQuery, update_ids
from registry.domain.identity import fold_vendor, vendor_key
from registry.domain.vocabulary import Status
from registry.models import Asset, Component
from registry.models.bulk import update_rows
from registry.selectors import vendor_aliases
from registry.services import name_lots
from timeline.domain.evidence import ByKind
from timeline.domain.fold import State

_COLUMNS = (
    "id",
    "type",
    "identity",
    "asset_id",
    "installed_at",
    "health",
    "first_seen_at",
    "last_seen_at",
    "last_evidence_at",
    "last_evidence",
    "fold_state",
    "stale",
    "declared",
    "vendor",
    "model",
    "part_number",
    "lot_id",
    "manufactured_on",
    "watched",
)
_WRITTEN = (
    "status",
    "asset",
    "slot",
    "installed_at",
    "firmware",
    "health",
    "first_seen_at",
    "last_seen_at",
    "last_evidence_at",
    "last_evidence",
    "last_sighting",
    "fold_state",
    "stale",
    "counted",
    "vendor",
    "model",
    "part_number",
    "lot",
    "manufactured_on",
)


@dataclass(frozen=True, slots=True)
class Known:
    """A component's row, as far as the derivation needs it."""

    id: int
    type: str
    identity: str
    state: State
    stale: bool
    declared: bool
    vendor: str
    model: str
    part_number: str
    lot: int | None
    manufactured_on: date | None
    watched: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever derived of it."""
        return self.state.last_at is None and not self.stale


def lock_components(ids: Collection[int], assets: Mapping[int, str] | None = None) -> dict[int, Known]:
    """The components with those ids, locked in the order of their ids until the transaction ends.

    `assets`: identities by id, as far as the caller knows them.
    """
    locked = Component.objects.select_for_update().filter(id__in=ids).order_by("id")
    rows = list(locked.values_list(*_COLUMNS))
    names = dict(assets or {})
    # Read apart from the components: a join would lock the assets too.
    if missing := {row[3] for row in rows} - set(names) - {None}:
        names.update(Asset.objects.filter(id__in=missing).values_list("id", "identity"))
    return {row[0]: _known(row, names) for row in rows}


@dataclass(frozen=True, slots=True)
class Sighting:
    """The digest of an observation, and what is known of its component's last evidence."""

    component: int
    digest: str
    asset: int | None
    last_digest: str
    stale: bool
    last_at: datetime | None
    last_ref: str

    def changes_nothing(self, asset: int, at: datetime, ref: str) -> bool:
        """Whether the component is in the asset already, and its last, older evidence was the very same sighting."""
        if self.last_at is None or self.stale or self.asset != asset or self.digest != self.last_digest:
            return False
        return (self.last_at, self.last_ref) < (at, ref)


# The database locks them in the order of the observations: where that crosses another bundle's, one is done again.
_sightings_in_snapshot = CompiledQuery(
    lambda key: (
        Component.objects.select_for_update()
        .filter(observations__snapshot=key)
        .values_list(
            "id", "observations__digest", "asset_id", "last_sighting", "stale", "last_evidence_at", "last_evidence"
        )
    ),
    -1,
)


def lock_seen(snapshot: int) -> dict[int, list[Sighting]]:
    """The sightings of each component that the snapshot shows; the components are locked."""
    seen: dict[int, list[Sighting]] = defaultdict(list)
    for row in _sightings_in_snapshot.rows(snapshot):
        seen[row[0]].append(Sighting(*row))
    return seen


def _known(row: tuple[Any, ...], assets: Mapping[int, str]) -> Known:
    key, kind, identity, asset, installed, health, first, last, at, ref, memory, stale, *described = row
    state = State(
        asset=assets[asset] if asset else "",
        installed_at=installed,
        install_not_before=_moment(memory.get("not_before")),
        arrived_at=_moment(memory.get("arrived")),
        slots=_pairs(memory.get("slots", ())),
        parsers=tuple(memory.get("parsers", ())),
        firmware=_pairs(memory.get("firmware", ())),
        firmware_since=_moment(memory.get("firmware_since")),
        health=health,
        facts=tuple((name, rank, value) for name, rank, value in memory.get("facts", ())),
        first_seen_at=first,
        last_seen_at=last,
        last_at=at,
        last_ref=ref,
        recent=tuple(
            (where, datetime.fromisoformat(begin), datetime.fromisoformat(end))
            for where, begin, end in memory.get("recent", ())
        ),
        unsettled=memory.get("unsettled", False),
    )
    return Known(key, kind, identity, state, stale, *described)


def _pairs(told: Iterable[Iterable[str]]) -> ByKind:
    return tuple((kind, value) for kind, value in told)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _memory(state: State) -> str:
    """What the row's other columns do not hold."""
    memory = {
        "not_before": state.install_not_before,
        "arrived": state.arrived_at,
        "slots": state.slots,
        "parsers": state.parsers,
        "firmware": state.firmware,
        "firmware_since": state.firmware_since,
        "facts": state.facts,
        "recent": state.recent,
        "unsettled": state.unsettled,
    }
    return orjson.dumps({name: value for name, value in memory.items() if value}).decode()


def write_states(changed: Collection[tuple[Known, State, str]], asset_ids: Mapping[str, int]) -> None:
    """Writes what the fold knows of each component, and the digest of its last sighting, ``""`` when that is not last.

    `asset_ids`: by identity, of all assets in the states.
    """
    facts = [{name: value for name, _, value in state.facts} for _, state, _ in changed]
    lots = name_lots({told["lot"] for told in facts if "lot" in told})
    aliases = vendor_aliases({vendor_key(told["vendor"]) for told in facts if "vendor" in told})
    rows = []
    for (known, state, digest), told in zip(changed, facts, strict=True):
        kept = _entered(known, state)
        rows.append(
            (
                known.id,
                _status(state),
                asset_ids[state.asset] if state.asset else None,
                state.slot,
                state.installed_at,
                state.firmware_version,
                state.health,
                state.first_seen_at,
                state.last_seen_at,
                state.last_at,
                state.last_ref,
                "" if state.unsettled else digest,
                _memory(state),
                0,  # not stale
                0,  # to be counted anew
                fold_vendor(told["vendor"], aliases)[:200] if "vendor" in told else kept.vendor,
                told.get("model", kept.model),
                told.get("part_number", kept.part_number),
                lots[told["lot"]] if "lot" in told else kept.lot,
                str(_day(told.get("manufactured_on", "")) or kept.manufactured_on or "") or None,
            )
        )
    update_rows(Component, _WRITTEN, rows)


def _entered(known: Known, state: State) -> Known:
    """The row without what earlier evidence had told: that evidence may belong to another component by now.

    So may a vendor that was noted before the derivation, and what a snapshot that is held said of a new component.
    """
    told = {name for name, _, _ in known.state.facts}
    if state.last_at is not None and not known.declared:
        told |= {"vendor"} if known.state.last_at else {"vendor", "model", "part_number"}
    return replace(
        known,
        vendor="" if "vendor" in told else known.vendor,
        model="" if "model" in told else known.model,
        part_number="" if "part_number" in told else known.part_number,
        lot=None if "lot" in told else known.lot,
        manufactured_on=None if "manufactured_on" in told else known.manufactured_on,
    )


def _status(state: State) -> str:
    if state.asset:
        return Status.INSTALLED
    return Status.REMOVED if state.last_at else Status.UNPLACED


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def touch_all(asset: Asset, at: datetime, ref: str) -> int:
    """As `touch`, for all components whose last evidence is a sighting by the asset's last snapshot; gives how many."""
    rows = Component.objects.filter(asset=asset, last_evidence=asset.last_evidence, stale=False)
    rows = rows.exclude(last_sighting="")
    return rows.update(last_seen_at=at, last_evidence_at=at, last_evidence=ref)


def touch(ids: Collection[int], at: datetime, ref: str) -> None:
    """Notes that the components were seen again, with nothing else to tell."""
    if ids:
        update_ids(Component, {"last_seen_at": at, "last_evidence_at": at, "last_evidence": ref}, ids)
