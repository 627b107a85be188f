"""storcli and perccli, as JSON: RAID controllers, their batteries, and the drives behind them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from ingest.domain.report import Member, PartName, Report, Signal
from ingest.parsers.json_text import load_json, number_at, text_at
from ingest.parsers.printed_time import ZONELESS
from ingest.parsers.storcli_answers import PD_LIST, Answer, Table, answers, drive_details, drive_rows, system_time
from ingest.parsers.storcli_parts import (
    Seen,
    batteries,
    controller,
    controller_slot,
    drive,
    drive_signals,
    missing_from_arrays,
)
from registry.domain.vocabulary import ComponentType

_CONTROLLERS: Final = re.compile(rb'"Controllers"\s*:\s*\[')
_ANSWERS: Final = re.compile(rb'"(?:Command Status|Response Data)"\s*:\s*\{')

_Members = list[tuple[str, list[Answer]]]
_Place = tuple[str, int | None]  # the path of a member, and the number of a controller that answers in it


@dataclass(slots=True)
class _Controller:
    """What several answers tell of one controller."""

    answers: list[Answer] = field(default_factory=list)
    rows: dict[str, Table] = field(default_factory=dict)
    described: set[str] = field(default_factory=set)
    slot: str = ""

    def add(self, answer: Answer) -> None:
        self.answers.append(answer)
        for slot, row in drive_rows(answer.data):
            self.rows.setdefault(slot, row)
        self.described.update(slot for slot, attributes, _ in drive_details(answer.data) if attributes)
        self.slot = self.slot or controller_slot(answer.data)

    @property
    def names(self) -> set[str]:
        """The addresses, or else the serial numbers, by which the answers name it; several, if they are of several."""
        seen = [found[0] for answer in self.answers if (found := controller(answer.data))]
        addresses = {value for sighting in seen for _, value in sighting.identifiers}
        return addresses or {sighting.serial.upper() for sighting in seen}

    @property
    def is_complete(self) -> bool:
        """Whether every drive that it counts was described."""
        counted = [
            (count, {slot for slot, _ in drive_rows({PD_LIST: answer.data.get(PD_LIST)})})
            for answer in self.answers
            if (count := number_at(answer.data, "Physical Drives")) is not None
        ]
        return bool(counted) and all(len(slots) == count and slots <= self.described for count, slots in counted)


class StorcliParser:
    """Controllers, and the drives that are described in full, by ``enclosure:slot``. No asset.

    A table of drives without serial numbers names none, but tells their states. Covers disks and controllers where the
    overview beside the answers (``storcli show``) counts the controllers, and each described all drives it counts.
    """

    name = "storcli"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is JSON of storcli or perccli."""
        return _CONTROLLERS.search(head) is not None and _ANSWERS.search(head) is not None

    def read(self, member: Member) -> object:
        """The controllers' answers; raises `MemberError` when there are none."""
        return answers(load_json(member.content))

    def assemble(self, members: Sequence[tuple[str, object]], broken: Sequence[str]) -> list[tuple[str, Report]]:
        """A report for each member, with what other members of its folder add on the same controller."""
        folders: dict[PurePosixPath, _Members] = defaultdict(list)
        for path, value in members:
            if isinstance(value, list):
                folders[PurePosixPath(path).parent].append((path, value))
        unsure = {PurePosixPath(path).parent for path in broken}
        return [
            (path, report)
            for folder, read in folders.items()
            for path, report in _reports(read, whole=folder not in unsure)
        ]


def _reports(members: _Members, *, whole: bool) -> Iterator[tuple[str, Report]]:
    known = _controllers(members)
    covered = _coverage(members, known) if whole else frozenset[str]()
    for path, told in members:
        parts = [part for answer in told for part in _parts(answer, known[(path, answer.number)])]
        signals = [signal for _, failures in parts for signal in failures]
        signals += [signal for answer in told for signal in _of_unnamed(answer, known[(path, answer.number)])]
        complaints = tuple(answer.complaint for answer in told if answer.complaint)
        if parts or signals:
            report = Report(
                collected_at=next((moment for answer in told if (moment := system_time(answer.data))), None),
                time_rank=ZONELESS,
                coverage=covered,
                sightings=tuple(sighting for sighting, _ in parts),
                signals=tuple(signals),
                problems=complaints,
            )
            yield path, report
        elif complaints:
            yield path, Report(problems=complaints)


def _controllers(members: _Members) -> Mapping[_Place, _Controller]:
    """The controller of each answer: all answers under one number are of one, unless they name several."""
    together: dict[int | None, _Controller] = defaultdict(_Controller)
    apart: dict[_Place, _Controller] = defaultdict(_Controller)
    for path, told in members:
        for answer in told:
            together[answer.number].add(answer)
            apart[(path, answer.number)].add(answer)
    split = {number for number, one in together.items() if number is None or len(one.names) > 1}
    return {place: own if place[1] in split else together[place[1]] for place, own in apart.items()}


def _coverage(members: _Members, known: Mapping[_Place, _Controller]) -> frozenset[str]:
    told = [answer for _, answers_there in members for answer in answers_there]
    counts = {number_at(answer.data, "Number of Controllers") for answer in told} - {None}
    controllers = {number: one for (_, number), one in known.items() if number is not None}
    if len(counts) != 1 or {len(controllers)} != counts or any(answer.complaint for answer in told):
        return frozenset()
    if not all(len(one.names) == 1 for one in controllers.values()):
        return frozenset()
    disks = {str(ComponentType.DISK)} if all(one.is_complete for one in controllers.values()) else set[str]()
    return frozenset({str(ComponentType.HBA)} | disks)


def _parts(answer: Answer, whole: _Controller) -> Iterator[Seen]:
    if found := controller(answer.data):
        yield found
    yield from batteries(answer.data, whole.slot)
    for slot, attributes, counters in drive_details(answer.data):
        if seen := drive(slot, whole.rows.get(slot, {}), attributes, counters):
            yield seen


def _of_unnamed(answer: Answer, whole: _Controller) -> Iterator[Signal]:
    """The failures of drives that are known by their slots alone."""
    for slot, row in drive_rows(answer.data):
        if slot and slot not in whole.described:
            part = PartName(ComponentType.DISK, slot=slot, slot_kind="enclosure")
            yield from drive_signals(part, text_at(row, "State"), {})
    yield from missing_from_arrays(answer.data)
