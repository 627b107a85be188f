"""Why a component was taken out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from registry.domain.vocabulary import RemovalReason

# What trackers call the outcome of a case about a part, in lower case.
_RESOLUTIONS: Mapping[str, RemovalReason] = {
    **dict.fromkeys(("failed", "faulty", "defective", "broken", "rma", "replaced"), RemovalReason.FAILED),
    **dict.fromkeys(("planned", "upgraded", "upgrade", "decommissioned", "retired"), RemovalReason.PLANNED),
    **dict.fromkeys(("moved", "relocated"), RemovalReason.MOVED),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """A component was in an asset during ``[start, end)``. `next_asset`: where it went at that moment, if anywhere."""

    asset: int
    start: datetime
    end: datetime
    next_asset: int | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """An operator's word on a removal at about `at` from an asset; the one recorded last counts."""

    asset: int
    at: datetime
    reason: str
    recorded: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a ticket about the component ended."""

    opened: datetime
    closed: datetime
    reason: RemovalReason


def resolution_of(raw: Mapping[str, Any]) -> RemovalReason | None:
    """What a ticket's own `resolution` says of the part, as text or as Jira's object with a name."""
    told = raw.get("resolution")
    name = told.get("name") if isinstance(told, Mapping) else told
    return _RESOLUTIONS.get(" ".join(name.lower().split())) if isinstance(name, str) else None


def reasons(
    stays: Sequence[Left],
    *,
    words: Collection[Word] = (),
    resolutions: Collection[Resolution] = (),
    failures: Collection[datetime] = (),
    span: timedelta,
) -> list[RemovalReason]:
    """Why each of the stays of one component ended, in their order.

    By an operator's word; else as a ticket about it was resolved; else because of a failure up to `span` before.
    """
    said = _said(stays, words)
    return [said.get(place) or _told(stay, resolutions, failures, span) for place, stay in enumerate(stays)]


def _said(stays: Sequence[Left], words: Collection[Word]) -> dict[int, RemovalReason]:
    """The word on each stay: on the last one in its asset that began before the removal it speaks of."""
    said: dict[int, RemovalReason] = {}
    for word in sorted(words, key=lambda one: one.recorded):
        meant = [place for place, stay in enumerate(stays) if stay.asset == word.asset and stay.start < word.at]
        if meant:
            said[max(meant, key=lambda place: stays[place].start)] = RemovalReason(word.reason)
    return said


def _told(
    stay: Left, resolutions: Collection[Resolution], failures: Collection[datetime], span: timedelta
) -> RemovalReason:
    if stay.next_asset == stay.asset:
        return RemovalReason.MOVED
    told = [one for one in resolutions if one.opened <= stay.end <= one.closed]
    if told:
        return max(told, key=lambda one: (one.closed, one.reason)).reason
    if any(stay.start < at <= stay.end and stay.end - at <= span for at in failures):
        return RemovalReason.FAILED
    return RemovalReason.UNKNOWN if stay.next_asset is None else RemovalReason.MOVED
