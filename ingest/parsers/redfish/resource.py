"""One Redfish resource, asked by typed questions that never raise."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ingest.parsers.fields import month_number, said, trimmed

_BARE_NUMBER = re.compile(r"\d+")
_TOO_LARGE = 2**53  # and no measure of anything
_DIGIT = re.compile(r"\d")


def key_of(uri: str) -> str:
    """`uri` as resources are compared: no query, no fragment, no closing slash, lower case.

    Controllers write one resource in several spellings (``/redfish/v1/systems/1``, ``…/Drives/DA000000/``), and
    number the pages of one collection in the query.
    """
    return uri.partition("?")[0].partition("#")[0].rstrip("/").lower()


def kind_of(data: Mapping[str, Any]) -> str:
    """``Memory`` for ``#Memory.v1_7_1.Memory``, and ``""`` where no type is given."""
    written = data.get("@odata.type")
    return written.removeprefix("#").partition(".")[0] if isinstance(written, str) else ""


class Resource:
    """A resource, or a part of one, whose questions answer ``""``, None or nothing when it is silent.

    An answer of the wrong shape (a list where text belongs) counts as none and is written to `problems`.
    """

    __slots__ = ("data", "id", "problems")

    def __init__(self, identity: str, data: Mapping[str, Any], problems: list[str]) -> None:
        self.id = identity
        self.data = data
        self.problems = problems

    @property
    def key(self) -> str:
        return key_of(self.id)

    @property
    def kind(self) -> str:
        return kind_of(self.data)

    @property
    def view(self) -> str:
        """Where such resources are listed: the same part may be seen by several views, but once by each."""
        segments = self.key.split("/")
        return f"{segments[3] if len(segments) > 3 else ''}/{self.kind}"

    def text(self, *path: str) -> str:
        """The trimmed text at `path`; a number is given as text."""
        value = self._at(path)
        if isinstance(value, str):
            return trimmed(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        self._refuse(path, value, "text")
        return ""

    def word(self, *path: str) -> str:
        """As `text`, where ``N/A`` and its like count as silence."""
        return said(self.text(*path))

    def number(self, *path: str) -> int | float | None:
        value = self._at(path)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _TOO_LARGE:
            return value
        self._refuse(path, value, "a number")
        return None

    def flag(self, *path: str) -> bool:
        value = self._at(path)
        if isinstance(value, bool):
            return value
        self._refuse(path, value, "true or false")
        return False

    def part(self, *path: str) -> "Resource":
        """The object at `path`, empty where there is none."""
        value = self._at(path)
        if isinstance(value, dict):
            return Resource(self.id, value, self.problems)
        self._refuse(path, value, "an object")
        return Resource(self.id, {}, self.problems)

    def each(self, *path: str) -> list["Resource"]:
        """The objects in the list at `path`; an object alone counts as a list of one."""
        value = self._at(path)
        entries = [value] if isinstance(value, dict) else value
        if not isinstance(entries, list):
            self._refuse(path, value, "a list")
            return []
        for entry in entries:
            if not isinstance(entry, dict):
                self._refuse((*path, "member"), entry, "an object")
        return [Resource(self.id, entry, self.problems) for entry in entries if isinstance(entry, dict)]

    def texts(self, *path: str) -> list[str]:
        """The texts in the list at `path`."""
        value = self._at(path)
        if not isinstance(value, list):
            self._refuse(path, value, "a list")
            return []
        return [entry for entry in value if isinstance(entry, str)]

    def links(self, *path: str) -> list[str]:
        """The keys of the resources that the list (or the single link) at `path` points to, each once."""
        found = (entry.text("@odata.id") for entry in self.each(*path))
        return list(dict.fromkeys(key_of(uri) for uri in found if uri))

    def name(self) -> str:
        """The resource's ``Id``, or the end of its address."""
        return self.word("Id") or self.word("MemberId") or self.id.rstrip("/").rpartition("/")[2]

    def place_by_name(self) -> str:
        """The ``Id`` where it can serve as a place; a bare number is led by what it counts within."""
        name = self.name()
        segments = self.id.rstrip("/").split("/")
        return f"{segments[-3]}/{name}" if _BARE_NUMBER.fullmatch(name) and len(segments) > 3 else name

    def numbered_name(self) -> str:
        """The ``Name`` where it tells siblings apart: ``DIMM Slot 1``, but not ``Network Adapter View``."""
        name = self.word("Name")
        return name if _DIGIT.search(name) else ""

    def label(self) -> str:
        """What is printed beside the slot: the service label, or the older ``Location[].Info``."""
        places = [*self.each("PhysicalLocation"), *self.each("Location")]
        return first(*(place.word("PartLocation", "ServiceLabel") for place in places)) or first(
            *(place.word("Info") for place in places)
        )

    def health(self) -> str:
        """The resource's own health; the roll-up of what hangs below it is not asked."""
        if self.flag("FailurePredicted"):
            return "critical"
        said = self.text("Status", "Health").lower()
        return said if said in ("ok", "warning", "critical") else "unknown"

    def absent(self) -> bool:
        """Whether this is an empty slot."""
        return self.text("Status", "State").lower() == "absent"

    def made_on(self) -> str:
        """The ISO date of making, or ``""``."""
        written = self.text("ProductionDate") or self.text("ManufacturingDate") or self.text("Oem", "made_on")
        return _iso_date(written)

    def _at(self, path: tuple[str, ...]) -> Any:
        value: Any = self.data
        for depth, step in enumerate(path):
            if not isinstance(value, dict):
                self._refuse(path[:depth], value, "an object")
                return None
            value = value.get(step)
        return value

    def _refuse(self, path: tuple[str, ...], value: Any, wanted: str) -> None:
        if value is None:
            return
        problem = f"{self.id}: {'.'.join(path)} is {_shape(value)}, not {wanted}"
        if problem not in self.problems:
            self.problems.append(problem)


def first(*texts: str) -> str:
    """The first of `texts` that is not empty, or ``""``."""
    return next(filter(None, texts), "")


def _shape(value: Any) -> str:
    names = {bool: "true or false", str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?")
_YEAR_AND_WEEK = re.compile(r"(\d{2})(\d{2})")  # HPE, after JEDEC: "2209"
_LONG = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) [\d:]{8} (\d{4}) UTC")  # Dell


def _iso_date(written: str) -> str:
    try:
        if found := _ISO.fullmatch(written):
            return date.fromisoformat(found[1]).isoformat()
        if found := _YEAR_AND_WEEK.fullmatch(written):
            return date.fromisocalendar(2000 + int(found[1]), int(found[2]), 1).isoformat()
        if found := _LONG.fullmatch(written):
            return date(int(found[3]), month_number(found[1]), int(found[2])).isoformat()
    except ValueError:  # the 31st of February, or of no month
        return ""
    return ""
