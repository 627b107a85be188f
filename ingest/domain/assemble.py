"""Joins what a bundle's parsers reported into one snapshot per asset, with each component once.

Pure: the same reports give the same snapshots, in whatever order they come.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from ingest.domain.fillers import filler_serials
from ingest.domain.merge import Merged, merge_parts
from ingest.domain.parts import Part
from ingest.domain.report import AssetClaim, Report
from ingest.domain.signals import PlacedSignal, TellingSignal, place_signals
from registry.domain.serials import clean_serial

# Whose word counts first where several tools describe one thing.
PARSER_ORDER = (
    "document",
    "drive-stats",
    "redfish",
    "smartctl-json",
    "smartctl-text",
    "nvme-cli",
    "nvidia-smi-xml",
    "nvidia-smi-text",
    "rocm-smi",
    "storcli",
    "dmidecode",
    "ipmi-fru",
    "lshw-json",
    "lshw-xml",
    "lspci",
    "lsblk",
    "ipmi-sel",
    "kernel-log",
    "mdadm",
)
# What names an asset, strongest first; the last two are fallbacks.
_SERIAL_SOURCES = ("service_tag", "system", "board", "chassis")
_STRONG_SOURCES = frozenset(_SERIAL_SOURCES[:2])


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
    signals: tuple[PlacedSignal, ...] = ()


def parser_rank(parser: str) -> int:
    """How far back the parser stands in the order of precedence; unknown ones last."""
    return PARSER_ORDER.index(parser) if parser in PARSER_ORDER else len(PARSER_ORDER)


def assemble(
    sources: Sequence[Source], placeholders: Collection[str] = frozenset(), *, hinted: bool = False
) -> list[SnapshotDraft]:
    """The snapshots in `sources`.

    `placeholders`: a site's own placeholder serials, normalised. `hinted`: all that names no asset speaks of one that
    the sender named.
    """
    told = sorted(sources, key=lambda source: (parser_rank(source.parser), source.parser, source.path))
    placeholders = frozenset(placeholders) | filler_serials([(source.parser, source.report) for source in told])
    named = [(source, _name(source.report.asset, placeholders)) for source in told]
    owners = _owners(named, _other_names(named, placeholders))
    moments = _only_moments(named, owners)
    whole = {PurePosixPath("/", source.report.folder) for source in told if source.report.folder is not None}
    groups: dict[tuple[str, datetime | None, str], list[tuple[Source, AssetName]]] = defaultdict(list)
    for (source, name), owner in zip(named, owners, strict=True):
        if source.report == Report(standalone=source.report.standalone, problems=source.report.problems):
            continue  # nothing but problems: a line that could not be read
        moment = source.report.collected_at if source.report.standalone else moments.get(owner)
        apart = "" if owner or hinted else _machine_folder(source, whole) or f"{source.path}|{name.hostname}"
        groups[(owner, moment, apart)].append((source, name))
    return [_draft(group, owner, moment, placeholders) for (owner, moment, _), group in groups.items()]


def _machine_folder(source: Source, whole: Collection[PurePosixPath]) -> str:
    """The nearest folder around the source of which it is said that all of it speaks of one machine, or ``""``."""
    return next((str(folder) for folder in _path(source).parents if folder in whole), "")


def _only_moments(named: Sequence[tuple[Source, AssetName]], owners: Sequence[str]) -> dict[str, datetime]:
    """The time of each asset of which the bundle holds one document: tools' output beside it is of that time too."""
    told: dict[str, set[datetime]] = defaultdict(set)
    for (source, _), owner in zip(named, owners, strict=True):
        if owner and source.report.standalone and source.report.collected_at:
            told[owner].add(source.report.collected_at)
    return {owner: moments.pop() for owner, moments in told.items() if len(moments) == 1}


def _name(claim: AssetClaim | None, placeholders: Collection[str]) -> AssetName:
    if claim is None:
        return AssetName()
    cleaned = ((clean_serial(serial.value, placeholders), serial.source) for serial in claim.serials)
    serial, source = next(((value, source) for value, source in cleaned if value), ("", ""))
    return AssetName(serial[:128], source, _line(claim.vendor), _line(claim.model), claim.hostname.strip()[:253])


def _strength(serial_source: str) -> int:
    return _SERIAL_SOURCES.index(serial_source) if serial_source in _SERIAL_SOURCES else len(_SERIAL_SOURCES)


