"""The processes that are measured, a web server with one worker and a database, and the CPU time that they took."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import MySQLdb

from tests import services

ROOT = Path(__file__).resolve().parent.parent
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
ANSWER_SECONDS = 120
LOG_LETTERS = 3000
ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")
# As in production: a commit is on the disk before it is answered.
DURABLE = ("--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=1", "--innodb-buffer-pool-size=256M")


def cpu_ms(pid: int) -> float:
    """CPU milliseconds that the process and all its descendants have used, those included that have ended."""
    stats = dict(_stats())
    return sum(stats[member][1] for member in _family(pid, stats) & stats.keys()) * 1000 / TICKS_A_SECOND


def family_of(pid: int) -> set[int]:
    """The process and all its descendants."""
    return _family(pid, dict(_stats()))


def _family(pid: int, stats: Mapping[int, tuple[int, int]]) -> set[int]:
    family = {pid}
    while found := {child for child, (parent, _) in stats.items() if parent in family} - family:
        family |= found
    return family


def _stats() -> Iterator[tuple[int, tuple[int, int]]]:
    """Each process with its parent and its clock ticks."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The program's name, in parentheses, may hold anything.
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        yield int(path.parent.name), (int(fields[1]), sum(map(int, fields[11:15])))


@dataclass(frozen=True, slots=True)
class Database:
    """A running private MariaDB."""

    pid: int
    url: str
    connection: MySQLdb.Connection

    def ask(self, statement: str) -> list[tuple[str, str]]:
        """The rows of a statement that gives two columns."""
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def statements(self) -> int:
        """How many statements clients have sent so far, this question included."""
        return int(self.ask("SHOW GLOBAL STATUS LIKE 'Questions'")[0][1])


@contextmanager
def mariadb(folder: Path) -> Iterator[Database]:
    """A fresh private MariaDB in `folder`, as durable as in production."""
    with services.mariadb(folder, *DURABLE) as url:
        parts = urlsplit(url)
        path = parse_qs(parts.query)["unix_socket"][0]
        with closing(MySQLdb.connect(unix_socket=path, user="root", database=parts.path[1:], autocommit=True)) as own:
            yield Database(int((folder / "mariadb.pid").read_text()), url, own)


@dataclass(frozen=True, slots=True)
class Server:
    """A running web server, where documents are posted to, and a connection to it."""

    pid: int
    path: str
    connection: http.client.HTTPConnection
    headers: Mapping[str, str]

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self.connection.request("POST", self.path, body, {"Content-Type": "application/json", **self.headers})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def gunicorn(
    application: str, path: str, environment: Mapping[str, str], headers: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """`application`, served as the product is (gunicorn.conf.py) by one worker, which is never replaced."""
    with log.open("ab") as output, socket.create_server(("127.0.0.1", 0)) as listener:
        address, port = listener.getsockname()
        process = subprocess.Popen(
            [*ENDS_WITH_US, sys.executable, "-m", "gunicorn", "--workers=1", "--max-requests=0", application],
            cwd=ROOT,
            env={**environment, "WEB_BIND": f"fd://{listener.fileno()}"},
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=output,
        )
    connection = http.client.HTTPConnection(address, port, timeout=ANSWER_SECONDS)
    try:
        yield Server(process.pid, path, connection, headers)
    except Exception:
        sys.stderr.write(f"{log.name} ends with:\n{log.read_text(errors='replace')[-LOG_LETTERS:]}\n")
        raise
    finally:
        connection.close()
        process.send_signal(signal.SIGTERM)
        process.wait()
