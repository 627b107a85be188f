"""Queries whose SQL is made once.

Django makes a query's SQL anew each time, which costs several times the CPU of running it. Where every upload passes,
that is most of the work.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler


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