def _other_names(named: Sequence[tuple[Source, AssetName]], placeholders: Collection[str]) -> dict[str, str]:
    """The stronger name of the asset, by each system's and board's serial that stands behind it in some report.

    A management controller tells a service tag and the system's serial; what another tool names by the latter alone is
    the same machine. A chassis' serial does not: an enclosure's blades share it.
    """
    stronger: dict[str, set[str]] = defaultdict(set)
    for source, name in named:
        if source.report.asset is None or source.report.standalone or name.serial_source not in _STRONG_SOURCES:
            continue
        for claim in source.report.asset.serials:
            other = clean_serial(claim.value, placeholders)[:128]
            if other not in {"", name.serial} and claim.source in {"system", "board"}:
                stronger[other].add(name.serial)
    tags = {name.serial for _, name in named if name.serial_source == "service_tag"}
    return {
        other: next(iter(names))
        for other, names in stronger.items()
        if len(names) == 1 and other not in tags and stronger.keys().isdisjoint(names)
    }


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


def _owners(named: Sequence[tuple[Source, AssetName]], stronger: Mapping[str, str]) -> list[str]:
    """The serial of the asset that each source speaks of. `stronger`: as `_other_names` gives it.

    Its own, if it is the system's, or the stronger name that stands before it elsewhere; else that of the one asset in
    the nearest folder around it that has any; else a board's or chassis' serial, which is no more than a fallback.
    """
    owners = [
        stronger.get(name.serial, name.serial if _stands_alone(source, name) else "")
        if not source.report.standalone
        else name.serial
        for source, name in named
    ]
    strong = _by_folder(named, owners)
    own_tool = _folders_by_tool(named)
    for number, (source, name) in enumerate(named):
        if name.serial and not owners[number] and not _stands_alone(source, name):
            # What the same tool names in another folder is another machine.
            known = {
                folder: {one for one in serials if own_tool[(source.parser, one)] <= {_path(source).parent}}
                for folder in _path(source).parents
                if (serials := strong.get(folder))
            }
            owners[number] = _nearest(source, known) or name.serial
    known = _by_folder(named, owners)
    return [
        owner if owner or source.report.standalone else _nearest(source, known)
        for (source, _), owner in zip(named, owners, strict=True)
    ]


def _stands_alone(source: Source, name: AssetName) -> bool:
    return name.serial_source in _STRONG_SOURCES or source.report.standalone


def _path(source: Source) -> PurePosixPath:
    return PurePosixPath("/", source.path)


def _by_folder(named: Sequence[tuple[Source, AssetName]], owners: Sequence[str]) -> dict[PurePosixPath, set[str]]:
    """The serials of the assets of which something in each folder, or in one within it, speaks."""
    inside: dict[PurePosixPath, set[str]] = defaultdict(set)
    for (source, _), owner in zip(named, owners, strict=True):
        if owner:
            for folder in (_path(source), *_path(source).parents):
                inside[folder].add(owner)
    return inside


def _folders_by_tool(named: Sequence[tuple[Source, AssetName]]) -> dict[tuple[str, str], set[PurePosixPath]]:
    """The folders in which each tool names each asset by its system's serial."""
    folders: dict[tuple[str, str], set[PurePosixPath]] = defaultdict(set)
    for source, name in named:
        if name.serial_source in _STRONG_SOURCES:
            folders[(source.parser, name.serial)].add(_path(source).parent)
    return folders


def _nearest(source: Source, inside: Mapping[PurePosixPath, Collection[str]]) -> str:
    """The serial of the one asset in the nearest folder around the source that has any, or ``""``."""
    serials = next((found for folder in _path(source).parents if (found := inside.get(folder))), ())
    return next(iter(serials)) if len(serials) == 1 else ""


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
    coverage = tuple(sorted({(source.parser, kind) for source, _ in group for kind in source.report.coverage}))
    components, conflicts = merge_parts(parts, placeholders, coverage)
    told = [TellingSignal(source.parser, signal) for source, _ in group for signal in source.report.signals]
    paths = {source.path for source, _ in group}
    return SnapshotDraft(
        asset=AssetName(
            serial=serial,
            serial_source=min((name.serial_source for name in own), key=_strength),
            vendor=_first(name.vendor for name in [*own, *names]),
            model=_first(name.model for name in [*own, *names]),
            hostname=_first(name.hostname for name in [*own, *names]),
        ),
        collected_at=moment or _best_time(source.report for source, _ in group),
        path=paths.pop()[:1024] if len(paths) == 1 else "",
        project=_first(source.report.project.strip()[:64] for source, _ in group),
        coverage=coverage,
        components=components,
        conflicts=conflicts,
        signals=place_signals(told, components, placeholders) if told else (),
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
