"""What a parser says of a bundle's member: plain values, free of Django.

A parser copies what the tool printed, trimmed, and decides only what belongs where. Which serial is a
placeholder, which spelling of a vendor is meant and which component it is: the pipeline decides, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

# A part's name in the operating system (``/dev/sdb1``), as a kind of identifier of a `PartName`: it finds the one part
# that another tool of the same bundle saw as that device, and names nothing outside of the bundle.
DEVICE: Final = "device"


class MemberError(Exception):
    """A member that its parser wants but cannot read; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle: its path inside the archive (or the bundle's own name) and its bytes."""

    name: str
    content: bytes

    @property
    def text(self) -> str:
        """The content as text; bytes that are no UTF-8 become U+FFFD, a byte order mark is dropped."""
        return self.content.decode("utf-8-sig", errors="replace")


@dataclass(frozen=True, slots=True)
class SerialClaim:
    """A serial number that may name an asset, and where it was printed.

    `source`: ``service_tag`` (Dell), ``system``, ``board`` or ``chassis``; the last two are fallbacks.
    """

    value: str
    source: str = "system"


@dataclass(frozen=True, slots=True)
class AssetClaim:
    """Which server a report speaks of. `serials`: strongest first; the first that is no placeholder counts."""

    vendor: str = ""
    model: str = ""
    hostname: str = ""
    serials: tuple[SerialClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One component as one tool saw it.

    `slot` is a physical place (bay, DIMM locator, PCI address), never an operating system's device name,
    which belongs in `measurements`. Slots are compared only between equal `slot_kind`, firmware only
    between equal `firmware_kind`; the kinds known are in `ingest.domain.kinds`.
    `identifiers`: (kind, value) pairs with kind ``wwn``, ``nguid``, ``eui64``, ``uuid`` or ``mac``; a kind may repeat.
    `manufactured_on`: an ISO date, or ``""``.
    """

    type: str
    vendor: str = ""
    model: str = ""
    part_number: str = ""
    serial: str = ""
    slot: str = ""
    slot_kind: str = ""
    firmware: str = ""
    firmware_kind: str = ""
    health: str = "unknown"
    lot: str = ""
    manufactured_on: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    measurements: Mapping[str, Any] = field(default_factory=dict)

    @property
    def part_name(self) -> "PartName":
        """The part as a signal names it."""
        return PartName(self.type, self.serial, self.slot, self.slot_kind, self.identifiers)


@dataclass(frozen=True, slots=True)
class PartName:
    """Which part a signal speaks of, as its tool names it: by serial or identifiers, else by its slot in the asset.

    `slot`, `slot_kind`, `identifiers`: as for `Sighting`. An identifier of the kind `DEVICE` stands alone.
    """

    type: str
    serial: str = ""
    slot: str = ""
    slot_kind: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """A failure as one source tells it; what is merely worth a look is a sighting's `health` instead.

    `kind`: ``entry``, a line of a log, which every later bundle repeats; or ``state``, so at the time of collection.
    `mode`: what failed, a word in snake_case; the words are in docs/parsers.md. `severity`: a `Severity`.
    `occurred_at`: aware, UTC; None for a state, and for an entry without a time, which its first bundle dates.
    `code`: the source's own name for the event (``Xid 79``, a MessageId), or ``""``.
    """

    part: PartName
    kind: str
    mode: str
    severity: str
    occurred_at: datetime | None = None
    message: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one source says of one asset at one moment.

    `asset`: None when the source does not say (a lone smartctl report).
    `collected_at`: aware, UTC; None when the source does not say.
    `time_rank`: how far the time is to be trusted, best first: 0 a document's own collection time, 1 a management
    controller's or tool's clock with a zone, 2 a time without a zone (read as UTC).
    `coverage`: the component types which this source enumerates completely.
    `standalone`: the report is a whole snapshot by itself (a canonical document) and joins others of the same
    asset only at the same `collected_at`; otherwise all reports of an asset in a bundle make one snapshot.
    `folder`: the folder of the bundle (``""`` for all of it) in which everything speaks of one machine, where the
    source knows that of itself.
    `problems`: parts that could not be read, each with its place and reason; the rest stands.
    `signals`: the failures that it tells, each once, at the part that failed.
    """

    asset: AssetClaim | None = None
    collected_at: datetime | None = None
    time_rank: int = 0
    project: str = ""
    coverage: frozenset[str] = frozenset()
    sightings: tuple[Sighting, ...] = ()
    signals: tuple[Signal, ...] = ()
    standalone: bool = False
    folder: str | None = None
    problems: tuple[str, ...] = ()
