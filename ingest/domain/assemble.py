"""Joins what a bundle's parsers reported into one snapshot per asset, with each component once.

Pure: the same reports give the same snapshots, in whatever order they come.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from ingest.domain.merge import Merged, Part, merge_parts
from ingest.domain.report import AssetClaim, Report
from registry.domain.serials import clean_serial

# Whose word counts first where several tools describe one thing.
PARSER_ORDER = ("document", "redfish", "smartctl-json", "nvidia-smi-xml", "dmidecode", "lshw-json")
_STRONG_SOURCES = frozenset({"service_tag", "system"})


@dataclass(frozen=True, slots=True)
class Source:
    """A report with the parser that gave it and the path of the file or folder it speaks of."""

    path: str
    parser: str
    report: Report


@dataclass(frozen=True, slots=True)
class AssetName:
    """An asset as a snapshot names it; `serial` is clean, or ``""`` where nothing names it."""

    serial: str = ""
    serial_source: str = ""
    vendor: str = ""
    model: str = ""
    hostname: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotDraft:
    """One asset at one moment: what the database's `Snapshot` and its observations will hold.

    `coverage`: sorted (parser, component type) pairs. `conflicts`: names shown at two slots at once.
    """

    asset: AssetName
    collected_at: datetime | None
    path: str
    project: str
    coverage: tuple[tuple[str, str], ...]
    components: tuple[Merged, ...]
    conflicts: tuple[str, ...]


def parser_rank(parser: str) -> int:
    """How far back the parser stands in the order of precedence; unknown ones last."""
    return PARSER_ORDER.index(parser) if parser in PARSER_ORDER else len(PARSER_ORDER)


def assemble(sources: Sequence[Source], placeholders: Collection[str] = frozenset()) -> list[SnapshotDraft]:
    """The snapshots in `sources`. `placeholders`: a site's own placeholder serials, normalised."""
    told = sorted(sources, key=lambda source: (parser_rank(source.parser), source.parser, source.path))
    named = [(source, _name(source.report.asset, placeholders)) for source in told]
    placed = [(source, name, _owner(source, name, named)) for source, name in named]
    groups: dict[tuple[str, datetime | None, str], list[tuple[Source, AssetName]]] = defaultdict(list)
    for source, name, owner in placed:
        if source.report == Report(problems=source.report.problems):
            continue  # nothing but problems: a line that could not be read
        moment = source.report.collected_at if source.report.standalone else None
        groups[(owner, moment, "" if owner else source.path)].append((source, name))
    return [_draft(group, owner, moment, placeholders) for (owner, moment, _), group in groups.items()]


def _name(claim: AssetClaim | None, placeholders: Collection[str]) -> AssetName:
    if claim is None:
        return AssetName()
    cleaned = ((clean_serial(serial.value, placeholders), serial.source) for serial in claim.serials)
    serial, source = next(((value, source) for value, source in cleaned if value), ("", ""))
    return AssetName(serial[:128], source, _line(claim.vendor), _line(claim.model), claim.hostname.strip()[:253])


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


def _owner(source: Source, name: AssetName, named: Sequence[tuple[Source, AssetName]]) -> str:
    """The serial of the asset that a source speaks of.

    Its own, if it is the system's; else that of the one asset in the nearest folder around it that has exactly one;
    else a board's or chassis' serial, which is no more than a fallback.
    """
    if name.serial_source in _STRONG_SOURCES or source.report.standalone:
        return name.serial
    for folder in PurePosixPath("/", source.path).parents:
        inside = {
            other.serial
            for around, other in named
            if other.serial_source in _STRONG_SOURCES and PurePosixPath("/", around.path).is_relative_to(folder)
        }
        if inside:
            return next(iter(inside)) if len(inside) == 1 else name.serial
    return name.serial


def _draft(
    group: Sequence[tuple[Source, AssetName]], serial: str, moment: datetime | None, placeholders: Collection[str]
) -> SnapshotDraft:
    names = [name for _, name in group]
    own = [name for name in names if name.serial == serial] or names
    parts = [
        Part(source.parser, parser_rank(source.parser), sighting)
        for source, _ in group
        for sighting in source.report.sightings
    ]
    components, conflicts = merge_parts(parts, placeholders)
    return SnapshotDraft(
        asset=AssetName(
            serial=serial,
            serial_source=own[0].serial_source,
            vendor=_first(name.vendor for name in [*own, *names]),
            model=_first(name.model for name in [*own, *names]),
            hostname=_first(name.hostname for name in [*own, *names]),
        ),
        collected_at=moment or _best_time(source.report for source, _ in group),
        path=group[0][0].path[:1024] if len(group) == 1 else "",
        project=_first(source.report.project.strip()[:64] for source, _ in group),
        coverage=tuple(sorted({(source.parser, kind) for source, _ in group for kind in source.report.coverage})),
        components=components,
        conflicts=conflicts,
    )


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _best_time(reports: Iterable[Report]) -> datetime | None:
    """The latest of the times that are trusted most."""
    timed = [(report.time_rank, report.collected_at) for report in reports if report.collected_at is not None]
    if not timed:
        return None
    best = min(rank for rank, _ in timed)
    return max(moment for rank, moment in timed if rank == best)
