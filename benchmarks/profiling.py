"""``python -m benchmarks.profiling``: where one kind of request spends its time, and which statements it sends.

Started by ``python -m benchmarks --profile KIND``, with the settings in the environment. The requests are made within
this process, where the profiler sees them.
"""

import argparse
import cProfile
import io
import pstats
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.db import connection

from benchmarks.kinds import KINDS, Fleet
from benchmarks.measuring import grow, post
from reanimator.wsgi import application

LINES = 40
STATEMENT_LETTERS = 150


@dataclass(frozen=True, slots=True)
class InProcess:
    """The product without a web server around it."""

    path: str
    token: str

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": self.path,
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Token {self.token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        with closing(application(environ, lambda *_: bytes)) as answer:
            return answer.status_code, b"".join(answer)


@dataclass(slots=True)
class Statements:
    """An execute wrapper that notes what is sent to the database and how long the answer takes."""

    told: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.told.append(((time.perf_counter() - started) * 1000, " ".join(sql.split())))


def main(arguments: Sequence[str]) -> None:
    """Prints both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--servers", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--token", required=True)
    options = parser.parse_args(arguments)
    kind, fleet, product = KINDS[options.kind], Fleet(), InProcess(options.path, options.token)
    grow(fleet, product, options.servers)

    documents = [kind.document(fleet) for _ in range(options.requests)]
    # CPU time, as the table has it: waiting for the database is not the application's work.
    with cProfile.Profile(time.process_time) as profile:
        for document in documents:
            post(product, document, kind.status)
    for order in ("cumulative", "tottime"):
        pstats.Stats(profile, stream=sys.stdout).sort_stats(order).print_stats(LINES)

    statements = Statements()
    with connection.execute_wrapper(statements):
        post(product, kind.document(fleet), kind.status)
    print(f"Statements of one request ({kind.name}), with milliseconds until the answer:\n")
    for milliseconds, sql in statements.told:
        print(f"{milliseconds:7.2f}  {sql if len(sql) <= STATEMENT_LETTERS else sql[:STATEMENT_LETTERS] + '…'}")


if __name__ == "__main__":
    main(sys.argv[1:])
