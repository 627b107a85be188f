"""Writes many rows with one statement: twice as fast as model instances where bundles come in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts `rows`, whose values stand in the order of `fields` and are ready for their columns.

    Foreign keys are ids, JSON is text, times are aware. Field defaults are not filled in: name each column.
    """
    meta, quote = model._meta, connection.ops.quote_name
    columns = ", ".join(quote(meta.get_field(name).column) for name in fields)
    marks = ", ".join(["%s"] * len(fields))
    adapt = connection.ops.adapt_datetimefield_value
    values = [tuple(adapt(value) if isinstance(value, datetime) else value for value in row) for row in rows]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({marks})", values)
