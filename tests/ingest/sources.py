"""What parsers told of a bundle's files, and the snapshots that come of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.domain.assemble import SnapshotDraft, Source
from ingest.domain.report import AssetClaim, Report, SerialClaim, Sighting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def server(*serials: tuple[str, str], **fields: Any) -> AssetClaim:
    """What a report says of its asset; each serial number behind its source."""
    return AssetClaim(serials=tuple(SerialClaim(value, source) for source, value in serials), **fields)


def told(path: str, parser: str, **fields: Any) -> Source:
    """A report; `system`, `board` and `disk` are serials."""
    claims = [(source, fields.pop(source)) for source in ("service_tag", "system", "board") if source in fields]
    asset = server(*claims) if claims else fields.pop("asset", None)
    seen = (Sighting("disk", serial=fields.pop("disk")),) if "disk" in fields else fields.pop("sightings", ())
    return Source(path, parser, Report(asset=asset, sightings=seen, **fields))


def names(drafts: list[SnapshotDraft]) -> list[tuple[str, list[str]]]:
    """Per snapshot its asset's serial and its components' serials."""
    return sorted((draft.asset.serial, [one.serial for one in draft.components]) for draft in drafts)
