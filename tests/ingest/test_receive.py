"""A bundle's bytes are safe before its row is, once, however often and however concurrently they come."""

import hashlib
import io
import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection

from ingest.models import Bundle, BundleFile, Observation, Snapshot
from ingest.services import (
    BundleTooLarge,
    DigestMismatch,
    EmptyBundle,
    Hints,
    ImplausibleTime,
    Refused,
    UnknownAsset,
    receive,
)
from ingest.storage import open_bytes, storage_name
from reanimator import pipeline
from registry.models import ApiToken
from tests.builders import make_asset, make_user
from tests.ingest.deliveries import NOW, document, send, tar_of
from timeline.models import Event

pytestmark = pytest.mark.django_db
MIB = 1 << 20
AT_ONCE = 20


@pytest.fixture(autouse=True)
def store(bundle_folder: Path) -> Path:
    return bundle_folder


def kept(folder: Path) -> list[str]:
    """Every file in the store, finished or not."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def name_of(content: bytes) -> str:
    return storage_name(hashlib.sha256(content).hexdigest())


class Drip:
    """A stream that gives a large body piece by piece and remembers how much was asked for at once."""

    def __init__(self, size: int, piece: int = MIB, fault: Exception | None = None) -> None:
        self.left, self.piece, self.fault, self.most = size, piece, fault, 0

    def read(self, size: int = -1) -> bytes:
        self.most = max(self.most, size if size >= 0 else self.left)
        given = min(self.left, self.piece, size if size >= 0 else self.left)
        self.left -= given
        if not given and self.fault:
            raise self.fault
        return b"\0" * given


# what is kept


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_the_bytes_lie_in_the_store_under_their_digest(store: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    receipt = send(content, "x.bin")

    assert kept(store) == [name_of(content)]
    assert (store / name_of(content)).read_bytes() == content
    assert (receipt.bundle.sha256, receipt.bundle.size) == (hashlib.sha256(content).hexdigest(), size)
    assert receipt.bundle.status == "received"


def test_a_stream_that_gives_a_few_bytes_at_a_time_is_taken_whole(store: Path) -> None:
    receipt = send(Drip(300_000, piece=7_001))

    assert receipt.bundle.size == 300_000
    assert kept(store) == [name_of(bytes(300_000))]


def test_a_large_stream_is_read_in_pieces(store: Path) -> None:
    stream = Drip(20 * MIB)

    send(stream)

    assert stream.most <= MIB
    assert kept(store) == [name_of(bytes(20 * MIB))]


def test_what_the_sender_says_beside_the_bytes_is_noted() -> None:
    asset, user = make_asset(), make_user()
    hints = Hints(asset.id, " srv-1 ", "ACME-EU", NOW - timedelta(days=1))

    bundle = send(b"x", "f" * 300, content_type="text/plain", hints=hints, user=user).bundle

    bundle.refresh_from_db()
    assert (bundle.filename, bundle.content_type) == ("f" * 255, "text/plain")
    assert (bundle.asset_hint, bundle.asset_serial_hint, bundle.project_hint) == (asset, "SRV-1", "ACME-EU")
    assert (bundle.collected_hint, bundle.received_at, bundle.uploaded_by) == (hints.collected_at, NOW, user)


def test_a_bundle_of_nobody_is_taken_in() -> None:
    assert send(b"x", user=AnonymousUser()).bundle.uploaded_by is None


# the same bytes again


def test_the_same_bytes_are_the_same_bundle(store: Path) -> None:
    first = send(document(), "a.json")

    again = send(document(), "b.json", hints=Hints(project="OTHER"))

    assert (first.duplicate, again.duplicate) == (False, True)
    assert (again.bundle.id, again.bundle.filename) == (first.bundle.id, "a.json")
    assert len(kept(store)) == Bundle.objects.count() == 1


def test_other_bytes_are_another_bundle(store: Path) -> None:
    send(b"one")
    send(b"two")

    assert len(kept(store)) == Bundle.objects.count() == 2


def test_a_known_bundle_leaves_nothing_in_the_workshop(store: Path) -> None:
    send(Drip(3 * MIB))
    send(Drip(3 * MIB))

    assert kept(store) == [name_of(bytes(3 * MIB))]


# what is refused leaves nothing


@pytest.mark.parametrize("size", [1, 3 * MIB])
def test_a_wrong_digest_keeps_nothing(store: Path, size: int) -> None:
    with pytest.raises(DigestMismatch, match="have the SHA-256"):
        send(Drip(size), expected_sha256="0" * 64)

    assert (kept(store), Bundle.objects.count()) == ([], 0)


def test_a_digest_in_capitals_is_the_same(store: Path) -> None:
    send(b"x", expected_sha256=hashlib.sha256(b"x").hexdigest().upper())

    assert kept(store) == [name_of(b"x")]


def test_no_bytes_are_no_bundle(store: Path) -> None:
    with pytest.raises(EmptyBundle):
        send(b"")

    assert (kept(store), Bundle.objects.count()) == ([], 0)


def test_a_bundle_of_just_the_largest_size_is_taken(settings: Any) -> None:
    settings.MAX_BUNDLE_BYTES = 2 * MIB

    assert send(Drip(2 * MIB)).bundle.size == 2 * MIB


def test_a_larger_one_is_refused_without_being_read_to_the_end(settings: Any, store: Path) -> None:
    settings.MAX_BUNDLE_BYTES = 2 * MIB
    stream = Drip(50 * MIB)

    with pytest.raises(BundleTooLarge, match=str(2 * MIB)):
        send(stream)

    assert stream.left >= 47 * MIB
    assert (kept(store), Bundle.objects.count()) == ([], 0)


def test_a_stream_that_breaks_off_leaves_nothing(store: Path) -> None:
    with pytest.raises(ConnectionResetError):
        send(Drip(5 * MIB, fault=ConnectionResetError()))

    assert (kept(store), Bundle.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("hints", "refusal", "field"),
    [
        (Hints(asset_id=4711), UnknownAsset, "asset"),
        (Hints(asset_serial="To be filled by O.E.M."), UnknownAsset, "asset_serial"),
        (Hints(collected_at=NOW + timedelta(days=2)), ImplausibleTime, "collected_at"),
    ],
)
def test_hints_that_cannot_be_true_are_refused_by_name(
    store: Path, hints: Hints, refusal: type[Refused], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        send(b"x", hints=hints)

    assert refused.value.field == field
    assert (kept(store), Bundle.objects.count()) == ([], 0)


# when things go wrong between


def test_the_bytes_are_in_the_store_when_the_row_is_written(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: list[list[str]] = []
    save = Bundle.save

    def look_and_save(row: Bundle, **how: Any) -> None:
        there.append(kept(store))
        save(row, **how)

    monkeypatch.setattr(Bundle, "save", look_and_save)

    send(b"x")

    assert there == [[name_of(b"x")]]


def test_a_crash_before_the_row_loses_nothing_that_was_answered(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Bundle, "save", _crash)
        with pytest.raises(DatabaseError):
            send(b"x")

    assert Bundle.objects.count() == 0
    assert send(b"x").duplicate is False
    assert kept(store) == [name_of(b"x")]


def _crash(*_: Any, **__: Any) -> None:
    raise DatabaseError("the server has gone away")


def test_a_store_that_is_full_leaves_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.storage.os.replace", lambda *_: (_ for _ in ()).throw(OSError("no space left")))

    with pytest.raises(OSError, match="no space"):
        send(b"x")

    assert Bundle.objects.count() == 0


# many at once


def at_once(act: Callable[[], Any]) -> list[Any]:
    """What `act` gives in each of twenty threads that start together."""
    gate = Barrier(AT_ONCE)

    def one(_: int) -> Any:
        gate.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


BUNDLE = tar_of(
    {
        "a.json": document("SRV-A", "DSK-1", "DSK-2"),
        "b.json": document("SRV-B", "DSK-3", collected_at="2026-03-01T09:00:00Z"),
    }
)


def assert_taken_in_once(store: Path) -> None:
    bundle = Bundle.objects.get()
    assert bundle.status == "parsed"
    assert kept(store) == [storage_name(bundle.sha256)]
    with open_bytes(bundle.sha256) as stream:
        assert stream.read() == BUNDLE
    assert (BundleFile.objects.count(), Snapshot.objects.count(), Observation.objects.count()) == (2, 2, 3)
    assert Counter(Event.objects.values_list("type", flat=True)) == {"INSTALLED": 3, "LOG_COLLECTED": 2}


@pytest.mark.django_db(transaction=True)
def test_one_bundle_that_comes_twenty_times_at_once_is_one_bundle(store: Path) -> None:
    def take_in() -> bool:
        receipt = receive(
            io.BytesIO(BUNDLE),
            filename="ab.tar.gz",
            content_type="",
            hints=Hints(),
            expected_sha256=None,
            user=None,
            now=NOW,
        )
        pipeline.advance(receipt.bundle.id)  # all of them, so that parsing meets itself too
        return receipt.duplicate

    duplicates = at_once(take_in)

    assert Counter(duplicates) == {False: 1, True: AT_ONCE - 1}
    assert_taken_in_once(store)


@pytest.mark.django_db(transaction=True)
def test_one_bundle_that_is_posted_twenty_times_at_once_is_one_bundle(store: Path, live_server: Any) -> None:
    _, secret = ApiToken.objects.create(make_user(), name="collector", role="collector")
    request = urllib.request.Request(
        f"{live_server.url}/ingest/logbundle?filename=ab.tar.gz",
        BUNDLE,
        {"Authorization": f"Token {secret}", "Content-Type": "application/gzip"},
    )

    answers = at_once(lambda: _answer(request))

    assert Counter(status for status, _ in answers) == {201: 1, 200: AT_ONCE - 1}
    assert {body["id"] for _, body in answers} == {Bundle.objects.get().id}
    assert Counter(body["duplicate"] for _, body in answers) == {False: 1, True: AT_ONCE - 1}
    assert_taken_in_once(store)


def _answer(request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, json.load(answer)


def disks_of_many_servers() -> Iterator[bytes]:
    for number in range(AT_ONCE):
        moment = (NOW - timedelta(minutes=number)).isoformat()
        yield document(f"SRV-{number % 4}", "DSK-SAME", f"DSK-{number}", collected_at=moment)


@pytest.mark.django_db(transaction=True)
def test_twenty_bundles_at_once_that_share_assets_and_components_are_all_taken_in() -> None:
    bodies = list(disks_of_many_servers())
    waiting = iter(bodies)

    at_once(lambda: pipeline.advance(send(next(waiting)).bundle.id))
    pipeline.process_pending(now=NOW)

    assert Counter(Bundle.objects.values_list("status", "attempts")) == {("parsed", 0): AT_ONCE}
    assert Observation.objects.count() == 2 * AT_ONCE
    assert not Snapshot.objects.waiting().exists()
