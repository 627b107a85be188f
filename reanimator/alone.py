"""Keeps jobs that all workers may be told to do from being done by several at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(job: str) -> Iterator[bool]:
    """Whether nobody else does `job` now; the lock ends with the database connection, so a dead worker holds none.

    Such jobs are safe at once too: this only spares the work. SQLite has one writer at a time anyway.
    """
    if connection.vendor != "mysql":
        yield True
        return
    name = f"{connection.settings_dict['NAME']}.{job}"[-64:]
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", [name])
        is_mine = cursor.fetchone()[0] == 1
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("DO RELEASE_LOCK(%s)", [name])
