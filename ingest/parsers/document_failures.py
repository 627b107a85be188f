"""The failures that a canonical document tells, as signals of the components that failed."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.domain.report import PartName, Sighting, Signal
from ingest.parsers.document_shape import Component, Failed, Failure, tidy, utc_moment
from registry.domain.serials import normalise
from registry.domain.vocabulary import ComponentType, Health, Severity

SELF_REPORTED = "self_reported"
_NO_WORD = re.compile(r"[^a-z0-9]+")


def signals(
    failures: Iterable[tuple[int, Failure]], components: Sequence[Component], problems: list[str]
) -> Iterator[Signal]:
    """A dated signal for each of the numbered `failures`; one of which the component cannot be told is a problem."""
    for number, failure in failures:
        place = f"failures[{number}]"
        moment = utc_moment(failure.occurred_at, f"{place}.occurred_at", problems)
        part = _part(failure.component, components, f"{place}.component", problems)
        if moment is None or part is None:
            continue
        yield Signal(
            part=part,
            kind="entry",
            mode=_NO_WORD.sub("_", tidy(failure.mode).lower()).strip("_") or SELF_REPORTED,
            severity=failure.severity,
            occurred_at=moment,
            message=tidy(failure.message),
        )


def conditions(sightings: Iterable[Sighting]) -> Iterator[Signal]:
    """A signal for each component that the document shows as failed, so when it was collected."""
    for one in sightings:
        if one.health == Health.FAILED and (one.serial or one.slot or one.identifiers):
            yield Signal(part=one.part_name, kind="state", mode=SELF_REPORTED, severity=Severity.FATAL)


def _part(failed: Failed, components: Sequence[Component], place: str, problems: list[str]) -> PartName | None:
    serial, slot = tidy(failed.serial), tidy(failed.slot)
    kind = failed.type or _type_of(serial, slot, components)
    if not serial and not slot:
        problems.append(f"{place}: neither serial nor slot")
    elif kind is None:
        problems.append(f"{place}.type: missing, and no one component of the document has that serial or slot")
    else:
        return PartName(kind, serial=serial, slot=slot, slot_kind="document" if slot else "")
    return None


def _type_of(serial: str, slot: str, components: Sequence[Component]) -> ComponentType | None:
    """The type of the components with that serial, or in that slot where no serial is told, if it is one."""
    if serial:
        found = {one.type for one in components if normalise(tidy(one.serial)) == normalise(serial)}
    else:
        found = {one.type for one in components if normalise(tidy(one.slot)) == normalise(slot)}
    return found.pop() if len(found) == 1 else None
