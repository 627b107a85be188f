"""Histories: evidence for the pure fold, and fleets as the bundles that tell of them; built by hand or at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import orjson
from hypothesis import strategies as st

from ingest.domain.kinds import FIRMWARE_KINDS, SLOT_KINDS, rank
from ingest.models import Bundle
from ingest.services.receive import Hints, receive
from reanimator.pipeline import STEPS, Turn
from tickets.services import follow_changes, resolve_waiting
from timeline.domain.evidence import Absent, Asserted, Evidence, Seen
from timeline.services import derive_waiting

START = datetime(2026, 3, 1, tzinfo=UTC)
# When the bundles of `fleets` are received: after all that they tell of.
RECEIVED = START + timedelta(days=60)
NO_HINTS = Hints()


def moment(days: float) -> datetime:
    """A time some days after `START`."""
    return START + timedelta(days=days)


def seen(
    day: float,
    asset: str,
    slot: str = "",
    *,
    firmware: str = "",
    firmware_by: Mapping[str, str] | None = None,
    health: str = "unknown",
    parsers: Sequence[str] = ("document",),
    facts: tuple[tuple[str, int, str], ...] = (),
    ref: str | None = None,
    **slots: str,
) -> Seen:
    """A sighting; `slot` and `firmware` as a document tells them, `slots` and `firmware_by` by kind of source."""
    places = {**({"document": slot} if slot else {}), **slots}
    versions = {**({"document": firmware} if firmware else {}), **(firmware_by or {})}
    return Seen(
        moment(day),
        ref or f"{day:08}",
        asset,
        slots=tuple(sorted(places.items(), key=lambda pair: rank(SLOT_KINDS, pair[0]))),
        firmware=tuple(sorted(versions.items(), key=lambda pair: rank(FIRMWARE_KINDS, pair[0]))),
        health=health,
        parsers=tuple(sorted(parsers)),
        facts=facts,
    )


def absent(day: float, asset: str, *parsers: str, ref: str | None = None) -> Absent:
    """An enumeration by `parsers` that does not show it."""
    return Absent(moment(day), ref or f"{day:08}", asset, frozenset(parsers or ("document",)))


def installed(day: float, asset: str, slot: str = "") -> Asserted:
    """An operator's word that it was put in."""
    return Asserted(moment(day), f"{day:08}i", asset, slot)


def removed(day: float, asset: str) -> Asserted:
    """An operator's word that it was taken out."""
    return Asserted(moment(day), f"{day:08}r", asset, installs=False)


_DAYS = (0, 0.5, 1, 2, 3, 4, 6, 9, 12, 20)
_HOMES = ("A", "B", "C")
_PARSERS = ("document", "redfish")


@st.composite
def sightings(draw: st.DrawFn) -> Seen:
    """A sighting of a component that goes about among few places."""
    return seen(
        draw(st.sampled_from(_DAYS)),
        draw(st.sampled_from(_HOMES)),
        draw(st.sampled_from(("", "Bay 1", "Bay 2"))),
        firmware=draw(st.sampled_from(("", "1", "2"))),
        firmware_by=draw(st.sampled_from(({}, {}, {"redfish": "1"}, {"redfish": "2"}))),
        health=draw(st.sampled_from(("unknown", "ok", "failed"))),
        parsers=draw(st.sampled_from((("document",), ("redfish",), _PARSERS))),
        facts=draw(st.sampled_from(((), (("model", 0, "M0"),), (("model", 1, "M1"),)))),
        ref=draw(st.sampled_from("12")),
        **draw(st.sampled_from(({}, {"redfish": "R1"}, {"redfish": "R2"}))),
    )


@st.composite
def absences(draw: st.DrawFn) -> Absent:
    """An enumeration of one of the places without it."""
    day, asset = draw(st.sampled_from(_DAYS)), draw(st.sampled_from(_HOMES))
    return absent(day, asset, draw(st.sampled_from(_PARSERS)), ref=draw(st.sampled_from("12")))


