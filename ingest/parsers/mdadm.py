"""Linux software RAID: ``mdadm --detail``, ``--examine`` and ``--query``, and ``/proc/mdstat``."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.domain.devices import drive_names
from ingest.domain.report import DEVICE, Member, PartName, Report, Signal
from registry.domain.vocabulary import ComponentType, Severity

_MDSTAT: Final = re.compile(rb"^Personalities :", re.MULTILINE)
_ARRAY: Final = re.compile(rb"^/dev/\S+:\s*\r?\n\s*(?:Version|Magic|Container) : ", re.MULTILINE)
_QUERY: Final = re.compile(rb"^/dev/\S+: (?:is not an md array|[\d.]+\w+ \S+ \d+ devices)", re.MULTILINE)

_NUMBERS: Final = re.compile(r"(?:\d+|-) \d+ \d+ (?:\d+|-)")
_REFERENCE: Final = re.compile(r"[0-9a-f]{8}")
_FAULTY_WORDS: Final = re.compile(r"\b(?:faulty|failed)\b", re.IGNORECASE)
_OF_MDSTAT: Final = re.compile(r"\S+ : (?:active|inactive|broken)\b(.*)")
_FAULTY_MEMBER: Final = re.compile(r"(?<!\S)(\S+)\[\d+\](?:\([A-Z]\))*\(F\)")
_LONGEST: Final = 8192  # an array of hundreds of drives; patterns need not search a megabyte


class MdadmParser:
    """The drives that an array has thrown out, by the names of their devices.

    They mean a drive only where another member of the bundle shows the drive with that device; so this shows no
    component, covers nothing, names no asset and has no time. An array that lacks a member is no part's failure.
    """

    name = "mdadm"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` starts as mdstat or one of mdadm's answers does; what mdadm could not open is none."""
        return any(form.search(head) for form in (_MDSTAT, _ARRAY, _QUERY))

    def parse(self, member: Member) -> list[Report]:
        """One report with a signal for each drive that is faulty in any array."""
        drives = (next(drive_names(device), "") for device in _faulty(member.text))
        return [Report(signals=tuple(_signal(drive) for drive in dict.fromkeys(drives) if drive))]


def _faulty(text: str) -> Iterator[str]:
    for whole in text.splitlines():
        line = whole[:_LONGEST]
        device, state = _row(line.split())
        if device and _FAULTY_WORDS.search(state):
            yield device
        elif found := _OF_MDSTAT.match(line):
            yield from _FAULTY_MEMBER.findall(found[1])


def _row(fields: Sequence[str]) -> tuple[str, str]:
    """(device, state) of a row of an array's members, or of a container's disks; ``("", "")`` of any other line."""
    if len(fields) > 5 and fields[-1].startswith("/dev/") and _NUMBERS.fullmatch(" ".join(fields[:4])):
        return fields[-1], " ".join(fields[4:-1])
    if len(fields) > 4 and fields[3].startswith("/dev/") and _REFERENCE.fullmatch(fields[1]):
        return fields[3], " ".join(fields[4:])
    return "", ""


def _signal(drive: str) -> Signal:
    """The same for every array and every tool, so that one drive thrown out is told once."""
    return Signal(
        PartName(ComponentType.DISK, identifiers=((DEVICE, drive),)),
        kind="state",
        mode="drive_failed",
        severity=Severity.FATAL,
        message="faulty member of an array",
    )
