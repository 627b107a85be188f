"""``python -m benchmarks.bulk FOLDER``: what `manage.py ingest` costs, beside bare inserts of the same rows."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT, cpu_ms, family_of, mariadb

_ENGINES = ("sqlite", "mariadb")
_KIB_A_PAGE = resource.getpagesize() // 1024


@dataclass(slots=True)
class Cost:
    """What a program took: seconds by the clock and of CPU, its own and the database's, and memory at its peak."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    database_seconds: float = 0.0
    peak_mib: int = 0

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s, CPU {self.cpu_seconds:.1f} s and database {self.database_seconds:.1f} s, "
            f"peak {self.peak_mib} MiB in all processes"
        )


def main(arguments: Sequence[str]) -> int:
    """Runs what was asked for; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the bundles")
    parser.add_argument("--engine", choices=_ENGINES, default="mariadb")
    parser.add_argument("--processes", help="as for `manage.py ingest`")
    options = parser.parse_args(arguments)
    many = ["--processes", options.processes] if options.processes else []
    with tempfile.TemporaryDirectory(prefix="reanimator-bulk-") as name, _database(options.engine, Path(name)) as place:
        url, pid = place
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "reanimator.settings",
            "DATABASE_URL": url,
            "BUNDLE_STORAGE_URL": f"file:{name}/bundles",
            "CELERY_BROKER_URL": "",
            "DEBUG": "false",
            "SECRET_KEY": "of a benchmark",
            "LOG_LEVEL": "WARNING",
        }
        _run(["manage.py", "migrate", "--no-input", "--verbosity=0"], environment, pid)
        cost = _run(["manage.py", "ingest", str(options.folder), *many], environment, pid)
        print(f"manage.py ingest: {cost}", flush=True)  # before what the next program prints
        _run(["-m", "benchmarks.bulk_floor", f"{name}/rows.tsv"], environment, pid)
    return 0


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """The DATABASE_URL and the process of a fresh database."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite3", None
        return
    with mariadb(folder) as server:
        yield server.url, server.pid


def _run(command: Sequence[str], environment: Mapping[str, str], database: int | None) -> Cost:
    cost, before, began = Cost(), cpu_ms(database) if database else 0.0, time.monotonic()
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=dict(environment))
    watching = threading.Thread(target=_watch, args=(process.pid, cost), daemon=True)
    watching.start()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    cost.seconds = time.monotonic() - began
    cost.cpu_seconds = usage.ru_utime + usage.ru_stime
    cost.database_seconds = (cpu_ms(database) - before) / 1000 if database else 0.0
    return cost


def _watch(pid: int, cost: Cost) -> None:
    """Notes the most memory that the process and its descendants have together, while it runs."""
    while Path(f"/proc/{pid}").exists():
        pages = sum(_resident_pages(member) for member in family_of(pid))
        cost.peak_mib = max(cost.peak_mib, pages * _KIB_A_PAGE // 1024)
        time.sleep(0.1)


def _resident_pages(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0  # it has ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
