"""Reading the fields that tools print: what one says, and what only fills its place."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from registry.domain.serials import PLACEHOLDERS, normalise

# The field's own name instead of its value: "DIMM_H1_Manufacturer", "ModulePartNumber01".
_SAMPLE_TEXT = re.compile(r"\S*(?:MANUFACTURER|PARTNUM|PARTNUMBER|SERNUM|ASSETTAG)_?\d*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_BLANKS = re.compile(r"\s+")
_FIRST_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# What every database and every reader of JSON can hold.
_LARGEST = 2**63 - 1
_LONGEST = 200

# Clocks that were never set start at an epoch, and none of these tools is older than this year.
_FIRST_YEAR = 2000
# 2009-02-13 23:31:30, which is 1234567890: a date that publishers write over the real one.
_DUMMY_TIME = datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC)


def month_number(name: str) -> int:
    """The number of the month with that short English name (``Jan``); raises `ValueError` when it is none's."""
    return _MONTHS.index(name.lower()) + 1


def trimmed(text: str) -> str:
    """`text` on one line: trimmed, inner white space folded, control characters dropped."""
    return _BLANKS.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()


def said(text: str) -> str:
    """`text` trimmed, or ``""`` where it only says that there is nothing to say.

    Not for serial numbers: which of those names nothing is decided once, in the pipeline.
    """
    key = normalise(text)
    if key in PLACEHOLDERS or _SAMPLE_TEXT.fullmatch(key) or not key.strip("-. "):
        return ""
    return trimmed(text)


def whole_lines(text: str) -> list[str]:
    """The lines of `text`, but for a last one without an end: it may be cut, and half a serial is another part's."""
    return text.splitlines() if text.endswith(("\n", "\r")) else text.splitlines()[:-1]


def first_number(text: str) -> int | float | None:
    """The number that `text` starts with ("67.03 W", "2933 MT/s"); None when it starts with none."""
    found = _FIRST_NUMBER.match(text.strip())
    if not found:
        return None
    number = float(found[0])
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def plausible_time(moment: datetime) -> datetime | None:
    """`moment`, or None when its clock was plainly not set."""
    return None if moment.year < _FIRST_YEAR or moment == _DUMMY_TIME else moment


def from_epoch(seconds: object) -> datetime | None:
    """The moment `seconds` after 1970, or None when that is no plausible time."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    try:
        return plausible_time(datetime.fromtimestamp(seconds, tz=UTC))
    except (OverflowError, ValueError, OSError):
        return None


def numbered(names: Sequence[str]) -> list[str]:
    """`names` with a count behind those that repeat ("CPU #1", "CPU #2"), so that no two are alike; ``""`` stays."""
    total, so_far, unique = Counter(names), Counter[str](), []
    for name in names:
        so_far[name] += 1
        unique.append(f"{name} #{so_far[name]}" if name and total[name] > 1 else name)
    return unique


def measured(**values: object) -> dict[str, object]:
    """The measurements among `values`: None and ``""`` were not measured, and no counter has more than 63 bits."""
    return {
        name: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None and value != "" and not (isinstance(value, int) and abs(value) > _LARGEST)
    }
