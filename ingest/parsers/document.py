"""The canonical document ``reanimator/v1``, alone or one a line (NDJSON)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from ingest.domain.report import AssetClaim, Member, MemberError, Report, SerialClaim, Sighting, Signal
from ingest.parsers.document_failures import conditions, signals
from ingest.parsers.document_shape import (
    FORMAT,
    VITAL_WITH_SERIAL,
    VITAL_WITHOUT_SERIAL,
    Asset,
    Component,
    Document,
    Failure,
    fitting,
    fitting_field,
    is_blank,
    tidy,
    utc_moment,
)
from ingest.parsers.json_text import load_json
from registry.domain.vocabulary import COMPONENT_TYPES, ComponentType, Health

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORMAT = re.compile(rb'"format"\s*:\s*"reanimator/')
# Where keys are sorted, `format` may lie beyond the head.
_COMPONENTS = re.compile(rb'"components"\s*:\s*\[')
_CIRCUMSTANCES = re.compile(rb'"collected_at"\s*:|"asset"\s*:\s*[{n]')
_MEASUREMENT_DEPTH = 16
_INTEGER = 1 << 63  # what JSON libraries and databases carry

_decode = msgspec.json.Decoder(Document).decode


class DocumentParser:
    """One report a document, each a whole snapshot.

    A component that cannot be told costs itself and the coverage of its type, any other misshapen part just itself;
    a line that is no document gives a report that holds nothing but the problem.
    """

    name = "document"
    version = 2

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` starts JSON that calls itself a document of ours, of whatever version."""
        if not head.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"{"):
            return False
        return bool(_FORMAT.search(head) or (_COMPONENTS.search(head) and _CIRCUMSTANCES.search(head)))

    def parse(self, member: Member) -> list[Report]:
        """The reports in `member`; raises `MemberError` when no document in it can be read."""
        content = member.content.removeprefix(_BYTE_ORDER_MARK)
        try:
            return [_read(content)]
        except MemberError as error:
            lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
            # Objects at the very left tell one a line from one over many lines.
            if len(lines) < 2 or not any(len(line) > 1 and line.startswith(b"{") for _, line in lines):
                raise
            return _read_lines(lines, error)


def _read_lines(lines: list[tuple[int, bytes]], error: MemberError) -> list[Report]:
    reports: list[Report] = []
    good = 0
    for number, line in lines:
        try:
            report = _read(line)
            good += 1
        except MemberError as wrong:
            report = Report(standalone=True, problems=(str(wrong),))
        reports.append(replace(report, problems=tuple(f"line {number}: {problem}" for problem in report.problems)))
    if good:
        return reports
    if not _is_json(lines[0][1]):
        raise error
    raise MemberError(f"no line is a document; {reports[0].problems[0]}") from error


def _is_json(line: bytes) -> bool:
    try:
        load_json(line)
    except MemberError:
        return False
    return True


def _read(content: bytes) -> Report:
    try:
        document = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _salvage(load_json(content))  # which says where it is no JSON, and refuses what is too deep
    problems: list[str] = []
    failures = enumerate(document.failures or ())
    told = tuple(signals(failures, document.components, problems)) if document.failures else ()
    return _report(document, enumerate(document.components), told, problems, lost=frozenset())


def _salvage(value: object) -> Report:
    """The report of a document which is not in all its parts what it should be."""
    if not isinstance(value, dict):
        raise MemberError("expected an object")
    if value.get("format") != FORMAT:
        raise MemberError(f"format: expected {FORMAT!r}, got {str(value.get('format'))[:100]!r}")
    if not isinstance(value.get("components"), list):
        raise MemberError("components: expected a list")
    problems: list[str] = []
    asset = value.get("asset")
    components, lost = _salvage_components(value["components"], problems)
    coverage = _salvage_coverage(value.get("coverage"), problems)
    # A list of known types did not mean what is lost of an unknown one; what is lost of no type may be anything.
    if "" in lost or (coverage is None and lost - COMPONENT_TYPES):
        coverage = []
    failures = _salvage_failures(value.get("failures"), problems)
    document = Document(
        format="reanimator/v1",
        components=list(components.values()),
        collected_at=fitting_field("collected_at", value.get("collected_at"), problems),
        asset=None if is_blank(asset) else fitting(Asset, asset, "asset", problems),
        project=fitting_field("project", value.get("project"), problems),
        coverage=coverage,
    )
    told = tuple(signals(failures.items(), document.components, problems))
    return _report(document, components.items(), told, problems, lost)


