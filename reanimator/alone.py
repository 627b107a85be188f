"""Keeps jobs that all workers may be told to do from being done by several at once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection


@contextmanager
def alone(job: str, *, patience: int) -> Iterator[bool]:
    """Whether `job` is to be done now, by nobody else at that time.

    One that comes while it is done waits for its turn, `patience` seconds at most; any more need not, since that one
    has yet to begin. A lock ends with its database connection, so a dead worker holds none. It only spares work: such
    jobs are safe at once too. SQLite has one writer at a time anyway.
    """
    if connection.vendor != "mysql":
        yield True
        return
    with ExitStack() as held:
        with _lock(f"{job} next", 0) as is_next:
            is_alone = is_next and held.enter_context(_lock(job, patience))
        yield is_alone


@contextmanager
def _lock(name: str, patience: int) -> Iterator[bool]:
    name = f"{connection.settings_dict['NAME']} {name}"[-64:]  # one server may hold several databases
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, %s)", [name, patience])
        is_mine = cursor.fetchone()[0] == 1
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("DO RELEASE_LOCK(%s)", [name])
