"""Writes many rows with one statement: twice as fast as model instances where bundles come in."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models


def insert_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore: bool = False
) -> None:
    """Inserts `rows`, whose values stand in the order of `fields` and are ready for their columns.

    Foreign keys are ids, JSON is text, times are aware. Field defaults are not filled in: name each column.
    `ignore`: rows that a unique constraint refuses are passed over.
    """
    values = [tuple(_adapted(value) for value in row) for row in rows]
    if not values:
        return
    meta, quote = model._meta, connection.ops.quote_name
    columns = ", ".join(quote(_column(model, name)) for name in fields)
    marks = ", ".join(["%s"] * len(fields))
    verb = connection.ops.insert_statement() if not ignore else ignoring_insert()
    with connection.cursor() as cursor:
        cursor.executemany(f"{verb} {quote(meta.db_table)} ({columns}) VALUES ({marks})", values)


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes `fields` of the rows whose ids stand first in each of `rows`, in one round trip.

    Values as for `insert_rows`.
    """
    values = [tuple(_adapted(value) for value in row) for row in rows]
    if not values:
        return
    if connection.vendor == "mysql":
        _update_from_json(model, fields, values)
    else:
        _update_one_by_one(model, fields, values)


def _update_one_by_one(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(_column(model, name))} = %s" for name in fields)
    statement = f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE id = %s"
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*row[1:], row[0]) for row in rows])


def _update_from_json(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """MariaDB has a round trip for each row of an UPDATE; reading the new values from one JSON text has one in all."""
    quote = connection.ops.quote_name
    columns = [_column(model, name) for name in fields]
    table = ", ".join(
        ["id BIGINT PATH '$[0]'"]
        + [
            f"{quote(column)} {_json_type(model, name)} PATH '$[{place}]'"
            for place, (column, name) in enumerate(zip(columns, fields, strict=True), start=1)
        ]
    )
    changes = ", ".join(f"target.{quote(column)} = told.{quote(column)}" for column in columns)
    statement = (
        f"UPDATE {quote(model._meta.db_table)} AS target "
        f"JOIN JSON_TABLE(%s, '$[*]' COLUMNS ({table})) AS told ON target.id = told.id SET {changes}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows, default=str, ensure_ascii=False)])


def _json_type(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if isinstance(field, models.ForeignKey):
        return "BIGINT"
    if isinstance(field, models.JSONField | models.TextField):
        return "LONGTEXT"
    if isinstance(field, models.CharField):
        return f"VARCHAR({field.max_length})"
    return str(field.db_type(connection))


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]


def ignoring_insert() -> str:
    """The beginning of an INSERT that passes over rows which a unique constraint refuses."""
    return "INSERT IGNORE INTO" if connection.vendor == "mysql" else "INSERT OR IGNORE INTO"


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