def _salvage_components(entries: list[object], problems: list[str]) -> tuple[dict[int, Component], frozenset[str]]:
    """(by number, what can be read; the types of what cannot, with ``""`` for none told)."""
    components: dict[int, Component] = {}
    lost: set[str] = set()
    for number, entry in enumerate(entries):
        told = entry if isinstance(entry, dict) else {}
        vital = VITAL_WITHOUT_SERIAL if is_blank(told.get("serial")) else VITAL_WITH_SERIAL
        component = fitting(Component, entry, f"components[{number}]", problems, vital)
        if component is None:
            word = told.get("type")
            lost.add(word if isinstance(word, str) else "")
        else:
            components[number] = component
    return components, frozenset(lost)


def _salvage_coverage(value: object, problems: list[str]) -> list[ComponentType] | None:
    if is_blank(value):
        return None
    if not isinstance(value, list):
        problems.append("coverage: expected a list")
        return []  # something was meant by it; covering nothing removes nothing
    known = []
    for number, word in enumerate(value):
        if isinstance(word, str) and word in COMPONENT_TYPES:
            known.append(ComponentType(word))
        else:
            problems.append(f"coverage[{number}]: unknown component type {str(word)[:100]!r}")
    return known


def _salvage_failures(value: object, problems: list[str]) -> dict[int, Failure]:
    if is_blank(value):
        return {}
    if not isinstance(value, list):
        problems.append("failures: expected a list")
        return {}
    told = ((number, fitting(Failure, entry, f"failures[{number}]", problems)) for number, entry in enumerate(value))
    return {number: failure for number, failure in told if failure is not None}


def _report(
    document: Document,
    numbered: Iterable[tuple[int, Component]],
    failures: tuple[Signal, ...],
    problems: list[str],
    lost: frozenset[str],
) -> Report:
    sightings = tuple(_sighting(number, component, problems) for number, component in numbered)
    covered = {component.type for component in document.components} if document.coverage is None else document.coverage
    return Report(
        asset=_asset(document.asset),
        collected_at=_moment(document.collected_at, problems),
        project=tidy(document.project),
        coverage=frozenset(covered) - lost,
        sightings=sightings,
        signals=(*failures, *conditions(sightings)),
        standalone=True,
        problems=tuple(problems),
    )


def _asset(asset: Asset | None) -> AssetClaim | None:
    if asset is None:
        return None
    serial = tidy(asset.serial)
    claim = AssetClaim(
        vendor=tidy(asset.vendor),
        model=tidy(asset.model),
        hostname=tidy(asset.hostname),
        serials=(SerialClaim(serial),) if serial else (),
    )
    return None if claim == AssetClaim() else claim


def _moment(moment: datetime | None, problems: list[str]) -> datetime | None:
    return utc_moment(moment, "collected_at", problems) if moment is not None else None


def _sighting(number: int, component: Component, problems: list[str]) -> Sighting:
    slot, firmware = tidy(component.slot), tidy(component.firmware)
    measurements = component.measurements or {}
    if measurements and (fault := _fault(measurements)):
        problems.append(f"components[{number}].measurements: {fault}")
        measurements = {}
    return Sighting(
        type=component.type,
        vendor=tidy(component.vendor),
        model=tidy(component.model),
        part_number=tidy(component.part_number),
        serial=tidy(component.serial),
        slot=slot,
        slot_kind="document" if slot else "",
        firmware=firmware,
        firmware_kind="document" if firmware else "",
        health=component.health or Health.UNKNOWN,
        lot=tidy(component.lot),
        manufactured_on=component.manufactured_on.isoformat() if component.manufactured_on else "",
        identifiers=tuple(_identifiers(component.identifiers)) if component.identifiers else (),
        measurements=measurements,
    )


def _identifiers(identifiers: Mapping[str, str | list[str | None] | None]) -> Iterator[tuple[str, str]]:
    for kind, values in identifiers.items():
        for value in values if isinstance(values, list) else (values,):
            if text := tidy(value):
                yield (kind, text)


def _fault(value: object, depth: int = 0) -> str:
    """Why `value` cannot be kept as measured, or ``""``."""
    if isinstance(value, int):
        return "" if -_INTEGER <= value < _INTEGER else "number of more than 64 bits"
    if not isinstance(value, (dict, list)):
        return ""
    if depth > _MEASUREMENT_DEPTH:
        return f"nested deeper than {_MEASUREMENT_DEPTH} levels"
    inner: Any = value.values() if isinstance(value, dict) else value
    return next((fault for item in inner if (fault := _fault(item, depth + 1))), "")
