"""Queries whose SQL is made once.

Django makes a query's SQL anew each time, which costs several times the CPU of running it. Where every upload passes,
that is most of the work.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)

_LONGEST_LIST = 20_000  # of ids: SQLite takes statements of a megabyte


class CompiledQuery:
    """The rows of a `values_list` query as tuples, for one value that changes from call to call.

    `build` makes the query for a value. `placeholder` is a value of its column's type that occurs nowhere else in it.
    """

    def __init__(self, build: Callable[[Any], "QuerySet[Any, Any]"], placeholder: Any) -> None:
        self.build = build
        self.placeholder = placeholder
        self.compiled: tuple[str, tuple[Any, ...], SQLCompiler, Any] | None = None

    def rows(self, value: Any) -> list[tuple[Any, ...]]:
        """The rows for `value`, with one round trip."""
        sql, parameters, compiler, converters = self.compiled or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(sql, [value if given == self.placeholder else given for given in parameters])
            rows = cursor.fetchall()
        return [tuple(row) for row in compiler.apply_converters(rows, converters)] if converters else rows

    def _compile(self) -> tuple[str, tuple[Any, ...], SQLCompiler, Any]:
        compiler = self.build(self.placeholder).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        self.compiled = (sql, tuple(parameters), compiler, converters)
        return self.compiled


class CompiledRows(Generic[Row]):
    """As `CompiledQuery`, for the rows of a model as instances; `build` makes the query for a value."""

    def __init__(self, build: Callable[[Any], "QuerySet[Row, Row]"], placeholder: Any) -> None:
        self.model = build(placeholder).model
        self.names = [field.attname for field in self.model._meta.concrete_fields]
        self.query = CompiledQuery(lambda value: build(value).values_list(*self.names), placeholder)

    def first(self, value: Any) -> Row | None:
        """The first row for `value`."""
        rows = self.query.rows(value)
        return self.model.from_db(connection.alias, self.names, rows[0]) if rows else None


def update_where(model: type[models.Model], changes: dict[str, Any], where: dict[str, Any]) -> int:
    """Writes `changes` to the rows whose columns are as in `where`; gives how many these are.

    Names are of columns (``asset_id``), values ready for them; in `where`, None stands for NULL.
    """
    given = [value for value in where.values() if value is not None]
    adapt = connection.ops.adapt_datetimefield_value
    values = [adapt(value) if isinstance(value, datetime) else value for value in (*changes.values(), *given)]
    missing = frozenset(name for name, value in where.items() if value is None)
    with connection.cursor() as cursor:
        cursor.execute(_update(model, tuple(changes), tuple(where), missing), values)
        return int(cursor.rowcount)


def update_ids(model: type[models.Model], changes: dict[str, Any], ids: Collection[int]) -> None:
    """Writes `changes` to the rows with those ids, of which there is one at least."""
    adapt = connection.ops.adapt_datetimefield_value
    values = [adapt(value) if isinstance(value, datetime) else value for value in changes.values()]
    ordered = sorted(int(key) for key in ids)
    for start in range(0, len(ordered), _LONGEST_LIST):
        keys = ", ".join(map(str, ordered[start : start + _LONGEST_LIST]))
        with connection.cursor() as cursor:
            cursor.execute(f"{_update(model, tuple(changes), (), frozenset())} WHERE id IN ({keys})", values)


@cache
def _update(
    model: type[models.Model], changed: tuple[str, ...], compared: tuple[str, ...], missing: frozenset[str]
) -> str:
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(name)} = %s" for name in changed)
    conditions = [f"{quote(name)} IS NULL" if name in missing else f"{quote(name)} = %s" for name in compared]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"UPDATE {quote(model._meta.db_table)} SET {changes}{where}"
