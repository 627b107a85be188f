"""``python -m benchmarks``: what it costs to take in a snapshot of 50 components, as a table."""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.kinds import KINDS, Fleet
from benchmarks.measuring import check_derived, grow, one_round
from benchmarks.processes import ROOT, Database, gunicorn, mariadb
from benchmarks.report import as_json, summarised, table

UPLOAD = "/ingest/logbundle"


def main(arguments: Sequence[str]) -> int:
    """Runs what was asked for; gives the exit status."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="reanimator-bench-") as name:
        folder = Path(name)
        with mariadb(folder) as database:
            environment = _environment(folder, database)
            _manage(environment, "migrate", "--no-input", "--verbosity=0")
            token = _manage(environment, "apitoken", "create", "bench", "--role=collector")
            if options.profile:
                return _profile(options, folder, environment, token)
            _measure(options, folder, database, environment, token)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="batches of each kind, which take turns (5)")
    parser.add_argument("--requests", type=int, default=100, help="requests of a batch (100)")
    parser.add_argument("--servers", type=int, default=100, help="servers that have a history before (100)")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.add_argument("--profile", choices=KINDS, metavar="KIND", help=f"profile one kind: {', '.join(KINDS)}")
    options = parser.parse_args(arguments)
    if min(options.rounds, options.requests, options.servers) < 1:
        parser.error("rounds, requests and servers must be 1 at least")
    return options


def _environment(folder: Path, database: Database) -> dict[str, str]:
    """The product's settings as in production, without a broker: the request does all the work."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "reanimator.settings",
        "DATABASE_URL": database.url,
        "BUNDLE_STORAGE_URL": f"file:{folder}/bundles",
        "CELERY_BROKER_URL": "",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "INFO",
    }


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def _measure(
    options: argparse.Namespace, folder: Path, database: Database, environment: Mapping[str, str], token: str
) -> None:
    fleet, access = Fleet(), {"Authorization": f"Token {token}"}
    with (
        gunicorn("benchmarks.floor", "/store", environment, {}, folder / "floor.log") as floor,
        gunicorn("reanimator.wsgi", UPLOAD, environment, access, folder / "product.log") as product,
    ):
        grow(fleet, product, options.servers)
        rounds = [one_round(fleet, product, floor, database, options.requests) for _ in range(options.rounds)]
    check_derived(database, options.rounds * options.requests)
    figures = summarised(rounds)
    print(as_json(figures) if options.json else table(figures))


def _profile(options: argparse.Namespace, folder: Path, environment: Mapping[str, str], token: str) -> int:
    command = [
        sys.executable, "-m", "benchmarks.profiling", options.profile, f"--path={UPLOAD}", f"--token={token}",
        f"--requests={options.requests}", f"--servers={options.servers}",
    ]  # fmt: skip
    log = folder / "profiling.log"
    with log.open("wb") as errors:
        status = subprocess.run(command, cwd=ROOT, env=environment, stderr=errors, check=False).returncode
    if status:
        sys.stderr.write(log.read_text(errors="replace")[-5000:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
