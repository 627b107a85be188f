"""A large bundle through the real server: streamed to the store and back, never held in memory."""

import hashlib
import http.client
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.processes import Server, gunicorn
from registry.models import ApiToken
from tests.builders import make_user
from tests.s3 import Bucket

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1 << 20
ALLOWED = 200 * MIB
PIECE = bytes(range(256)) * (MIB // 256)


def pieces(number: int) -> Iterator[bytes]:
    """So many MiB that are nowhere as a whole."""
    for place in range(number):
        yield place.to_bytes(4, "big") + PIECE[4:]


def worker_of(server: Server) -> Path:
    """Where the kernel tells of the process that serves."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if children := Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
            return Path(f"/proc/{children[0]}")
        time.sleep(0.05)
    raise AssertionError("the server started no worker")


def memory(process: Path, which: str) -> int:
    """`VmRSS` is what the process has now, `VmHWM` the most that it ever had."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(which))


def upload(server: Server, number: int) -> dict[str, object]:
    """The answer to a bundle of so many MiB."""
    headers = {**server.headers, "Content-Length": str(number * MIB), "Content-Type": "application/octet-stream"}
    server.connection.request("POST", f"{server.path}?filename=large", pieces(number), headers)
    answer = server.connection.getresponse()
    body: dict[str, object] = json.loads(answer.read())
    assert answer.status == 201, body
    return body


def download_digest(server: Server, bundle: object) -> str:
    """The SHA-256 of what comes back."""
    server.connection.request("GET", f"/logbundles/{bundle}/raw", headers=dict(server.headers))
    answer = server.connection.getresponse()
    digest = hashlib.sha256()
    while piece := answer.read(MIB):
        digest.update(piece)
    return digest.hexdigest()


def serve_and_measure(environment: dict[str, str], folder: Path, number: int) -> tuple[dict[str, object], str, int]:
    """The bundle, the digest of what came back, and how much more memory than at rest the server ever had."""
    _, secret = ApiToken.objects.create(make_user(), name="large", role="engineer")
    headers = {"Authorization": f"Token {secret}"}
    usual = {**os.environ, "DEBUG": "false", "SECRET_KEY": "for tests", "WEB_THREADS": "2", **environment}
    with gunicorn("reanimator.wsgi", "/ingest/logbundle", usual, headers, folder / "server.log") as server:
        upload(server, 1)  # what is loaded by the first request belongs to the idle server
        worker = worker_of(server)
        idle = memory(worker, "VmRSS")
        (worker / "clear_refs").write_text("5")  # the peak starts from here
        bundle = upload(server, number)
        digest = download_digest(server, bundle["id"])
        return bundle, digest, memory(worker, "VmHWM") - idle


def expected_digest(number: int) -> str:
    digest = hashlib.sha256()
    for piece in pieces(number):
        digest.update(piece)
    return digest.hexdigest()


def test_500_mb_pass_through_the_server_in_little_memory(
    database_url: str, bundle_folder: Path, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database_url, "BUNDLE_STORAGE_URL": f"file:{bundle_folder}"}

    bundle, digest, grown = serve_and_measure(environment, tmp_path, 500)

    assert bundle["sha256"] == digest == expected_digest(500)
    assert bundle["size"] == 500 * MIB
    assert grown < ALLOWED


def test_100_mb_pass_through_the_server_to_an_object_storage_in_little_memory(
    database_url: str, bundle_bucket: Bucket, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database_url, **bundle_bucket.environment}

    bundle, digest, grown = serve_and_measure(environment, tmp_path, 100)

    assert bundle["sha256"] == digest == expected_digest(100)
    assert grown < ALLOWED


def test_a_large_bundle_that_is_damaged_does_not_reach_its_end(
    database_url: str, bundle_folder: Path, tmp_path: Path
) -> None:
    _, secret = ApiToken.objects.create(make_user(), name="large", role="engineer")
    headers = {"Authorization": f"Token {secret}"}
    environment = {**os.environ, "DATABASE_URL": database_url, "BUNDLE_STORAGE_URL": f"file:{bundle_folder}"}
    with gunicorn("reanimator.wsgi", "/ingest/logbundle", environment, headers, tmp_path / "server.log") as server:
        bundle = upload(server, 5)
        (path,) = (one for one in bundle_folder.rglob("*") if one.is_file())
        path.write_bytes(path.read_bytes()[:-1] + b"\0")

        server.connection.request("GET", f"/logbundles/{bundle['id']}/raw", headers=headers)
        answer = server.connection.getresponse()

        with pytest.raises(http.client.IncompleteRead):
            answer.read()
