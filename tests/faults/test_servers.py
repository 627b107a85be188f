"""Servers that go away and come back, and a disk that is full."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ingest.models import Bundle
from registry.models import ApiToken
from tests import processes, services
from tests.builders import make_user
from tests.faults import fleet
from tests.faults.copying import copy_database
from tests.faults.outcome import clean_run, kept, outcome, sizes, work_left
from tests.processes import PATIENCE, REPOSITORY, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def upload(address: str, secret: str, content: bytes, kind: str = "application/json") -> tuple[int, dict[str, Any]]:
    """Status and body of the answer, which may come before all of the content was sent."""
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)) as connection:
        headers = {"Authorization": f"Token {secret}", "Content-Type": kind}
        connection.request("POST", "/ingest/logbundle", content, headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)


def make_secret() -> str:
    """Of a token that may upload."""
    _, secret = ApiToken.objects.create(make_user(), name="collector", role="collector")
    return str(secret)


def test_bundles_that_arrive_while_redis_is_away_are_processed_when_it_is_back(
    environment: dict[str, str],
    database_url: str,
    redis_here: str,
    broker: ExitStack,
    bundle_folder: Path,
    tmp_path: Path,
    until_the_end: ExitStack,
) -> None:
    files = fleet.bundles(days=3)
    expected = clean_run(files, bundle_folder)
    secret = make_secret()
    environment |= {"DATABASE_URL": database_url, "CELERY_BROKER_URL": redis_here}
    worker = until_the_end.enter_context(processes.worker(environment, tmp_path / "worker.log"))
    until_the_end.enter_context(processes.beat(environment, tmp_path))
    web, address = processes.web(environment, tmp_path / "web.log")
    until_the_end.enter_context(web)
    worker.wait_for(" ready.")

    before = [upload(address, secret, content) for content in files[:3]]
    broker.close()
    meanwhile = [upload(address, secret, content) for content in files[3:]]
    assert {status for status, _ in before + meanwhile} == {202}
    assert Bundle.objects.filter(status="received").count() >= len(meanwhile)
    broker.enter_context(services.redis_server(tmp_path, redis_here))
    wait_until(lambda: not work_left(), worker.log)

    assert outcome() == expected
    assert kept(bundle_folder) == sizes(files)


TELL = "import json; from tests.faults.outcome import outcome; print(json.dumps(outcome()))"


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What a command of manage.py prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def in_files(files: list[bytes], folder: Path) -> Path:
    """A folder that holds `files`."""
    folder.mkdir()
    for number, content in enumerate(files):
        (folder / f"{number:03}.json").write_bytes(content)
    return folder


def test_a_database_that_stops_between_receiving_and_parsing_costs_nothing(
    pytestconfig: pytest.Config,
    environment: dict[str, str],
    redis_here: str,
    bundle_folder: Path,
    tmp_path: Path,
    until_the_end: ExitStack,
) -> None:
    if pytestconfig.getoption("engine") == "sqlite":
        pytest.skip("SQLite is no server that could stop")
    files = fleet.bundles(days=2)
    expected = clean_run(files, bundle_folder)
    server = tmp_path / "server"
    server.mkdir()
    environment |= {"DATABASE_URL": services.mariadb_url(server), "CELERY_BROKER_URL": redis_here}

    with services.mariadb(server):
        with closing(services.connect(server, "reanimator")) as database:
            copy_database(database)
        told = manage(environment, "ingest", str(in_files(files, tmp_path / "files")))
        assert told == f"{len(files)} files: {len(files)} received\n"
    worker = until_the_end.enter_context(processes.worker(environment, tmp_path / "worker.log", with_beat=True))
    worker.wait_for("Can't connect to local server")
    until_the_end.enter_context(services.mariadb(server))
    database = until_the_end.enter_context(closing(services.connect(server, "reanimator")))
    wait_until(lambda: not steps_left(database), worker.log)

    assert json.loads(manage(environment, "shell", "--verbosity=0", "--command", TELL)) == expected
    assert kept(bundle_folder) == sizes(files)


def steps_left(database: Any) -> int:
    """As `work_left`, in another database than Django's."""
    database.rollback()  # or it would go on seeing what it saw first
    with closing(database.cursor()) as cursor:
        cursor.execute("SELECT COUNT(*) FROM ingest_bundle WHERE step <> ''")
        return int(cursor.fetchone()[0])


# A small bundle fits in here, and so does a database with its journal where it is a file.
ROOM = 8 << 20


@contextmanager
def little_room(folder: Path) -> Iterator[tuple[str, ...]]:
    """Leaves `folder` with 8 MB: on a file system of its own, or by a limit on files that a program is started with."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield ("prlimit", f"--fsize={ROOM}", "--")
        return
    try:
        yield ()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def as_form(content: bytes) -> tuple[bytes, str]:
    """A multipart body with the bundle, and its content type."""
    head = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n'
    return head + content + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit"


def test_a_full_disk_is_told_and_keeps_nothing_half(
    environment: dict[str, str], database_url: str, bundle_folder: Path, tmp_path: Path, until_the_end: ExitStack
) -> None:
    files = fleet.bundles(days=2)
    expected = clean_run(files, bundle_folder)
    secret = make_secret()
    limits = until_the_end.enter_context(little_room(bundle_folder))
    environment |= {"DATABASE_URL": database_url, "CELERY_BROKER_URL": "", "SECRET_KEY": "x" * 50}
    web, address = processes.web(environment, tmp_path / "web.log", limits)
    until_the_end.enter_context(web)
    too_much = os.urandom(ROOM + 1000)

    accepted = [upload(address, secret, content) for content in files[:2]]
    refused = [upload(address, secret, too_much), upload(address, secret, *as_form(too_much))]
    accepted += [upload(address, secret, content) for content in files[2:]]

    assert {(status, told["status"]) for status, told in accepted} == {(201, "parsed")}
    assert [(status, told["title"]) for status, told in refused] == [(507, "Insufficient Storage")] * 2
    assert all("no room" in told["detail"] for _, told in refused)
    assert outcome() == expected
    assert kept(bundle_folder) == sizes(files)
