"""``python -m benchmarks.reliability``: figures of a year and a life curve, from fleets of several sizes."""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.processes import ROOT
from benchmarks.reliability.fleet import build
from benchmarks.reliability.questions import Measured, largest_memory
from benchmarks.reliability.seeding import fill_tables, write_files
from tests import services

SIZES = (100_000, 1_000_000)
PRODUCT = ("-m", "benchmarks.with_django", "benchmarks.reliability.product")
RIVALS = ("-m", "benchmarks.reliability.rivals")
SERVER = ("--innodb-buffer-pool-size=512M", "--innodb-log-file-size=256M", "--local-infile=1")


class DifferentAnswers(RuntimeError):
    """The engines do not agree: one of them is wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `database_megabytes`: the most that MariaDB had in memory so far."""

    installations: int
    question: str
    engine: str
    measured: Measured
    database_megabytes: float | None = None


def main(arguments: Sequence[str]) -> int:
    """Runs what was asked for; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="installations of each fleet")
    parser.add_argument("--rounds", type=int, default=5, help="times that each question is asked (5)")
    parser.add_argument("--parts", type=int, default=20_000, help="components to be counted (20,000)")
    options = parser.parse_args(arguments)
    lines: list[Line] = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="reanimator-bench-") as name:
            lines += _of_size(size, options, Path(name))
    print(_table(lines))
    return 0


def _of_size(size: int, options: argparse.Namespace, folder: Path) -> list[Line]:
    with services.mariadb(folder, *SERVER) as url:
        environment = _environment(url)
        _run(environment, "manage.py", "migrate", "--no-input", "--verbosity=0")
        parts = urlsplit(url)
        server = int((folder / "mariadb.pid").read_text())
        fleet = build(size)
        write_files(fleet, folder)
        fill_tables(fleet, parse_qs(parts.query)["unix_socket"][0], parts.path[1:], folder)
        del fleet
        rolled_up = float(_run(environment, *PRODUCT, "roll up"))
        sys.stderr.write(f"{size}: rolled up in {rolled_up:.1f} s\n")
        lines: list[Line] = []
        asked = f"--rounds={options.rounds}"
        for question in ("year", "curve"):
            lines += [
                Line(size, question, engine, _measured(environment, *RIVALS, engine, question, str(folder), asked))
                for engine in ("duckdb", "polars")
            ]
            ours = ("year", "rollup") if question == "year" else ("curve",)
            for name in ours:
                measured = _measured(environment, *PRODUCT, name, asked)
                engine = "MariaDB, rollup" if name == "rollup" else "MariaDB"
                lines.append(Line(size, question, engine, measured, largest_memory(server)))
            _compare(lines, question)
        counted = float(_run(environment, *PRODUCT, "counting", f"--parts={options.parts}"))
        sys.stderr.write(f"{size}: {counted:,.0f} components counted a second\n")
    return lines


def _environment(url: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "reanimator.settings",
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": "",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LOG_LEVEL": "WARNING",
    }


def _run(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def _measured(environment: Mapping[str, str], *arguments: str) -> Measured:
    return Measured(**json.loads(_run(environment, *arguments)))


def _compare(lines: Sequence[Line], question: str) -> None:
    answers = {line.engine: line.measured.digest for line in lines if line.question == question}
    if len(set(answers.values())) > 1:
        raise DifferentAnswers(f"{question}: {answers}")


def _table(lines: Sequence[Line]) -> str:
    """A Markdown table; `of duckdb` compares within one size and question."""
    told = [
        "| installations | question | engine          | rows   | seconds | of duckdb | memory, MB | database, MB |",
        "| ------------: | -------- | --------------- | -----: | ------: | --------: | ---------: | -----------: |",
    ]
    duckdb = {(one.installations, one.question): one.measured.seconds for one in lines if one.engine == "duckdb"}
    for one in lines:
        ratio = one.measured.seconds / duckdb[one.installations, one.question]
        database = "" if one.database_megabytes is None else f"{one.database_megabytes:.0f}"
        told.append(
            f"| {one.installations:13,} | {one.question:<8} | {one.engine:<15} | {one.measured.rows:6,} "
            f"| {one.measured.seconds:7.3f} | {ratio:9.2f} | {one.measured.megabytes:10.0f} | {database:>12} |"
        )
    return "\n".join(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
