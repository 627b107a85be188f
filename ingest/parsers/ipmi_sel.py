"""``ipmitool sel list``, ``elist``, their ``-v`` and ``-c`` forms: the management controller's event log."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.domain.report import Member, MemberError, PartName, Report, Signal
from ingest.parsers.ipmi_events import Entry, Fault, fault_of, is_passing
from ingest.parsers.ipmi_records import read_entries
from registry.domain.vocabulary import ComponentType

_DATE: Final = rb"(?:\d\d/\d\d/\d{2,4}|Pre-Init[^|,\r\n]{0,30})"
_OURS: Final = re.compile(
    rb"^\s*[0-9a-f]{1,4} *\| *" + _DATE + rb" *\|"
    rb"|^[0-9a-f]{1,4},(?:" + _DATE + rb",\d\d:\d\d:\d\d|,,)[^,\r\n]*,[^,\r\n]+,"
    rb"|^SEL Record ID +: [0-9a-f]{4}"
    rb"|\A\s*SEL has no entries",
    re.MULTILINE,
)
_LOCATOR: Final = re.compile(
    r"(?<![A-Z0-9])(?:(?:CPU|PROC|P)[ _]?\d{1,2}[ _-]{0,3})?DIMM[ _#]{0,2}[A-Z]{0,2}\d{1,2}[A-Z]{0,2}\d?(?![A-Z0-9])",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(r"[ _]{0,3}(?:status|sensor|presence|stat|health|state)$", re.IGNORECASE)


class IpmiSelParser:
    """No components: the failures that the log tells, each at its time, at the part that its sensor watches.

    A part is named by its locator where the text has one, else by its sensor. The clock has no zone and is read as UTC;
    it dates the entries and never the snapshot. Covers nothing.
    """

    name = "ipmi-sel"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` has a line or a record of the log."""
        return _OURS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report of the failures, or none where the log tells of none."""
        entries = list(read_entries(member.text))
        if not entries and "SEL has no entries" not in member.text[:4096]:
            raise MemberError("no entry of the event log was read")
        signals = tuple(dict.fromkeys(reversed(list(_signals(entries)))))
        return [Report(signals=signals)] if signals else []


def _signals(entries: Sequence[Entry]) -> Iterator[Signal]:
    """The failures, last first."""
    taken_back: dict[tuple[str, str, str], Entry] = {}
    for entry in reversed(entries):
        event = (entry.type, entry.sensor, entry.event)
        if not entry.asserted:
            taken_back[event] = entry
        elif (fault := fault_of(entry)) and not (fault.may_pass and is_passing(entry, taken_back.get(event))):
            yield _signal(entry, fault)


def _signal(entry: Entry, fault: Fault) -> Signal:
    return Signal(
        part=_part(entry, fault.type),
        kind="entry",
        mode=fault.mode,
        severity=fault.severity,
        occurred_at=entry.moment,
        message=_message(entry),
        code=entry.event[:100],
    )


def _message(entry: Entry) -> str:
    where = f"{entry.type} {entry.sensor}".strip()
    return f"{where}: {entry.event} {entry.detail}".strip()[:500]


def _part(entry: Entry, kind: ComponentType) -> PartName:
    if kind == ComponentType.MEMORY:
        for text in (entry.detail, entry.event, entry.sensor):
            if found := _LOCATOR.search(text):
                return PartName(kind, slot=found[0], slot_kind="dmi")
    # "PS1 Status" watches what the same controller's list of units calls PS1.
    sensor = entry.sensor[:128]
    name = _STATUS.sub("", sensor) or sensor
    return PartName(kind, slot=name, slot_kind="sel" if name else "")
