"""Bundle bytes in a folder and in an object storage: kept whole, and never given out as good when they are not."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from rest_framework.test import APIClient

from ingest.models import Bundle, Observation
from ingest.services import parse_bundle
from ingest.storage import PIECE, BundleStore, DamagedBundle, bundle_storage, open_bytes, storage_name
from reanimator import environment
from tests.clients import client_as
from tests.ingest.deliveries import NOW, deliver, document, send
from tests.ingest.stores import Folder, ObjectStore, Store
from tests.s3 import Bucket

pytestmark = pytest.mark.django_db

SIZES = [1, PIECE, PIECE + 1, 9 * PIECE + 5]


@pytest.fixture(params=["bundle_folder", "bundle_bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """The bundle store, of either kind."""
    made: Path | Bucket = request.getfixturevalue(request.param)
    return Folder(made) if isinstance(made, Path) else ObjectStore(made)


def content_of(size: int) -> bytes:
    return (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]


def name_of(content: bytes) -> str:
    return storage_name(hashlib.sha256(content).hexdigest())


def damaged(content: bytes) -> bytes:
    """The same but for one bit, early."""
    return bytes([content[0] ^ 1]) + content[1:]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sent_is_kept_under_its_digest_and_read_again(store: Store, size: int) -> None:
    content = content_of(size)

    bundle = send(content).bundle

    assert store.names() == [name_of(content)]
    assert store.read(name_of(content)) == content
    with open_bytes(bundle.sha256) as stream:
        assert stream.read() == content


def test_a_bundle_goes_its_whole_way(store: Store) -> None:
    bundle = deliver(document("SRV-A", "DSK-1", "DSK-2"))

    assert (bundle.status, Observation.objects.count()) == ("parsed", 2)


@pytest.mark.parametrize("size", SIZES)
def test_the_bytes_are_handed_out_as_they_came(store: Store, size: int) -> None:
    bundle = send(content_of(size)).bundle

    answer = client_as("engineer").get(f"/logbundles/{bundle.pk}/raw")

    assert answer.getvalue() == content_of(size)
    assert answer["Content-Length"] == str(size)


# damage


@pytest.mark.parametrize("size", [5, 9 * PIECE])
def test_damaged_bytes_are_not_opened(store: Store, size: int) -> None:
    content = content_of(size)
    store.write(name_of(content), damaged(content))

    with pytest.raises(DamagedBundle, match=hashlib.sha256(content).hexdigest()):
        open_bytes(hashlib.sha256(content).hexdigest())


def test_missing_bytes_are_a_missing_file(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        open_bytes("0" * 64)


def test_nothing_is_read_from_a_damaged_bundle(store: Store) -> None:
    good = document("SRV-A", "DSK-1")
    bundle = send(good).bundle
    store.write(name_of(good), good.replace(b"DSK-1", b"DSK-2"))

    with pytest.raises(DamagedBundle):
        parse_bundle(bundle.pk, now=NOW)

    bundle.refresh_from_db()
    assert (bundle.status, bundle.files.count(), Observation.objects.count()) == ("received", 0, 0)


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


@pytest.mark.parametrize("harm", ["damaged", "missing", "cut off"])
def test_a_small_bundle_that_is_harmed_is_an_error_and_not_a_byte_is_given_out(
    store: Store, engineer: APIClient, harm: str
) -> None:
    content = content_of(2000)
    bundle = send(content).bundle
    store.remove(name_of(content))
    if harm != "missing":
        store.write(name_of(content), damaged(content) if harm == "damaged" else content[:-1])

    answer = engineer.get(f"/logbundles/{bundle.pk}/raw")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "damaged or missing" in answer.json()["detail"]


@pytest.mark.parametrize("size", [PIECE, 2 * PIECE, 3 * PIECE + 7])
def test_a_large_bundle_that_is_damaged_breaks_off_before_its_end(store: Store, engineer: APIClient, size: int) -> None:
    content = content_of(size)
    bundle = send(content).bundle
    store.write(name_of(content), damaged(content))
    answer: Any = engineer.get(f"/logbundles/{bundle.pk}/raw")

    given: list[bytes] = []
    with pytest.raises(DamagedBundle):
        given.extend(answer.streaming_content)

    assert len(b"".join(given)) < size == int(answer["Content-Length"])


@pytest.mark.parametrize("harm", ["damaged", "missing", "cut off"])
@pytest.mark.parametrize("size", [2000, 2 * PIECE])
def test_sending_a_bundle_again_mends_it(store: Store, size: int, harm: str) -> None:
    content = content_of(size)
    first = send(content).bundle
    store.remove(name_of(content))
    if harm != "missing":
        store.write(name_of(content), damaged(content) if harm == "damaged" else content[:-1])

    again = send(content)

    assert (again.duplicate, again.bundle.pk) == (True, first.pk)
    assert store.names() == [name_of(content)]
    assert store.read(name_of(content)) == content


def test_a_sound_bundle_that_comes_again_is_not_written_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    send(document())
    monkeypatch.setattr(type(bundle_storage()), "keep", _never)

    assert send(document()).duplicate


def _never(*_: Any) -> None:
    raise AssertionError("called")


# the interval between the bytes and the row


def test_bytes_that_are_taken_for_orphans_before_their_row_is_there_are_put_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, kind = content_of(3 * PIECE), type(bundle_storage())
    keep, calls = kind.keep, []

    def keep_and_lose(self: BundleStore, file: Any, name: str) -> None:
        keep(self, file, name)
        calls.append(name)
        if len(calls) == 1:
            store.remove(name)

    monkeypatch.setattr(kind, "keep", keep_and_lose)

    send(content)

    assert len(calls) == 2
    assert store.names() == [name_of(content)]
    assert store.read(name_of(content)) == content


# readiness and settings


def test_readiness_writes_to_the_store_and_leaves_nothing(store: Store) -> None:
    answer = Client().get("/health/ready")

    assert answer.json()["checks"]["storage"] == "ok"
    assert store.names() == []


def test_readiness_tells_of_a_bucket_that_is_gone(bundle_bucket: Bucket) -> None:
    bundle_bucket.client.delete_bucket(Bucket=bundle_bucket.name)

    answer = Client().get("/health/ready")

    assert (answer.status_code, answer.json()["checks"]["storage"]) == (503, "failing")


def test_a_store_that_is_away_takes_no_bundle(bundle_bucket: Bucket) -> None:
    bundle_bucket.client.delete_bucket(Bucket=bundle_bucket.name)

    with pytest.raises(Exception, match="NoSuchBucket"):
        send(document())

    assert not Bundle.objects.exists()


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///prefix", "s3://bucket/x?endpoint=y", "ftp://x/y", "file:", "/var/bundles", "bucket"]
)
def test_an_address_that_is_not_understood_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("BUNDLE_STORAGE_URL", url)

    with pytest.raises(ImproperlyConfigured, match="BUNDLE_STORAGE_URL"):
        environment.bundle_storage(Path("/srv"))


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/", "s3://bucket/a/b/"])
def test_a_bucket_may_be_shared_under_a_prefix(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("BUNDLE_STORAGE_URL", url)

    options = environment.bundle_storage(Path("/srv"))["OPTIONS"]

    assert options == {"bucket_name": "bucket", "location": url.removeprefix("s3://bucket").strip("/")}


def test_uploads_that_broke_off_half_way_are_given_up(bundle_bucket: Bucket) -> None:
    client, place = bundle_bucket.client, {"Bucket": bundle_bucket.name, "Key": f"{bundle_bucket.prefix}/ab/cd/x"}
    client.create_multipart_upload(**place)
    client.create_multipart_upload(Bucket=bundle_bucket.name, Key="of another program")
    long_ago = datetime(2009, 1, 1, tzinfo=UTC)  # the server says of each upload that it began in 2010

    counts = [
        bundle_storage().tidy(before, dry_run=dry_run)
        for before, dry_run in [(long_ago, False), (NOW, True), (NOW, False), (NOW + timedelta(days=1), False)]
    ]

    assert counts == [0, 1, 1, 0]
    assert [one["Key"] for one in client.list_multipart_uploads(Bucket=bundle_bucket.name)["Uploads"]] == [
        "of another program"
    ]
