"""``smartctl -a`` and ``-x`` as text: drives and their condition, one report after another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.printed_time import printed_time
from ingest.parsers.smartctl_fields import Fields
from ingest.parsers.volumes import has_volume_name, is_lent, is_volume

_BANNER: Final = r"smartctl (?:version )?\d+\.\d[^\n]*"
_SECTION: Final = "=== START OF INFORMATION SECTION ==="
# Publishers cut the head off, so any line that only smartctl prints will do.
_OURS: Final = re.compile(
    rf"^(?:{_BANNER}|{_SECTION}|SMART overall-health self-assessment test result:|SMART Health Status:"
    r"|Device supports SMART|ID# ATTRIBUTE_NAME |LU WWN Device Id:|SMART/Health Information \(NVMe Log 0x02)".encode(),
    re.MULTILINE,
)
_START: Final = re.compile(rf"^(?:(?P<banner>{_BANNER})|{_SECTION})[ \t]*$", re.MULTILINE)
# What scripts print before a report: "####/dev/sda1 megaraid,9", "=== /dev/sdb ===", "# smartctl -a /dev/sda -d sat".
_ANNOUNCED: Final = re.compile(
    r"^\W*(?:smartctl\b[^\n]*?)?(?P<device>/dev/[\w/.-]*\w)"
    r"(?:[ \t]+(?:-d[ \t]+|\[)?(?P<type>[a-z][a-z0-9+]*(?:,[0-9a-f/]+)*)\]?)?[^\w\n]*$",
    re.MULTILINE,
)
_NEAR: Final = 400  # characters before a report in which it is announced
_DEVICE_IN_NAME: Final = re.compile(
    r"[._]dev[._](?P<device>(?:sd|nvme|hd|ada|da|sg)[a-z0-9]+)"
)  # as sosreport names files
_CHATTER: Final = re.compile(rf"{_BANNER}|Copyright .*|===.*===|\W*")
_LONGEST_COMPLAINT: Final = 200
_EARLY: Final = 2000  # characters in which a report without a drive has said why


@dataclass(frozen=True, slots=True)
class _Part:
    """One report's text, and the device that the text before it, or the file's name, gives it."""

    text: str
    device: str = ""
    device_type: str = ""


class SmartctlTextParser:
    """One report for each drive in the file, of no asset that it could name. Covers nothing.

    The device's name, and its number behind a RAID controller, are measurements: neither is a place.
    """

    name = "smartctl-text"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is text of smartctl, with its banner or without."""
        return _OURS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """A report of each drive; what is no drive (an enclosure, a RAID volume) gives none."""
        parts = list(_parts(member))
        reports: list[Report] = []
        problems: list[str] = []
        for number, part in enumerate(parts, 1):
            try:
                reports.extend(_reports(part))
            except MemberError as error:
                problems.append(f"report {number}: {error}" if len(parts) > 1 else str(error))
        if problems and len(problems) == len(parts):
            raise MemberError("; ".join(problems[:5]))
        return [*reports, Report(problems=tuple(problems))] if problems else reports


def _parts(member: Member) -> Iterator[_Part]:
    text = member.text.replace("\r\n", "\n")
    starts = list(_starts(text))
    in_name = _DEVICE_IN_NAME.search(member.name)
    named = f"/dev/{in_name['device']}" if in_name and len(starts) < 2 else ""
    if not starts or ("SMART" in text[: starts[0]] and Fields(text[: starts[0]]).names_a_drive):
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        announced = list(_ANNOUNCED.finditer(text[max(0, start - _NEAR) : start]))
        if announced:
            yield _Part(text[start:end], announced[-1]["device"], announced[-1]["type"] or "")
        else:
            yield _Part(text[start:end], named)


def _starts(text: str) -> Iterator[int]:
    """Where each report begins: at its banner, or where there is none, at its first section."""
    under_banner = False
    for found in _START.finditer(text):
        if found["banner"] or not under_banner:
            yield found.start()
        under_banner = bool(found["banner"])


def _reports(part: _Part) -> list[Report]:
    fields = Fields(part.text)
    if len(fields.serials) > 1:
        raise MemberError(f"several drives without a mark between them: {', '.join(fields.serials[:5])}")
    if fields.device_type not in {"", "disk"}:
        return []
    disk, condition = fields.disk(part.device, part.device_type)
    if not fields.names_a_drive:
        raise MemberError(_why_nameless(part.text))
    if is_volume(disk.vendor, disk.model) or has_volume_name(disk.identifiers) or is_lent(fields.transport):
        return []
    moment, rank = printed_time(fields.said("Local Time is"))
    return [Report(collected_at=moment, time_rank=rank, sightings=(disk,), signals=condition.signals(disk.part_name))]


def _why_nameless(text: str) -> str:
    """The line in which smartctl complains, where that is all it printed."""
    lines = [
        line.strip()
        for line in text[:_EARLY].splitlines()
        if not (_CHATTER.fullmatch(line) or _ANNOUNCED.fullmatch(line))
    ]
    if lines and len(lines) <= 5 and not lines[0].startswith("SMART "):
        return f"no drive was read: {lines[0][:_LONGEST_COMPLAINT]}"
    return "names no drive: no serial number, model or WWN"
