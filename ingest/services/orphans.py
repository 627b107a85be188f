"""Removes from the storage what belongs to no bundle: what a process that died left behind, and nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import structlog
from django.db import IntegrityError, transaction

from ingest.models import Bundle
from ingest.storage import READINESS, Kept, bundle_storage, storage_name
from registry.transactions import again_on_deadlock

_BATCH = 500
_FEW = 100
_ONE_IN = 100
_DIGEST = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})")
_PROBE = re.compile(rf"{READINESS}/[0-9a-f]{{32}}")

log = structlog.get_logger(__name__)


class TooManyOrphans(Exception):
    """So many files without a row that rather the rows are missing: an old backup, or another database's storage."""


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed: whole files that no bundle names, and what never arrived completely."""

    files: int
    unfinished: int


def remove_orphans(*, now: datetime, grace: timedelta, force: bool = False, dry_run: bool = False) -> Removed:
    """Removes files that no bundle names and that were written more than `grace` ago, and gives how many these are.

    Raises `TooManyOrphans` before it removes a bundle's file when there are more than crashes explain, unless
    `force` is given.
    """
    before = now - grace
    unfinished = bundle_storage().tidy(before, dry_run=dry_run) + _remove_probes(before, dry_run=dry_run)
    orphans = _orphans(before)
    if not force:
        most = max(_FEW, Bundle.objects.count() // _ONE_IN)
        found = list(islice(orphans, most + 1))
        if len(found) > most:
            raise TooManyOrphans(f"More than {most} files belong to no bundle. Is this the right database, and whole?")
        orphans = iter(found)
    return Removed(sum(1 for sha256 in orphans if dry_run or _remove(sha256, before)), unfinished)


def _orphans(before: datetime) -> Iterator[str]:
    """The digests of files that no bundle names, as far as can be told without a lock."""
    old = (found for kept in bundle_storage().kept() if (found := _digest(kept, before)))
    while batch := list(islice(old, _BATCH)):
        known = set(Bundle.objects.filter(sha256__in=batch).values_list("sha256", flat=True))
        yield from (sha256 for sha256 in batch if sha256 not in known)


def _digest(kept: Kept, before: datetime) -> str | None:
    """The digest that the file is named by; None for what is young or not ours."""
    found = _DIGEST.fullmatch(kept.name)
    ours = found is not None and kept.name == storage_name(found[1])
    return found[1] if found is not None and ours and kept.modified_at < before else None


@again_on_deadlock
def _remove(sha256: str, before: datetime) -> bool:
    """Removes one bundle's bytes, unless they turn out to be wanted; tells whether it did.

    The row stands in for the lock: while it is there, though never committed, nobody else can commit one with the same
    digest; who would like to waits, and then looks whether the bytes are still there (see `receive`).
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                Bundle.objects.create(sha256=sha256, size=0, received_at=before)
        except IntegrityError:
            return False
        removed = bundle_storage().remove(storage_name(sha256), before)
        transaction.set_rollback(True)
    if removed:
        log.info("orphan_removed", sha256=sha256)
    return removed


def _remove_probes(before: datetime, *, dry_run: bool) -> int:
    """What a readiness check left that was killed half way."""
    store = bundle_storage()
    names = [one.name for one in store.kept(READINESS) if _PROBE.fullmatch(one.name) and one.modified_at < before]
    return sum(1 for name in names if dry_run or store.remove(name, before))
