"""Serial numbers that a whole bundle has on parts which cannot be one: sample text that no list knows yet.

Who writes ``4242`` or ``REDACTED`` into every serial of a file makes hundreds of parts one. Two parts with one serial
are a conflict for an operator to look at; from the third on it is no serial, of whatever type and tool they are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ingest.domain.parts import clean_name, differ, models_differ, names_differ
from ingest.domain.report import Report, Sighting
from registry.domain.identity import vendor_key
from registry.domain.serials import normalise
from registry.domain.vocabulary import ComponentType

MANY = 3

# What may bear the server's own serial number.
_SERVERS = frozenset({ComponentType.MOTHERBOARD, ComponentType.BMC, ComponentType.BIOS, ComponentType.OTHER})
_SERVER = "server"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A sighting that shows a serial; `report`: the number of the report that it stands in."""

    report: int
    sighting: Sighting


_Kinds = dict[str, dict[str, list[_Shown]]]  # by kind of thing, then by parser


def filler_serials(reports: Sequence[tuple[str, Report]]) -> frozenset[str]:
    """The serials, normalised, that no part and no asset can have. `reports`: (parser, what it said) of one bundle."""
    counts: Counter[str] = Counter()
    for _, report in reports:
        counts.update(sighting.serial for sighting in report.sightings if sighting.serial)
    often = {serial for serial, count in counts.items() if count >= MANY - 1}
    if not often:
        return frozenset()
    own = {normalise(claim.value) for _, report in reports if report.asset for claim in report.asset.serials}
    shown = _shown(often, reports)
    return frozenset(serial for serial, kinds in shown.items() if _parts(kinds, is_assets=serial in own) >= MANY)


def _shown(serials: Collection[str], reports: Sequence[tuple[str, Report]]) -> dict[str, _Kinds]:
    """Who shows each serial, by kind of thing and tool."""
    shown: dict[str, _Kinds] = {}
    for number, (parser, report) in enumerate(reports):
        for sighting in report.sightings:
            if sighting.serial in serials and (serial := normalise(sighting.serial)):
                kinds = shown.setdefault(serial, {})
                tools = kinds.setdefault(_SERVER if sighting.type in _SERVERS else sighting.type, {})
                tools.setdefault(parser, []).append(_Shown(number, sighting))
    return shown


def _parts(kinds: _Kinds, *, is_assets: bool) -> int:
    """How many parts surely bear the serial: of each kind of thing as many as the tool that shows most tells apart."""
    server = 1 if is_assets or _SERVER in kinds else 0
    return server + sum(
        max(_told_apart(items) for items in tools.values()) for kind, tools in kinds.items() if kind != _SERVER
    )


def _told_apart(items: Iterable[_Shown]) -> int:
    known: list[_Shown] = []
    for item in items:
        if all(_are_two(item, other) for other in known):
            known.append(item)
            if len(known) == MANY:
                break
    return len(known)


def _are_two(a: _Shown, b: _Shown) -> bool:
    one, other = a.sighting, b.sighting
    if a.report == b.report:
        # Slots tell parts apart within one report; the next may be of another machine or moment.
        if differ(one, other) or _vendors_differ(one, other):
            return True
    elif models_differ(one, other):
        return True
    return names_differ(_names(one), _names(other))


def _vendors_differ(one: Sighting, other: Sighting) -> bool:
    return bool(one.vendor and other.vendor and vendor_key(one.vendor) != vendor_key(other.vendor))


def _names(sighting: Sighting) -> list[tuple[str, str]]:
    return [clean_name(kind, value) for kind, value in sighting.identifiers]
