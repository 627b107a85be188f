"""Times as C programs print them: ``Fri Apr 18 15:13:13 2014 CEST``."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from ingest.parsers.fields import plausible_time

ZONED, ZONELESS = 1, 2

# Hours east of Greenwich, where the name means one zone alone: CST, IST and BST mean several.
_ZONES: Final = {
    "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
    "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def printed_time(text: str) -> tuple[datetime | None, int]:
    """(moment, how far it is to be trusted); None when there is none, or its clock was never set.

    The rank is `ZONED`, or `ZONELESS` where the zone is missing or cannot be told: such a time is read as UTC.
    """
    words = text.split()
    try:
        moment = datetime.strptime(" ".join(words[:5]), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        zone = _zone(words[5] if len(words) == 6 else "")
        if zone is None:
            return (plausible_time(moment), ZONELESS)
        return (plausible_time(moment.replace(tzinfo=zone).astimezone(UTC)), ZONED)
    except (ValueError, OverflowError):
        return (None, ZONELESS)


def _zone(name: str) -> timezone | None:
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    if name[:1] in {"+", "-"} and name[1:].isdigit() and len(name) in {3, 5}:
        hours, minutes = int(name[1:3]), int(name[3:5] or "0")
        size = timedelta(hours=hours, minutes=minutes)
        return timezone(-size if name[0] == "-" else size)
    return None
