"""The private servers of a test run: they answer, and they end with the process that started them."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import MySQLdb
import pytest
import redis

from tests import services

ROOT = Path(__file__).resolve().parent.parent
STARTER = """
import pathlib, sys, time
from tests import services

with services.{server}(pathlib.Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(600)
"""


def redis_answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.ConnectionError:
        return False


def mariadb_answers(url: str) -> bool:
    try:
        MySQLdb.connect(unix_socket=url.partition("unix_socket=")[2], user="root", database="reanimator").close()
    except MySQLdb.OperationalError:
        return False
    return True


@pytest.fixture
def installed(pytestconfig: pytest.Config) -> None:
    if not (services.installed("mariadbd") and services.installed("redis-server")):
        assert pytestconfig.getoption("engine") == "sqlite"
        pytest.skip("the private servers are not installed; the run on MariaDB needs them")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("server", "answers"), [("redis_server", redis_answers), ("mariadb", mariadb_answers)])
def test_a_server_ends_with_its_starter_even_when_that_is_killed(
    server: str, answers: Callable[[str], bool], tmp_path: Path
) -> None:
    command = [sys.executable, "-c", STARTER.format(server=server), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        answered = answers(url)

        starter.kill()

    assert answered
    assert gone_within(10, lambda: answers(url))


def gone_within(seconds: float, answers: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while answers():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.usefixtures("installed")
def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(services, "_free_port", lambda: taken.getsockname()[1])

        with pytest.raises(services.ServiceError, match="Address already in use"), services.redis_server(tmp_path):
            pass
