"""Private servers for one test run: a MariaDB behind a socket and a Redis on a port of its own.

Each keeps all it writes in one folder, needs no system service, works as root and as anyone else, and ends
with the process that started it, even when that one is killed.
"""

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import MySQLdb
import redis

START_SECONDS = 60
STOP_SECONDS = 15
PACKAGES = "mariadb-server-core mariadb-client-core redis-server"


class ServiceError(RuntimeError):
    """A private server is not installed or did not come up; the message ends with its log."""


def installed(program: str) -> bool:
    """Whether `program` can be run."""
    return _find(program) is not None


def mariadb_url(folder: Path, name: str = "reanimator") -> str:
    """The DATABASE_URL of the server that `mariadb` runs in `folder`, known before it runs."""
    return f"mysql://root:@/{name}?unix_socket={_mariadb_socket(folder)}"


@contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[str]:
    """A MariaDB in `folder` with a database `reanimator`, empty the first time; gives its DATABASE_URL.

    It is fast and would lose data with the machine's power; `options` for the server overrule that and all else.
    """
    # The server refuses to run as root unless told so in words.
    user = ["--user=root"] if os.geteuid() == 0 else []
    if not (folder / "data" / "mysql").exists():
        _install_mariadb(folder, user)
    unsafe_but_fast = ["--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]
    command = [
        _path_of("mariadbd"),
        "--no-defaults",
        f"--datadir={folder}/data",
        f"--tmpdir={folder}",
        f"--pid-file={folder}/mariadb.pid",
        f"--socket={_mariadb_socket(folder)}",
        "--skip-networking",
        "--performance-schema=0",
        "--innodb-buffer-pool-size=64M",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_ci",
        *unsafe_but_fast,
        *user,
        *options,
    ]
    with _running(command, lambda: _mariadb_answers(folder), folder / "mariadb.log"):
        yield mariadb_url(folder)


@contextmanager
def redis_server(folder: Path, url: str | None = None) -> Iterator[str]:
    """An empty Redis in `folder`; gives its address for CELERY_BROKER_URL, which is `url` for one that comes back."""
    # The password keeps a run from taking another run's server on a contested port for its own.
    url = url or f"redis://:{secrets.token_hex(8)}@127.0.0.1:{_free_port()}/0"
    parts = urlsplit(url)
    port, password = parts.port, parts.password or ""
    listen = ["--bind", "127.0.0.1", "--port", str(port), "--requirepass", password]
    memory_only = ["--dir", str(folder), "--save", "", "--appendonly", "no"]
    with _running([_path_of("redis-server"), *listen, *memory_only], lambda: _redis_answers(url), folder / "redis.log"):
        yield url


@contextmanager
def _running(command: Sequence[str], answers: Callable[[], bool], log: Path) -> Iterator[None]:
    # The kernel stops the server when its parent is gone. A session of its own keeps Ctrl-C in the terminal
    # from it, so that the test database can still be dropped.
    bound_to_parent = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    with log.open("ab") as output:
        server = subprocess.Popen(bound_to_parent, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait(server, answers, log)
        yield
    finally:
        _stop(server)


def _wait(server: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServiceError(f"{server.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _install_mariadb(folder: Path, user: Sequence[str]) -> None:
    # The small redo log spares 80 MB of writing at each start.
    command = [
        _path_of("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={folder}/data",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
        "--innodb-log-file-size=16M",
        *user,
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise ServiceError(f"mariadb-install-db failed:\n{made.stdout[-1000:]}{made.stderr[-1000:]}")


def _mariadb_socket(folder: Path) -> Path:
    return folder / "mariadb.sock"


def connect(folder: Path, name: str = "") -> Any:
    """A connection to the server in `folder`, and to its database `name`."""
    return MySQLdb.connect(unix_socket=str(_mariadb_socket(folder)), user="root", database=name)


def _mariadb_answers(folder: Path) -> bool:
    try:
        connection = connect(folder)
    except MySQLdb.OperationalError:
        return False
    connection.query("CREATE DATABASE IF NOT EXISTS reanimator CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    connection.close()
    return True


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _free_port() -> int:
    # Below the ephemeral range, where an outgoing connection could take the port before the server does.
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise ServiceError("no free port between 20000 and 32000")


def _path_of(program: str) -> str:
    path = _find(program)
    if path is None:
        raise ServiceError(f"{program} is not installed: apt-get install --no-install-recommends {PACKAGES}")
    return path


def _find(program: str) -> str | None:
    # Debian keeps servers in /usr/sbin, which is not on everybody's path.
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
