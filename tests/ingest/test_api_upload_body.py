"""The body of an upload: its digest, its size, and that it is read in pieces and only as far as it must."""

import base64
import hashlib
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import FakePayload
from rest_framework.test import APIClient, force_authenticate

from ingest.api.upload import UploadView
from ingest.models import Bundle
from tests.builders import make_user
from tests.clients import client_as
from tests.ingest.uploads import ADDRESS, DOCUMENT, kept_files, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]


@pytest.fixture
def collector() -> APIClient:
    return client_as("collector")


def content_digest(body: bytes) -> str:
    """The header that describes `body`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def test_a_digest_that_matches_is_accepted(collector: APIClient):
    answer = send(collector, DOCUMENT, **{"content-digest": content_digest(DOCUMENT)})

    assert answer.status_code == 201


def test_other_algorithms_beside_are_passed_over(collector: APIClient):
    header = f"sha-512=:AAAA:, {content_digest(DOCUMENT)}"

    assert send(collector, DOCUMENT, **{"content-digest": header}).status_code == 201


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_digest_that_does_not_match_is_refused_and_nothing_kept(collector: APIClient, tmp_path: Any, size: int):
    answer = send(collector, b"x" * size, **{"content-digest": content_digest(b"other")})

    assert answer.status_code == 422
    assert (Bundle.objects.count(), kept_files(tmp_path)) == (0, [])


@pytest.mark.parametrize(
    "header", ["sha-256", "sha-256=abc", "sha-256=:!:", "sha-256=:AAAA:", "sha-256=::", ":", "sha-256=:AAAA", "é=:AA:"]
)
def test_a_malformed_digest_is_refused(collector: APIClient, header: str):
    answer = send(collector, DOCUMENT, **{"content-digest": header})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["Content-Digest"]


def multipart(body: bytes) -> bytes:
    """A multipart body around a file."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n'
    return head + body + b"\r\n--edge--\r\n"


@pytest.mark.parametrize("described", [multipart(DOCUMENT), DOCUMENT], ids=["whole body", "file alone"])
def test_the_digest_of_a_multipart_body_may_mean_all_of_it_or_the_file(collector: APIClient, described: bytes):
    body, kind = multipart(DOCUMENT), "multipart/form-data; boundary=edge"

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
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(DOCUMENT)}

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
