"""Whether what a parser gave can be kept: other packages' parsers are checked by no test of ours."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

import orjson

from ingest.domain.report import Report, Sighting, Signal
from registry.domain.vocabulary import COMPONENT_TYPES, HEALTHS, SEVERITIES

_texts = attrgetter(*(one.name for one in fields(Sighting) if one.type is str))
_signal_texts = attrgetter("part.serial", "part.slot", "part.slot_kind", "mode", "message", "code")


def refuse_unsound(reports: Sequence[Report]) -> None:
    """Raises `ValueError` or `TypeError` where a report says what nothing after it can hold.

    So a parser's fault costs the member that it read, and not the whole bundle.
    """
    for report in reports:
        if report.collected_at is not None and report.collected_at.tzinfo is None:
            raise ValueError(f"time without a zone: {report.collected_at.isoformat()}")
        if unknown := {*report.coverage, *(sighting.type for sighting in report.sightings)} - COMPONENT_TYPES:
            raise ValueError(f"unknown component types: {', '.join(sorted(unknown))}")
        if unknown := {sighting.health for sighting in report.sightings} - HEALTHS:
            raise ValueError(f"unknown health: {', '.join(sorted(unknown))}")
        for signal in report.signals:
            _refuse_unsound_signal(signal)
        for sighting in report.sightings:
            "".join(_texts(sighting))  # the quickest way to meet what is no text
        orjson.dumps([sighting.measurements for sighting in report.sightings], default=str)


def _refuse_unsound_signal(signal: Signal) -> None:
    if signal.occurred_at is not None and signal.occurred_at.tzinfo is None:
        raise ValueError(f"signal at a time without a zone: {signal.occurred_at.isoformat()}")
    if signal.part.type not in COMPONENT_TYPES:
        raise ValueError(f"signal of an unknown component type: {signal.part.type!r}")
    if signal.severity not in SEVERITIES or signal.kind not in {"entry", "state"} or not signal.mode:
        raise ValueError(f"signal without sense: {signal.kind!r} {signal.mode!r} {signal.severity!r}")
    "".join(_signal_texts(signal))
