"""The monthly rollup: adds and takes away what spells change in each month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.db import connection

from analytics.domain.spells import FOREVER, month_of
from analytics.models import MonthlyCount

_SUMS = ("change", "moment", "begun", "single_change")


def add_to_rollup(spells: Iterable[tuple[Any, ...]], sign: int) -> None:
    """Adds (`sign` 1) or takes away (-1) spells, given as (cohort, started, ended, single)."""
    sums = monthly(spells)
    rows = [(*place, *(sign * value for value in values)) for place, values in sorted(sums.items())]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_adding_insert(), rows)


def monthly(spells: Iterable[tuple[Any, ...]]) -> Mapping[tuple[int, int], tuple[int, int, int, int]]:
    """(cohort, month) → change, moment, begun, single_change, as `MonthlyCount` has them."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    months: dict[int, int] = {}
    for cohort, started, ended, single in spells:
        for at, change in ((started, 1), (ended, -1)):
            if at == FOREVER:
                continue
            if at not in months:
                months[at] = month_of(at)
            place = sums[(cohort, months[at])]
            place[0] += change
            place[1] += change * at
            if single:
                place[2] += change == 1
                place[3] += change
    return {place: (change, moment, begun, single) for place, (change, moment, begun, single) in sums.items()}


@cache
def _adding_insert() -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("cohort_id", "month", *_SUMS))
    start = f"INSERT INTO {quote(MonthlyCount._meta.db_table)} ({columns}) VALUES (%s, %s, %s, %s, %s, %s)"
    names = [quote(name) for name in _SUMS]
    if connection.vendor == "mysql":
        return f"{start} ON DUPLICATE KEY UPDATE " + ", ".join(f"{name} = {name} + VALUES({name})" for name in names)
    return f"{start} ON CONFLICT (cohort_id, month) DO UPDATE SET " + ", ".join(
        f"{name} = {name} + excluded.{name}" for name in names
    )
