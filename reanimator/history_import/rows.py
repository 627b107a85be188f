"""What rows of the tables say, as values; and why a row says nothing that can be taken."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from registry.domain.serials import clean_serial, part_serial
from registry.domain.vocabulary import COMPONENT_TYPES, MAX_SERIAL, MAX_TEXT, SEVERITIES, Severity
from tickets.domain.told import EARLIEST, mode_word
from tickets.domain.vocabulary import MAX_MESSAGE

INSTALLATION_COLUMNS = (
    "component_type", "vendor", "model", "serial", "lot", "manufactured_on", "asset_vendor", "asset_model",
    "asset_serial", "slot", "installed_at", "removed_at", "removal_reason",
)  # fmt: skip
INSTALLATION_REQUIRED = ("component_type", "serial", "asset_serial", "installed_at", "removed_at")
FAILURE_COLUMNS = ("component_type", "vendor", "serial", "occurred_at", "mode", "severity", "message")
FAILURE_REQUIRED = ("component_type", "serial", "occurred_at")
REMOVAL_REASONS = frozenset({"failed", "planned", "unknown", ""})

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

Kind = TypeVar("Kind")


class BadRow(Exception):
    """Why a row cannot be taken."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component as a row names it; `serial` is clean, `vendor` as printed."""

    type: str
    vendor: str
    serial: str


@dataclass(frozen=True, slots=True)
class ToldStay:
    """A row of the installations. `end` None: it is still there. `reason`: why it was removed."""

    part: Part
    model: str
    lot: str
    made: date | None
    asset_vendor: str
    asset_model: str
    asset: str
    slot: str
    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class ToldFailure:
    """A row of the failures. `by_date`: only its day is known, and `at` is the last second of it."""

    part: Part
    at: datetime
    by_date: bool
    mode: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What rows are held to: serial numbers that name nothing, and the latest moment that can be."""

    placeholders: Collection[str]
    latest: datetime


def read_stay(values: Mapping[str, str], rules: Rules) -> ToldStay:
    """The installation that a row tells of; raises `BadRow`."""
    start, _ = _moment(values, "installed_at", rules)
    end = _moment(values, "removed_at", rules)[0] if values["removed_at"] else None
    if end is not None and end <= start:
        raise BadRow(f"removed_at {values['removed_at']} is not after installed_at {values['installed_at']}.")
    reason = values["removal_reason"].lower()
    if reason not in REMOVAL_REASONS:
        raise BadRow(f"removal_reason {reason!r} is none of failed, planned, unknown.")
    if reason and end is None:
        raise BadRow("It has a removal_reason but no removed_at.")
    return ToldStay(
        part=_part(values, rules),
        model=_text(values, "model"),
        lot=_text(values, "lot", MAX_SERIAL),
        made=_day_made(values, rules),
        asset_vendor=_text(values, "asset_vendor"),
        asset_model=_text(values, "asset_model"),
        asset=_serial(values, "asset_serial", lambda text: clean_serial(text, rules.placeholders)),
        slot=_text(values, "slot", MAX_SERIAL),
        start=start,
        end=end,
        reason=reason,
    )


def read_failure(values: Mapping[str, str], rules: Rules) -> ToldFailure:
    """The failure that a row tells of; raises `BadRow`."""
    at, by_date = _moment(values, "occurred_at", rules)
    severity = values["severity"].lower() or Severity.FATAL.value
    if severity not in SEVERITIES:
        raise BadRow(f"severity {severity!r} is none of {', '.join(Severity)}.")
    # The day of a failure is a day of service.
    at = at + _DAY - _SECOND if by_date else at
    message = " ".join(values["message"].split())[:MAX_MESSAGE]
    return ToldFailure(_part(values, rules), at, by_date, mode_word(values["mode"]), severity, message)


def _part(values: Mapping[str, str], rules: Rules) -> Part:
    kind = values["component_type"].lower()
    if kind not in COMPONENT_TYPES:
        raise BadRow(f"component_type {values['component_type']!r} is none of {', '.join(sorted(COMPONENT_TYPES))}.")
    serial = _serial(values, "serial", lambda text: part_serial(kind, text, rules.placeholders))
    return Part(kind, _text(values, "vendor"), serial)


def _serial(values: Mapping[str, str], name: str, form: Callable[[str], str]) -> str:
    text = _text(values, name, MAX_SERIAL)
    if not text:
        raise BadRow(f"{name} is missing.")
    clean = form(text)
    if not clean:
        raise BadRow(f"{name} {text!r} is a placeholder, which names nothing.")
    return clean


def _text(values: Mapping[str, str], name: str, most: int = MAX_TEXT) -> str:
    text = " ".join(values[name].split())
    if len(text) > most:
        raise BadRow(f"{name} has more than {most} characters.")
    return text


def _moment(values: Mapping[str, str], name: str, rules: Rules) -> tuple[datetime, bool]:
    """(the moment, whether only its day is known); without a zone it is UTC, a day alone is its beginning."""
    text = values[name]
    if not text:
        raise BadRow(f"{name} is missing.")
    try:
        by_date = len(text) <= len("2026-01-01")
        at = _at_midnight(date.fromisoformat(text)) if by_date else datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRow(f"{name} {text!r} is no date (2026-03-01) or time (2026-03-01T10:00:00Z).") from None
    if at < EARLIEST:
        raise BadRow(f"{name} {text!r} lies before {EARLIEST:%Y}.")
    if at > rules.latest:
        raise BadRow(f"{name} {text!r} lies after {rules.latest:%Y-%m-%d %H:%M} UTC, which cannot be.")
    return at, by_date


def _day_made(values: Mapping[str, str], rules: Rules) -> date | None:
    if not values["manufactured_on"]:
        return None
    return _moment(values, "manufactured_on", rules)[0].date()


def _at_midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
