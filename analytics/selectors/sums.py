"""Sums over the counted tables: SQL that both engines take.

Times stand in it as whole seconds; a group's number comes by its cohort from a table that travels with the query.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import connection, models

from analytics.domain.spells import FOREVER


def greatest(*terms: str) -> str:
    """The largest of several values."""
    return f"{'GREATEST' if connection.vendor == 'mysql' else 'MAX'}({', '.join(terms)})"


def least(*terms: str) -> str:
    """The smallest of several values."""
    return f"{'LEAST' if connection.vendor == 'mysql' else 'MIN'}({', '.join(terms)})"


def whole(dividend: str, divisor: int) -> str:
    """A quotient rounded down, for what is not negative."""
    # Not FLOOR(a / b): that divides decimal numbers, which takes MariaDB several times as long.
    return (
        f"(({dividend}) DIV {divisor})"
        if connection.vendor == "mysql"
        else f"CAST(({dividend}) / {divisor} AS INTEGER)"
    )


def epoch(column: str) -> str:
    """A column of times in whole seconds since 1970."""
    if connection.vendor == "mysql":
        return f"TIMESTAMPDIFF(SECOND, '1970-01-01', {column})"
    return f"CAST(strftime('%s', substr({column}, 1, 19)) AS INTEGER)"


def evidence_ends(asset: str, silence: int) -> str:
    """Until when an asset's parts are taken to be there: its retirement, or `silence` after its last evidence."""
    seen, confirmed, retired = (f"{asset}.{name}_at" for name in ("last_seen", "confirmed", "retired"))
    last = greatest(f"COALESCE({epoch(seen)}, 0)", f"COALESCE({epoch(confirmed)}, 0)")
    never = f"{seen} IS NULL AND {confirmed} IS NULL"
    limit = f"CASE WHEN {never} THEN {FOREVER} ELSE {last} + {silence:d} END"
    return least(f"COALESCE({epoch(retired)}, {FOREVER})", limit)


def in_this_order() -> str:
    """A join that reads its first table first, whatever the engine thinks."""
    return "STRAIGHT_JOIN" if connection.vendor == "mysql" else "CROSS JOIN"


def by_index(name: str) -> str:
    """After a table: it is read by that index, whatever the engine's statistics say."""
    return f"FORCE INDEX ({name})" if connection.vendor == "mysql" else f"INDEXED BY {name}"


def groups_table() -> str:
    """The number of each cohort's group, as a table ``g (cohort, number, weight)`` made of what `rows` is given."""
    if connection.vendor == "mysql":
        columns = "cohort BIGINT PATH '$[0]', number INT PATH '$[1]', weight BIGINT PATH '$[2]'"
        return f"JSON_TABLE(%s, '$[*]' COLUMNS ({columns})) g"
    columns = ", ".join(
        f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(("cohort", "number", "weight"))
    )
    return f"(SELECT {columns} FROM json_each(%s)) g"


def rows(
    sql: str, group_of: Mapping[int, int] | None = None, weights: Sequence[int] | None = None
) -> list[tuple[int, ...]]:
    """The rows of whole numbers that `sql` gives, NULL as 0; as for `told_rows`."""
    return [tuple(int(value or 0) for value in row) for row in told_rows(sql, group_of, weights)]


def told_rows(
    sql: str, group_of: Mapping[int, int] | None = None, weights: Sequence[int] | None = None
) -> list[tuple[Any, ...]]:
    """The rows that `sql` gives. `group_of` is what `groups_table` stands for in it, `weights` that of each group."""
    with connection.cursor() as cursor:
        if group_of is None:
            cursor.execute(sql)
        else:
            told = [_told(group_of, weights)] * sql.count(groups_table())
            cursor.execute(sql.replace("strftime('%s'", "strftime('%%s'"), told)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _told(group_of: Mapping[int, int], weights: Sequence[int] | None) -> str:
    told = sorted(group_of.items())
    return orjson.dumps(told if weights is None else [(*row, weights[row[1]]) for row in told]).decode()


def table(model: type[models.Model]) -> str:
    """The name of a model's table."""
    return connection.ops.quote_name(model._meta.db_table)
