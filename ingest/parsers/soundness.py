"""Whether what a parser gave can be kept: other packages' parsers are checked by no test of ours."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

import orjson

from ingest.domain.report import Report, Sighting
from registry.domain.vocabulary import COMPONENT_TYPES, HEALTHS

_texts = attrgetter(*(one.name for one in fields(Sighting) if one.type is str))


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
        for sighting in report.sightings:
            "".join(_texts(sighting))  # the quickest way to meet what is no text
        orjson.dumps([sighting.measurements for sighting in report.sightings], default=str)