@st.composite
def assertions(draw: st.DrawFn) -> Asserted:
    """An operator's word."""
    day, asset = draw(st.sampled_from(_DAYS)), draw(st.sampled_from(_HOMES))
    return removed(day, asset) if draw(st.booleans()) else installed(day, asset, draw(st.sampled_from(("", "Bay 1"))))


def evidence(*, most: int = 14) -> st.SearchStrategy[list[Evidence]]:
    """All the evidence of one component: a snapshot either shows it or does not."""
    return st.lists(
        st.one_of(sightings(), sightings(), sightings(), absences(), assertions()),
        max_size=most,
        unique_by=lambda item: (item.at, item.ref, item.asset),
    )


@dataclass(frozen=True)
class Part:
    """A part of the pool from which a fleet is made; each mention shows some of its names."""

    type: str
    serial: str
    vendors: tuple[str, ...]
    wwn: str
    model: str


POOL = (
    Part("disk", "DISK-1", ("Samsung",), "5000c500a1b2c301", "PM1733"),
    Part("disk", "DISK-2", ("Samsung", ""), "5000c500a1b2c302", "PM1733"),
    Part("disk", "DISK-3", ("", "Intel Corporation", "INTEL"), "", "P4510"),
    # One serial, two vendors.
    Part("disk", "SHARED", ("Seagate", "Toshiba", ""), "", "EXOS"),
    # Two disks that show one world-wide name.
    Part("disk", "TWIN-A", ("Kioxia",), "5000c500a1b2c30f", "CM6"),
    Part("disk", "TWIN-B", ("Kioxia", ""), "5000c500a1b2c30f", "CM6"),
    # A model that tells its maker, for which one tool has another name.
    Part("disk", "DISK-4", ("", "Dell"), "5000c500a1b2c304", "ST8000NM0055"),
    # Known by its world-wide name alone.
    Part("disk", "", ("Sandisk",), "5000c500a1b2c309", "SN640"),
    # Known by position alone.
    Part("memory", "", ("Hynix", ""), "", "HMA84"),
    Part("memory", "", ("",), "", "M393"),
    Part("memory", "MEM~1@X", ("Micron",), "", "MTA36"),
)
ASSETS = (("SRV-1", ("Dell Inc.",)), ("SRV-2", ("HPE", "")), ("SRV-3", ("Dell Inc.", "Lenovo", "")), ("SRV-4", ("",)))

_SLOTS = ("", "Bay 1", "Bay 2", "DIMM~A@1")
_FIRMWARE = ("", "1.0", "2.0")
_HEALTH = ("unknown", "ok", "warning", "failed")


@st.composite
def mentions(draw: st.DrawFn, parts: Sequence[Part]) -> dict[str, Any]:
    """One component in a document: one of `parts`, by all or some of its names."""
    part = draw(st.sampled_from(parts))
    hides_serial = bool(part.wwn) and draw(st.integers(0, 3)) == 0
    shows_wwn = bool(part.wwn) and (hides_serial or draw(st.booleans()))
    component = {
        "type": part.type,
        "slot": draw(st.sampled_from(_SLOTS)),
        "vendor": draw(st.sampled_from(part.vendors)),
        "model": part.model if draw(st.booleans()) else "",
        "serial": "" if hides_serial else part.serial,
        "firmware": draw(st.sampled_from(_FIRMWARE)),
        "health": draw(st.sampled_from(_HEALTH)),
        "identifiers": {"wwn": part.wwn} if shows_wwn else {},
        "part_number": draw(st.sampled_from(("", "P1"))),
        "lot": draw(st.sampled_from(("", "LOT-1"))),
    }
    return {name: value for name, value in component.items() if value}


