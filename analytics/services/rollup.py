"""The monthly rollup: adds and takes away what spells change in each month, and holds it against the spells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.db import connection, transaction

from analytics.domain.spells import FOREVER, month_of
from analytics.models import MonthlyCount, Spell
from registry.models.bulk import insert_rows

# The columns of a spell that the rollup depends on, and the sums that it holds.
ROLLED_UP = ("cohort", "started", "ended", "single", "aged")
_SUMS = ("change", "moment", "begun", "single_change", "unaged_begun", "unaged_change")

Sums = Mapping[tuple[int, int], tuple[int, ...]]


def add_to_rollup(spells: Iterable[tuple[Any, ...]], sign: int) -> None:
    """Adds (`sign` 1) or takes away (-1) spells, given by the columns `ROLLED_UP`."""
    rows = [(*place, *(sign * value for value in sums)) for place, sums in sorted(monthly(spells).items())]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_adding_insert(), rows)


def monthly(spells: Iterable[tuple[Any, ...]]) -> Sums:
    """(cohort, month) → the sums of `MonthlyCount`."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * len(_SUMS))
    month = cache(month_of)
    for cohort, started, ended, single, aged in spells:
        begins = sums[(cohort, month(started))]
        begins[0] += 1
        begins[1] += started
        if single:
            begins[2] += 1
            begins[3] += 1
            begins[4] += not aged
            begins[5] += not aged
        if ended == FOREVER:
            continue
        ends = sums[(cohort, month(ended))]
        ends[0] -= 1
        ends[1] -= ended
        if single:
            before = sums[(cohort, month(ended - 1))]
            before[3] -= 1
            before[5] -= not aged
    return {place: tuple(values) for place, values in sums.items()}


def remake_rollup() -> None:
    """Makes the rollup what the spells add up to, whatever it was. Nobody may count meanwhile."""
    wanted = _sums_of_spells()
    with transaction.atomic():
        MonthlyCount.objects.all().delete()
        insert_rows(MonthlyCount, ("cohort", "month", *_SUMS), [(*place, *sums) for place, sums in wanted.items()])


def _sums_of_spells() -> Sums:
    return monthly(Spell.objects.order_by().values_list(*ROLLED_UP).iterator(chunk_size=10_000))


def rollup_differences() -> int:
    """How many of the rollup's months differ from what the spells add up to; 0 when all is well."""
    there = {
        (cohort, month): tuple(sums)
        for cohort, month, *sums in MonthlyCount.objects.order_by().values_list("cohort", "month", *_SUMS)
        if any(sums)
    }
    wanted = {place: sums for place, sums in _sums_of_spells().items() if any(sums)}
    return sum(there.get(place) != wanted.get(place) for place in there.keys() | wanted.keys())


@cache
def _adding_insert() -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("cohort_id", "month", *_SUMS))
    marks = ", ".join(["%s"] * (2 + len(_SUMS)))
    start = f"INSERT INTO {quote(MonthlyCount._meta.db_table)} ({columns}) VALUES ({marks})"
    names = [quote(name) for name in _SUMS]
    if connection.vendor == "mysql":
        return f"{start} ON DUPLICATE KEY UPDATE " + ", ".join(f"{name} = {name} + VALUES({name})" for name in names)
    changes = ", ".join(f"{name} = {name} + excluded.{name}" for name in names)
    return f"{start} ON CONFLICT (cohort_id, month) DO UPDATE SET {changes}"
