"""What came of bundles, to compare a run in which something broke with one in which nothing did."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.db.models import Count

from ingest.models import Bundle
from ingest.storage import storage_name
from tests.ingest.deliveries import deliver
from tests.timeline.digest import fingerprint


def outcome() -> dict[str, object]:
    """The timeline's digest, and of each bundle its status and what parsing it stored: twice as much if done twice."""
    told = Bundle.objects.annotate(
        parts=Count("files", distinct=True),
        views=Count("snapshots", distinct=True),
        seen=Count("snapshots__observations", distinct=True),
    ).values_list("sha256", "status", "parts", "views", "seen")
    return {"timeline": fingerprint(), "bundles": {sha256: list(rest) for sha256, *rest in told}}


def clean_run(files: Iterable[bytes], folder: Path) -> dict[str, object]:
    """What comes of `files`, each brought its whole way in this process; nothing of it stays, nor in the store."""
    with transaction.atomic():
        for content in files:
            deliver(content)
        found = outcome()
        transaction.set_rollback(True)
    shutil.rmtree(folder)
    return found


def work_left() -> Counter[str]:
    """How many bundles have which step left."""
    return Counter(Bundle.objects.unfinished().values_list("step", flat=True))


def kept(folder: Path) -> dict[str, int]:
    """The files in a bundle store that hold what their names say, with their sizes; others are a fault."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert path.relative_to(folder).as_posix() == storage_name(digest)
            found[digest] = path.stat().st_size
    return found


def sizes(files: Iterable[bytes]) -> dict[str, int]:
    """What `kept` gives when all of `files` are there."""
    return {hashlib.sha256(content).hexdigest(): len(content) for content in files}