@st.composite
def documents(draw: st.DrawFn, parts: Sequence[Part], days: Sequence[float]) -> dict[str, Any]:
    """A canonical document of one asset at one of `days`."""
    serial, vendors = draw(st.sampled_from(ASSETS))
    asset = {
        "serial": serial,
        "vendor": draw(st.sampled_from(vendors)),
        "hostname": draw(st.sampled_from(("", f"{serial}.a", f"{serial}.b"))),
        "model": draw(st.sampled_from(("", "R750"))),
    }
    document: dict[str, Any] = {
        "format": "reanimator/v1",
        "collected_at": moment(draw(st.sampled_from(days))).isoformat(),
        "asset": asset,
        "components": draw(st.lists(mentions(parts), max_size=4)),
    }
    coverage = draw(st.sampled_from((None, [], ["disk"], ["disk", "memory"])))
    if draw(st.integers(0, 30)) == 0:
        return _of_a_time_to_come(document)
    return document if coverage is None else {**document, "coverage": coverage}


def _of_a_time_to_come(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a clock error: it is no evidence, so what it says of its parts may depend on when it came."""
    names = ("type", "serial", "slot", "identifiers")
    parts = [{name: part[name] for name in names if name in part} for part in document["components"]]
    return {**document, "collected_at": moment(400).isoformat(), "components": parts}


@st.composite
def fleets(draw: st.DrawFn) -> list[bytes]:
    """The bundles of a small fleet over some days, some of several assets: distinct files, in no order."""
    parts = draw(st.lists(st.sampled_from(POOL), min_size=2, max_size=5, unique=True))
    days = draw(st.lists(st.sampled_from((0, 0.5, 1, 2, 3, 4, 8, 20)), min_size=2, max_size=6, unique=True))
    files = draw(st.lists(st.lists(documents(parts, days), min_size=1, max_size=2), min_size=2, max_size=6))
    for told, day in draw(st.lists(st.tuples(st.sampled_from(files), st.sampled_from(days)), max_size=3)):
        files.append([{**document, "collected_at": moment(day).isoformat()} for document in told[:1]])
    return list(dict.fromkeys(as_bundle(*file) for file in files))


def as_bundle(*told: dict[str, Any]) -> bytes:
    """The file of one document, or of several, one a line."""
    return b"\n".join(orjson.dumps(document) for document in told)


def take_in(content: bytes, *, now: datetime = RECEIVED, hints: Hints = NO_HINTS) -> Bundle:
    """The bundle of `content`, received but not yet parsed."""
    return receive(
        BytesIO(content),
        filename="told.json",
        content_type="application/json",
        hints=hints,
        expected_sha256=None,
        user=None,
        now=now,
    ).bundle


def document(
    day: float, asset: str, *components: dict[str, Any], named: Mapping[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """A canonical document of one server. `named`: what it says of the asset besides; `fields`: further ones."""
    return {
        "format": "reanimator/v1",
        "collected_at": moment(day).isoformat(),
        "asset": {"serial": asset, "vendor": "Dell", **(named or {})},
        "components": list(components),
        **fields,
    }


def disk(serial: str = "", slot: str = "", *, wwn: str = "", vendor: str = "Samsung", **fields: Any) -> dict[str, Any]:
    """A disk as a document shows it."""
    identifiers = {"identifiers": {"wwn": wwn}} if wwn else {}
    return {"type": "disk", "serial": serial, "slot": slot, "vendor": vendor, **identifiers, **fields}


def process(bundle_id: int, *, now: datetime) -> None:
    """Takes all steps of one bundle whether it waits or not, and raises what goes wrong."""
    turn = Turn(bundle_id, now)
    for step in STEPS:
        step.work(turn)
    Bundle.objects.filter(id=bundle_id).update(step=Bundle.Step.NONE, due_at=None)
    if turn.parsed is not None and turn.parsed.disturbed:
        derive_waiting(now=now)
        resolve_waiting()
        follow_changes(now=now)


def bring(*documents: dict[str, Any], **ways: Any) -> Bundle:
    """The bundle of `documents` after its whole way: received, parsed, derived. `ways`: as for `take_in`."""
    bundle = take_in(as_bundle(*documents), **ways)
    process(bundle.id, now=ways.get("now", RECEIVED))
    return Bundle.objects.get(id=bundle.id)
