"""`POST /ingest/logbundle`: what is answered, and what its form, its name and its hints may be."""

import hashlib
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ingest.models import Bundle
from ingest.storage import open_bytes
from tests.builders import make_asset
from tests.clients import client_as
from tests.ingest.uploads import ADDRESS, DOCUMENT, kept_files, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

KEYS = {
    "id", "sha256", "size", "filename", "status", "duplicate", "received_at", "collected_at", "assets", "observations",
    "files", "signals", "errors", "held", "given_up",
}  # fmt: skip


@pytest.fixture
def collector() -> APIClient:
    return client_as("collector")


def test_a_new_bundle_is_answered_with_all_that_came_of_it(collector: APIClient):
    body = DOCUMENT

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
    body = DOCUMENT

    answer = send(collector, body)

    with open_bytes(answer.json()["sha256"]) as kept:
        assert kept.read() == body


def test_the_same_bytes_again_are_the_same_bundle(collector: APIClient):
    first = send(collector, DOCUMENT).json()

    again = send(collector, DOCUMENT, "?filename=other.json")

    assert again.status_code == 200
    assert again.json() == {**first, "duplicate": True}
    assert Bundle.objects.count() == 1


def test_a_bundle_that_told_nothing_is_shown_with_its_members(collector: APIClient):
    answer = send(collector, b"hello")

    again = send(collector, b"hello")

    assert (answer.json()["files"], again.json()["files"]) == (1, 1)


def test_a_queued_bundle_is_answered_with_202(collector: APIClient, settings: Any):
    settings.PIPELINE = f"{__name__}.pretend_to_queue"

    answer = send(collector, DOCUMENT)

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
    part = SimpleUploadedFile("db-17.json", DOCUMENT, "application/json")

    answer = collector.post(ADDRESS, {"file": part}, format="multipart")

    assert answer.status_code == 201
    assert (answer.json()["filename"], answer.json()["size"]) == ("db-17.json", len(DOCUMENT))


def test_raw_and_multipart_are_the_same_bundle(collector: APIClient):
    first = send(collector, DOCUMENT)

    answer = collector.post(ADDRESS, {"file": SimpleUploadedFile("x", DOCUMENT)}, format="multipart")

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
    answer = send(collector, DOCUMENT, query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert (Bundle.objects.count(), kept_files(tmp_path)) == (0, [])


def test_a_duplicate_costs_three_queries_the_token_the_bundle_and_what_came_of_it(collector: APIClient):
    send(collector, DOCUMENT)

    with CaptureQueriesContext(connection) as captured:
        send(collector, DOCUMENT)

    assert [query["sql"].split()[0] for query in captured] == ["SELECT"] * 3


def test_a_bundle_that_no_parser_wants_is_kept_and_says_so(collector: APIClient, tmp_path: Any):
    answer = send(collector, b"hello")

    assert (answer.status_code, answer.json()["status"]) == (201, "unrecognised")
    assert kept_files(tmp_path) == [hashlib.sha256(b"hello").hexdigest()]
