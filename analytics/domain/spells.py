"""Cuts a component's life into spells: one place and one firmware each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
# The end of an open spell, in seconds: the last day of the year 9999, as for installations.
FOREVER = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // _SECOND
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Stay:
    """An installation; `end` None while it lasts."""

    asset: int
    start: datetime
    end: datetime | None
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A period under one firmware; `end` None while it lasts."""

    firmware: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """One component in one asset under one firmware (``""``: unknown) during ``(start, end]``; `end` None: still."""

    asset: int
    firmware: str
    start: datetime
    end: datetime | None
    slot: str = ""

    @property
    def seconds(self) -> tuple[int, int]:
        """(start, end) in whole seconds since 1970."""
        return to_seconds(self.start), FOREVER if self.end is None else to_seconds(self.end)


def to_seconds(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return (moment - EPOCH) // _SECOND


def to_moment(seconds: int) -> datetime:
    """The moment so many seconds after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC)


def month_of(seconds: int) -> int:
    """Months since January 1970."""
    moment = to_moment(seconds)
    return (moment.year - 1970) * 12 + moment.month - 1


def month_begins(month: int) -> int:
    """The first second of a month, counted as `month_of` does."""
    return to_seconds(datetime(1970 + month // 12, month % 12 + 1, 1, tzinfo=UTC))


def cut(stays: Sequence[Stay], runs: Sequence[Run]) -> list[Span]:
    """The spells of one component, in order: its stays, cut where its firmware changed.

    Before the first firmware that is known, it is unknown. Spells that last no second are left out: they have no
    exposure.
    """
    changes = sorted((run.start, run.firmware) for run in runs)
    spans: list[Span] = []
    for stay in sorted(stays, key=lambda stay: stay.start):
        before = [firmware for start, firmware in changes if start <= stay.start]
        inside = [change for change in changes if stay.start < change[0] and (stay.end is None or change[0] < stay.end)]
        cuts = [(stay.start, before[-1] if before else ""), *inside]
        ends = [*(start for start, _ in inside), stay.end]
        for (start, firmware), end in zip(cuts, ends, strict=True):
            span = Span(stay.asset, firmware, start, end, stay.slot)
            if span.seconds[0] < span.seconds[1]:
                spans.append(span)
    return spans


def span_at(spans: Sequence[Span], moment: datetime) -> int | None:
    """The place of the spell to which a failure at `moment` belongs: start < t <= end; the latest one that fits."""
    fitting = (place for place, span in enumerate(spans) if span.start < moment and _reaches(span, moment))
    return max(fitting, default=None)


def _reaches(span: Span, moment: datetime) -> bool:
    return span.end is None or moment <= span.end


def why_unattributed(spans: Sequence[Span], moment: datetime) -> str:
    """Why no spell has a failure at `moment`: ``after_removal``, or ``no_spell`` when there was none before it."""
    return "after_removal" if any(span.start < moment for span in spans) else "no_spell"
