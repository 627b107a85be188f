"""`POST /ingest/logbundle`."""

import base64
import hashlib
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory
from django.test.client import FakePayload
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient, force_authenticate

from ingest.api.upload import UploadView
from ingest.models import Bundle
from ingest.storage import open_bytes
from tests.builders import make_asset, make_user
from tests.clients import client_as, post_raw

pytestmark = pytest.mark.django_db

ADDRESS = "/ingest/logbundle"
KEYS = {
    "id", "sha256", "size", "filename", "status", "duplicate", "received_at", "collected_at", "assets", "observations",
    "files", "signals", "errors", "held", "given_up",
}  # fmt: skip


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Any) -> None:
    """A bundle store of each test's own."""
    folder = {"BACKEND": "ingest.storage.BundleFolder", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "bundles": folder}


@pytest.fixture
def collector() -> APIClient:
    return client_as("collector")


def document(serial: str = "7XK2M93", **fields: Any) -> bytes:
    """A canonical document with one disk."""
    disk = {"type": "disk", "slot": "Bay 3", "vendor": "Samsung", "model": "MZWLJ7T6", "serial": "S5FNNA0R500123"}
    content = {
        "format": "reanimator/v1",
        "collected_at": "2026-03-01T10:00:00Z",
        "asset": {"vendor": "Dell Inc.", "model": "PowerEdge R750", "serial": serial, "hostname": "db-17"},
        "components": [disk],
        **fields,
    }
    return json.dumps(content).encode()


def send(client: APIClient, body: bytes, query: str = "", content_type: str = "", **headers: str) -> Any:
    """The answer to a raw upload."""
    return post_raw(client, ADDRESS + query, body, content_type, **headers)


def kept_files(folder: Any) -> list[str]:
    """All files below `folder`."""
    return [path.name for path in folder.rglob("*") if path.is_file()]


