"""Orphans: what no bundle names is removed from the storage, and only that, whoever uploads meanwhile."""

import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from ingest.models import Bundle
from ingest.services import orphans
from ingest.services.orphans import Removed, TooManyOrphans, remove_orphans
from ingest.storage import BundleFolder, storage_name
from reanimator import tasks
from tests.builders import make_bundle
from tests.ingest.deliveries import send
from tests.ingest.stores import Folder, ObjectStore, Store
from tests.s3 import Bucket

GRACE = timedelta(hours=24)
WITHIN, LATER = timedelta(hours=23), timedelta(hours=25)


@pytest.fixture(params=["bundle_folder", "bundle_bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """The bundle store, of either kind."""
    made: Path | Bucket = request.getfixturevalue(request.param)
    return Folder(made) if isinstance(made, Path) else ObjectStore(made)


def name_of(content: bytes) -> str:
    return storage_name(hashlib.sha256(content).hexdigest())


def tidied(after: timedelta = LATER, **options: bool) -> Removed:
    """What is removed that long from now."""
    return remove_orphans(now=timezone.now() + after, grace=GRACE, **options)


@pytest.mark.django_db
def test_what_no_bundle_names_is_removed(store: Store) -> None:
    store.write(name_of(b"orphan"), b"orphan")
    kept = send(b"kept").bundle

    removed = tidied()

    assert removed == Removed(files=1, unfinished=0)
    assert store.names() == [storage_name(kept.sha256)]
    assert list(Bundle.objects.values_list("sha256", flat=True)) == [kept.sha256]


@pytest.mark.django_db
def test_what_is_young_may_still_get_its_row(store: Store) -> None:
    store.write(name_of(b"orphan"), b"orphan")

    assert tidied(WITHIN) == Removed(files=0, unfinished=0)
    assert store.names() == [name_of(b"orphan")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "lost+found/file",
        "README",
        "ab/cd/" + "0" * 64,
        "00/00/" + "0" * 63,
        "00/00/" + "0" * 64 + ".bak",
        "0" * 64,
        "old/00/00/" + "0" * 64,
        "readiness/note",
    ],
)
def test_what_bears_no_bundles_name_is_not_ours(store: Store, name: str) -> None:
    store.write(name, b"of somebody else")

    assert tidied() == Removed(files=0, unfinished=0)
    assert store.names() == [name]


@pytest.mark.django_db
def test_what_a_readiness_check_left_is_removed(store: Store) -> None:
    store.write("readiness/" + "a" * 32, b"ready")

    assert (tidied(WITHIN).unfinished, tidied().unfinished) == (0, 1)
    assert store.names() == []


@pytest.mark.django_db
def test_what_broke_off_on_its_way_in_is_removed_when_nobody_writes_it_any_more(bundle_folder: Path) -> None:
    Folder(bundle_folder).write("incoming/tmpabc", b"half of")

    assert (tidied(WITHIN).unfinished, tidied().unfinished) == (0, 1)
    assert Folder(bundle_folder).names() == []


@pytest.mark.django_db
def test_a_dry_run_counts_and_removes_nothing(store: Store) -> None:
    store.write(name_of(b"orphan"), b"orphan")
    store.write("readiness/" + "a" * 32, b"ready")

    assert tidied(dry_run=True) == Removed(files=1, unfinished=1)
    assert len(store.names()) == 2


@pytest.mark.django_db
def test_more_orphans_than_crashes_explain_are_left_to_a_person(
    bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "_FEW", 3)
    store = Folder(bundle_folder)
    for number in range(4):
        store.write(name_of(b"%d" % number), b"%d" % number)

    with pytest.raises(TooManyOrphans, match="More than 3 files"):
        tidied()

    assert len(store.names()) == 4
    assert tidied(force=True).files == 4
    assert store.names() == []


# uploads meanwhile


@pytest.mark.django_db
def test_an_upload_that_begins_after_the_look_at_the_rows_keeps_its_bytes(
    bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Folder(bundle_folder).write(name_of(b"wanted"), b"wanted")
    look = orphans._orphans

    def look_and_be_overtaken(before: Any) -> Any:
        found = list(look(before))
        send(b"wanted")
        return iter(found)

    monkeypatch.setattr(orphans, "_orphans", look_and_be_overtaken)

    assert tidied().files == 0
    assert Folder(bundle_folder).read(name_of(b"wanted")) == b"wanted"


@pytest.mark.django_db(transaction=True)
def test_an_upload_in_the_middle_of_a_removal_keeps_its_bytes(
    bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Folder(bundle_folder)
    store.write(name_of(b"wanted"), b"wanted")
    removing, sent = threading.Event(), threading.Event()
    remove, keep = BundleFolder.remove, BundleFolder.keep

    def remove_slowly(self: BundleFolder, name: str, before: Any) -> bool:
        removing.set()
        sent.wait(10)  # the bytes were put there again, and their row waits for ours
        return remove(self, name, before + timedelta(days=1))

    def keep_and_tell(self: BundleFolder, file: Any, name: str) -> None:
        keep(self, file, name)
        sent.set()

    def upload() -> None:
        removing.wait(10)
        try:
            send(b"wanted")
        finally:
            connection.close()

    monkeypatch.setattr(BundleFolder, "remove", remove_slowly)
    monkeypatch.setattr(BundleFolder, "keep", keep_and_tell)
    uploader = threading.Thread(target=upload)
    uploader.start()

    removed = tidied()
    uploader.join()

    assert removed.files == 1
    assert store.read(name_of(b"wanted")) == b"wanted"
    assert Bundle.objects.get().sha256 == hashlib.sha256(b"wanted").hexdigest()


@pytest.mark.django_db
def test_bytes_written_again_after_the_look_are_not_removed(bundle_folder: Path) -> None:
    store = Folder(bundle_folder)
    store.write(name_of(b"orphan"), b"orphan")
    written = timezone.now()

    assert not BundleFolder(location=str(bundle_folder)).remove(name_of(b"orphan"), written - timedelta(hours=1))
    assert store.names() == [name_of(b"orphan")]


# by hand and by night


@pytest.mark.django_db
def test_the_command_tells_what_it_removed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.write(name_of(b"orphan"), b"orphan")

    call_command("remove_orphans", "--dry-run")

    assert capsys.readouterr().out == "0 files and 0 unfinished arrivals to be removed\n"


@pytest.mark.django_db
def test_the_command_leaves_uploads_their_hour(bundle_folder: Path) -> None:
    with pytest.raises(CommandError, match="at least one hour"):
        call_command("remove_orphans", "--grace=0")


@pytest.mark.django_db
def test_the_nightly_job_leaves_what_the_setting_says(bundle_folder: Path, settings: Any) -> None:
    store, bundle = Folder(bundle_folder), make_bundle()
    store.write(name_of(b"orphan"), b"orphan")
    store.write(storage_name(bundle.sha256), b"x")
    settings.ORPHAN_GRACE_HOURS = 1

    tasks.remove_bundle_orphans()
    settings.ORPHAN_GRACE_HOURS = 0
    tasks.remove_bundle_orphans()

    assert store.names() == [storage_name(bundle.sha256)]
