"""The product's own processes for tests: web server, workers, beat; each with a log, each ended by the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PATIENCE = 60  # for a machine that does much else
BOUND_TO_US = ("setpriv", "--pdeathsig", "KILL", "--")  # no test run leaves anything running, even when it is killed
WORKER = (
    "celery",
    "--app",
    "reanimator.celery",
    "worker",
    "--loglevel",
    "INFO",
    "--without-gossip",
    "--without-mingle",
)


class Running:
    """A program of the virtual environment, stopped at the end; `before` is what starts it, with its options."""

    def __init__(
        self, command: tuple[str, ...], environment: Mapping[str, str], log: Path, before: tuple[str, ...] = ()
    ) -> None:
        self.log = log
        program = str(Path(sys.executable).with_name(command[0]))
        with log.open("ab") as output:
            # A session of its own, so that it can be killed with all its children.
            self.process = subprocess.Popen(
                [*BOUND_TO_US, *before, program, *command[1:]],
                cwd=REPOSITORY,
                env=dict(environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()

    def kill(self) -> None:
        """Ends it and its children as a power cut does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def told(self) -> str:
        """All that it logged."""
        return self.log.read_text(errors="replace")

    def wait_for(self, word: str) -> None:
        """Returns when it has logged `word`."""
        wait_until(lambda: word in self.told(), self.log)


def worker(environment: Mapping[str, str], log: Path, *, processes: int = 1, with_beat: bool = False) -> Running:
    """A worker, with a scheduler of its own or without."""
    pool = ("--pool", "prefork", "--concurrency", str(processes)) if processes > 1 else ("--pool", "solo")
    schedule = ("--beat", "--schedule", f"{log}.schedule") if with_beat else ()
    return Running((*WORKER, *pool, *schedule), environment, log)


def beat(environment: Mapping[str, str], folder: Path, name: str = "beat") -> Running:
    """A scheduler of the periodic jobs."""
    command = ("celery", "--app", "reanimator.celery", "beat", "--schedule", str(folder / f"{name}.schedule"))
    return Running((*command, "--pidfile="), environment, folder / f"{name}.log")


def web(environment: Mapping[str, str], log: Path, before: tuple[str, ...] = ()) -> tuple[Running, str]:
    """A web server, and its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    server = Running(("gunicorn", "reanimator.wsgi"), {**environment, "WEB_BIND": f"127.0.0.1:{port}"}, log, before)
    wait_until(lambda: _answers(port), log)
    return server, f"http://127.0.0.1:{port}"


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(come: Callable[[], bool], log: Path) -> None:
    """Returns when it has come to pass; fails with the end of `log` when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not come():
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-5000:]
        time.sleep(0.1)
