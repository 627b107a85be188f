"""sosreport archives: when they were collected, of which host, and that their folder is one machine.

What their other members say is read by the parsers of the commands that printed it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.domain.report import AssetClaim, Member, MemberError, Report
from ingest.parsers.fields import month_number, plausible_time

_DATE: Final = re.compile(r"^(.*?)(?:^|/)sos_commands/[^/]+/(date|date_--utc|hwclock)$")
_HOST: Final = re.compile(r"^(.*?)(?:^|/)sos_commands/[^/]+/(hostname|hostname_-f)$")
_HOST_NAME: Final = re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\s*")
# In the C locale with the year at the end, in others after the month, with twelve hours or twenty-four.
_TIME = rb"(?P<time>\d\d:\d\d:\d\d)(?: (?P<half>[AP]M))? (?P<zone>[A-Z]{1,5}|[+-]\d{2,4})"
_CTIME: Final = re.compile(rb"\s*\w{3},? (?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) " + _TIME + rb" (?P<year>\d{4})\s*")
_EUROPEAN: Final = re.compile(
    rb"\s*\w{3},? (?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) " + _TIME + rb"\s*"
)
_CLOCK: Final = re.compile(rb"\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d:\d\d)\s*")
_UTC: Final = frozenset({"UTC", "GMT", "Z"})

# How far each is to be trusted: the system's clock with a zone, the machine's own clock, a zone that is only a word.
_SYSTEM, _HARDWARE, _NO_ZONE = 0, 1, 2


class SosreportParser:
    """The time and the host of a sosreport; what a command could not tell is left alone."""

    name = "sosreport"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether the member is the answer to ``date``, ``hwclock`` or ``hostname``, and no complaint."""
        if _DATE.match(name):
            return any(form.fullmatch(head) for form in (_CTIME, _EUROPEAN, _CLOCK))
        return bool(_HOST.match(name) and _HOST_NAME.fullmatch(head))

    def parse(self, member: Member) -> list[Report]:
        """One report, of the folder in which ``sos_commands`` lies."""
        if found := _HOST.match(member.name):
            return [Report(asset=AssetClaim(hostname=member.text.strip()), folder=found[1])]
        folder = found[1] if (found := _DATE.match(member.name)) else ""
        moment, rank = _moment(member.content)
        return [Report(collected_at=moment, time_rank=rank, folder=folder)]


def _moment(content: bytes) -> tuple[datetime | None, int]:
    """(the moment that is printed, how far to trust it)."""
    try:
        if clock := _CLOCK.fullmatch(content):
            moment, rank = datetime.fromisoformat(clock[1].decode()).astimezone(UTC), _HARDWARE
        elif found := _CTIME.fullmatch(content) or _EUROPEAN.fullmatch(content):
            moment, rank = _of_date(found)
        else:
            raise MemberError(f"not a date: {content[:100]!r}")
    except (ValueError, OverflowError) as error:
        raise MemberError(f"not a date: {content[:100]!r}: {error}") from error
    return plausible_time(moment), rank


def _of_date(found: re.Match[bytes]) -> tuple[datetime, int]:
    said = {name: text.decode() for name, text in found.groupdict(b"").items()}
    hour, minute, second = map(int, said["time"].split(":"))
    if said["half"]:
        hour = hour % 12 + (12 if said["half"] == "PM" else 0)
    year, month, day = int(said["year"]), month_number(said["month"]), int(said["day"])
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    zone = said["zone"]
    if zone[0] in "+-":
        ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:] or 0))
        return moment - ahead if zone[0] == "+" else moment + ahead, _SYSTEM
    # Letters such as CST are several zones' name: read as UTC, and trusted least.
    return moment, _SYSTEM if zone in _UTC else _NO_ZONE
