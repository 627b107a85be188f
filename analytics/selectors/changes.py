"""Whether anything changed since it was counted, and reading while others count."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from analytics.models import CountedFailure, Spell
from analytics.selectors.sums import table
from registry.models import Asset, Component


def has_changes() -> bool:
    """Whether there is something that was not counted yet; one query that looks into four indexes."""
    parts = [
        f"EXISTS (SELECT 1 FROM {table(model)} WHERE {condition})"
        for model, condition in (
            (Component, "counted = 0"),
            (Asset, "counted = 0"),
            (Spell, "component_id IS NULL"),
            (CountedFailure, "component_id IS NULL"),
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(parts)}")
        return bool(cursor.fetchone()[0])


@contextmanager
def consistent_reads() -> Iterator[None]:
    """All queries of the block see the database as it is at the first of them, whatever others write meanwhile.

    So groups add up to the whole while somebody counts, and nobody is held up. Inside of a transaction it does nothing.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "mysql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    else:
        # Not IMMEDIATE, as transactions usually are: that would keep everybody from writing.
        sqlite: Any = connection
        sqlite.ensure_connection()  # which sets the mode
        usual = sqlite.transaction_mode
        sqlite.transaction_mode = "DEFERRED"
        try:
            with transaction.atomic():
                yield
        finally:
            sqlite.transaction_mode = usual
