"""Makes observations of a bundle's bytes, and stores them in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction

from ingest.domain.archive import Limits
from ingest.domain.assemble import SnapshotDraft, assemble
from ingest.models import Bundle, BundleFile
from ingest.parsers.reading import MemberOutcome, Reading, read_bundle
from ingest.parsers.registry import all_parsers
from ingest.services.snapshots import store_snapshots, withdraw_snapshots
from ingest.storage import open_bytes
from registry.compiled import CompiledRows, update_where
from registry.models.bulk import insert_rows
from registry.transactions import again_on_deadlock

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_FILE_COLUMNS = ("bundle", "name", "size", "outcome", "parser", "parser_version", "observations", "errors", "note")


def limits() -> Limits:
    """How much one bundle may unpack to, from the settings."""
    return Limits(
        members=settings.ARCHIVE_MAX_MEMBERS,
        total_bytes=settings.ARCHIVE_MAX_TOTAL_BYTES,
        member_bytes=settings.ARCHIVE_MAX_MEMBER_BYTES,
        ratio=settings.ARCHIVE_MAX_RATIO,
        depth=settings.ARCHIVE_MAX_DEPTH,
    )


_bundle_with_id = CompiledRows(lambda key: Bundle.objects.filter(id=key), -1)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What parsing stored: the snapshots that can be derived, oldest first.

    `disturbed`: evidence of other bundles was given elsewhere too.
    """

    snapshots: tuple[int, ...]
    disturbed: bool


@dataclass(frozen=True, slots=True)
class BundleContent:
    """What a bundle says, read from its bytes and not stored yet; `bundle` is the row as it was then."""

    bundle: Bundle
    reading: Reading
    drafts: list[SnapshotDraft]


def read_content(bundle: Bundle) -> BundleContent:
    """What the bundle says; holds no transaction. Raises `DamagedBundle`, and what a storage that is away raises."""
    with open_bytes(bundle.sha256) as stream:
        reading = read_bundle(stream, bundle.filename or bundle.sha256, limits(), all_parsers())
    hinted = bundle.asset_hint_id is not None or bool(bundle.asset_serial_hint)
    return BundleContent(bundle, reading, assemble(reading.sources, settings.PLACEHOLDER_SERIALS, hinted=hinted))


@again_on_deadlock
def parse_bundle(bundle_id: int, *, now: datetime) -> Parsed | None:
    """Parses a bundle and stores what it says, in place of what an earlier parse stored; None: it is parsed already."""
    bundle = _bundle_with_id.first(bundle_id)
    if bundle is None or bundle.status != Bundle.Status.RECEIVED:
        return None
    content = read_content(bundle)
    with transaction.atomic():
        return store_content(content, now=now)


def store_content(
    content: BundleContent,
    *,
    now: datetime,
    only_if: Mapping[str, Any] = _NOTHING,
    changes: Mapping[str, Any] = _NOTHING,
) -> Parsed | None:
    """Stores what was read in place of what was stored before, inside the caller's transaction.

    None: the bundle was parsed or amended meanwhile, or is not as `only_if` says. `changes` are made to its row too.
    """
    bundle, reading = content.bundle, content.reading
    # Compare and set: of two that parsed the same bundle one stores, and none with hints that are out of date.
    names = ("id", "status", "parsed_at", "asset_hint_id", "collected_hint")
    was = {**{name: getattr(bundle, name) for name in names}, **only_if}
    if not update_where(Bundle, {"status": reading.status, "parsed_at": now, **changes}, was):
        return None
    withdrawn = withdraw_snapshots(bundle) if bundle.parsed_at is not None else set()
    _store_files(bundle, reading.members)
    stored = store_snapshots(bundle, content.drafts, withdrawn)
    if stored.problems or bundle.errors:
        Bundle.objects.filter(id=bundle.id).update(errors=stored.problems)
    return Parsed(stored.snapshots, stored.disturbed or bundle.parsed_at is not None)


def _store_files(bundle: Bundle, members: Iterable[MemberOutcome]) -> None:
    if bundle.parsed_at is not None:
        BundleFile.objects.filter(bundle=bundle).delete()
    insert_rows(
        BundleFile,
        _FILE_COLUMNS,
        [
            (
                bundle.id,
                member.name[:1024],
                member.size,
                member.outcome,
                member.parser,
                member.parser_version,
                member.observations,
                orjson.dumps(member.errors).decode(),
                member.note[:1024],
            )
            for member in members
        ],
    )