def content_digest(body: bytes) -> str:
    """The header that describes `body`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def test_a_new_bundle_is_answered_with_all_that_came_of_it(collector: APIClient):
    body = document()

    answer = send(collector, body, "?filename=db-17.json")

    bundle = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/logbundles/{bundle['id']}"
    assert bundle.keys() == KEYS
    assert (bundle["sha256"], bundle["size"]) == (hashlib.sha256(body).hexdigest(), len(body))
    assert (bundle["filename"], bundle["status"], bundle["duplicate"]) == ("db-17.json", "parsed", False)
    assert bundle["collected_at"] == "2026-03-01T10:00:00Z"
    assert [asset["serial"] for asset in bundle["assets"]] == ["7XK2M93"]
    assert (bundle["observations"], bundle["files"], bundle["errors"], bundle["given_up"]) == (1, 1, [], False)


def test_the_bytes_are_kept_as_they_came(collector: APIClient):
    body = document()

    answer = send(collector, body)

    with open_bytes(answer.json()["sha256"]) as kept:
        assert kept.read() == body


def test_the_same_bytes_again_are_the_same_bundle(collector: APIClient):
    first = send(collector, document()).json()

    again = send(collector, document(), "?filename=other.json")

    assert again.status_code == 200
    assert again.json() == {**first, "duplicate": True}
    assert Bundle.objects.count() == 1


def test_a_bundle_that_told_nothing_is_shown_with_its_members(collector: APIClient):
    answer = send(collector, b"hello")

    again = send(collector, b"hello")

    assert (answer.json()["files"], again.json()["files"]) == (1, 1)


def test_a_queued_bundle_is_answered_with_202(collector: APIClient, settings: Any):
    settings.PIPELINE = f"{__name__}.pretend_to_queue"

    answer = send(collector, document())

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["assets"]) == ("received", [])


def pretend_to_queue(bundle_id: int, step: str) -> bool:
    """A pipeline whose work is done elsewhere."""
    return bundle_id > 0 and step == "parse"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "application/x-www-form-urlencoded",
        "text/plain; charset=latin-1",
        "application/gzip",
        "odd",
    ],
)
def test_a_raw_body_of_any_content_type_is_taken(collector: APIClient, content_type: str):
    answer = send(collector, b"a=1&file=%FF\x00\xff", content_type=content_type)

    assert answer.status_code == 201
    assert answer.json()["size"] == 14


def test_a_multipart_body_carries_the_bundle_in_its_part_file(collector: APIClient):
    part = SimpleUploadedFile("db-17.json", document(), "application/json")

    answer = collector.post(ADDRESS, {"file": part}, format="multipart")

    assert answer.status_code == 201
    assert (answer.json()["filename"], answer.json()["size"]) == ("db-17.json", len(document()))


def test_raw_and_multipart_are_the_same_bundle(collector: APIClient):
    first = send(collector, document())

    answer = collector.post(ADDRESS, {"file": SimpleUploadedFile("x", document())}, format="multipart")

    assert (answer.status_code, answer.json()["id"]) == (200, first.json()["id"])


@pytest.mark.parametrize("form", [{"bundle": SimpleUploadedFile("x", b"x")}, {"file": "text"}, {}])
def test_a_multipart_body_without_the_part_is_refused(collector: APIClient, form: dict[str, Any]):
    answer = collector.post(ADDRESS, form, format="multipart")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["file"]


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed"])
def test_a_multipart_body_that_is_none_is_refused(collector: APIClient, content_type: str):
    assert send(collector, b"--x\r\n\r\nnothing", content_type=content_type).status_code == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("db-17.tar.gz", "db-17.tar.gz"),
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\db-17.zip", "db-17.zip"),
        ("a\u0000b\n.txt", "ab.txt"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_file_name_is_a_name_and_no_path(collector: APIClient, given: str, kept: str):
    answer = send(collector, b"x", f"?filename={quote(given)}")

    assert answer.json()["filename"] == kept


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="db-17.log"', "db-17.log"),
        ("attachment; filename*=UTF-8''r%C3%A4ck.log", "räck.log"),
        ("attachment", ""),
        (";;;", ""),
    ],
)
def test_a_file_name_comes_from_the_content_disposition_too(collector: APIClient, header: str, name: str):
    answer = send(collector, b"x", **{"content-disposition": header})

    assert answer.json()["filename"] == name


def test_hints_tell_what_the_content_does_not(collector: APIClient):
    asset = make_asset(serial="7XK2M93")
    smartctl = json.dumps({"smartctl": {"argv": ["smartctl"]}, "serial_number": "S5FNNA0R500123", "model_name": "X"})

    answer = send(
        collector, smartctl.encode(), f"?asset={asset.pk}&collected_at=2026-03-01T10:00:00%2B02:00&project=ACME"
    )

    bundle = Bundle.objects.get(pk=answer.json()["id"])
    assert (bundle.asset_hint, bundle.project_hint) == (asset, "ACME")
    assert bundle.collected_hint is not None
    assert bundle.collected_hint.isoformat() == "2026-03-01T08:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?asset=4711", "asset"),
        ("?asset=7XK2M93", "asset"),
        (f"?asset={2**64}", "asset"),
        ("?asset_serial=0000000", "asset_serial"),
        ("?collected_at=yesterday", "collected_at"),
        ("?collected_at=9999-01-01T00:00:00Z", "collected_at"),
        ("?colour=red", "colour"),
    ],
)
def test_a_hint_that_names_nothing_is_refused_and_nothing_kept(
    collector: APIClient, tmp_path: Any, query: str, field: str
):
    answer = send(collector, document(), query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert (Bundle.objects.count(), kept_files(tmp_path)) == (0, [])


def test_a_digest_that_matches_is_accepted(collector: APIClient):
    answer = send(collector, document(), **{"content-digest": content_digest(document())})

    assert answer.status_code == 201


def test_other_algorithms_beside_are_passed_over(collector: APIClient):
    header = f"sha-512=:AAAA:, {content_digest(document())}"

    assert send(collector, document(), **{"content-digest": header}).status_code == 201


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_digest_that_does_not_match_is_refused_and_nothing_kept(collector: APIClient, tmp_path: Any, size: int):
    answer = send(collector, b"x" * size, **{"content-digest": content_digest(b"other")})

    assert answer.status_code == 422
    assert (Bundle.objects.count(), kept_files(tmp_path)) == (0, [])


@pytest.mark.parametrize(
    "header", ["sha-256", "sha-256=abc", "sha-256=:!:", "sha-256=:AAAA:", "sha-256=::", ":", "sha-256=:AAAA", "é=:AA:"]
)
def test_a_malformed_digest_is_refused(collector: APIClient, header: str):
    answer = send(collector, document(), **{"content-digest": header})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["Content-Digest"]


def multipart(body: bytes) -> bytes:
    """A multipart body around a file."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n'
    return head + body + b"\r\n--edge--\r\n"


@pytest.mark.parametrize("described", [multipart(document()), document()], ids=["whole body", "file alone"])
def test_the_digest_of_a_multipart_body_may_mean_all_of_it_or_the_file(collector: APIClient, described: bytes):
    body, kind = multipart(document()), "multipart/form-data; boundary=edge"

    right = send(collector, body, content_type=kind, **{"content-digest": content_digest(described)})
    wrong = send(collector, body, content_type=kind, **{"content-digest": content_digest(b"other")})

    assert (right.status_code, wrong.status_code) == (201, 422)


def test_an_empty_body_is_refused(collector: APIClient):
    assert send(collector, b"").status_code == 400


def test_an_empty_file_is_refused(collector: APIClient):
    answer = collector.post(ADDRESS, {"file": SimpleUploadedFile("x", b"")}, format="multipart")

    assert answer.status_code == 400
    assert Bundle.objects.count() == 0


@pytest.mark.parametrize("form", [True, False], ids=["multipart", "raw"])
def test_a_bundle_that_is_too_large_is_refused(collector: APIClient, settings: Any, tmp_path: Any, form: bool):
    settings.MAX_BUNDLE_BYTES = 1000
    body = b"x" * 1001

    answer = (
        collector.post(ADDRESS, {"file": SimpleUploadedFile("x", body)}, format="multipart")
        if form
        else send(collector, body)
    )

    assert answer.status_code == 413
    assert (Bundle.objects.count(), kept_files(tmp_path)) == (0, [])


def test_a_bundle_as_large_as_allowed_is_taken(collector: APIClient, settings: Any):
    settings.MAX_BUNDLE_BYTES = 1000

    assert send(collector, b"x" * 1000).status_code == 201


class Untouchable(io.RawIOBase):
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        """Fails the test."""
        raise AssertionError("the body was read")


def straight(**environ: Any) -> Any:
    """The answer to a request whose WSGI environment is given in detail."""
    request = RequestFactory().generic("POST", ADDRESS, content_type="application/gzip")
    request = type(request)({**request.environ, **environ})
    force_authenticate(request, user=make_user(is_superuser=True))
    return UploadView.as_view()(request)


def test_what_announces_itself_as_too_large_is_refused_unread(settings: Any):
    settings.MAX_BUNDLE_BYTES = 1000

    answer = straight(**{"CONTENT_LENGTH": "1001", "wsgi.input": Untouchable()})

    assert answer.status_code == 413


def test_a_connection_that_breaks_off_leaves_nothing(tmp_path: Any):
    answer = straight(**{"CONTENT_LENGTH": "100", "wsgi.input": io.BytesIO(b"x" * 99)})

    assert answer.status_code == 400
    assert (Bundle.objects.count(), kept_files(tmp_path)) == (0, [])


def test_a_chunked_body_is_read_where_the_server_marks_its_end():
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(document())}

    taken = straight(**chunked, **{"wsgi.input_terminated": True})
    refused = straight(**chunked)

    assert (taken.status_code, refused.status_code) == (201, 411)


def test_a_chunked_body_that_grows_too_large_is_refused(settings: Any, tmp_path: Any):
    settings.MAX_BUNDLE_BYTES = 1000
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * 1001)}

    answer = straight(**chunked, **{"wsgi.input_terminated": True})

    assert (answer.status_code, kept_files(tmp_path)) == (413, [])


def test_a_large_bundle_is_never_held_in_memory_whole(collector: APIClient, monkeypatch: pytest.MonkeyPatch):
    largest = 0
    plain_read = FakePayload.read

    def watched(self: Any, size: int = -1) -> bytes:
        nonlocal largest
        piece: bytes = plain_read(self, size)
        largest = max(largest, len(piece))
        return piece

    monkeypatch.setattr(FakePayload, "read", watched)

    send(collector, b"x" * 5_000_000)

    assert 0 < largest <= 1 << 20


def test_a_duplicate_costs_three_queries_the_token_the_bundle_and_what_came_of_it(collector: APIClient):
    send(collector, document())

    with CaptureQueriesContext(connection) as captured:
        send(collector, document())

    assert [query["sql"].split()[0] for query in captured] == ["SELECT"] * 3


def test_a_bundle_that_no_parser_wants_is_kept_and_says_so(collector: APIClient, tmp_path: Any):
    answer = send(collector, b"hello")

    assert (answer.status_code, answer.json()["status"]) == (201, "unrecognised")
    assert kept_files(tmp_path) == [hashlib.sha256(b"hello").hexdigest()]
