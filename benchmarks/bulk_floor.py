"""``python -m benchmarks.bulk_floor FILE``: the observations that are there, inserted again as barely as can be."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
import MySQLdb
from django.apps import apps
from django.db import connection, models

_BATCH = 5000
_MARKS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})


def main(arguments: Sequence[str]) -> int:
    """Inserts by `bulk_create`, and on MariaDB by LOAD DATA; gives the exit status. FILE is written on the way."""
    django.setup()
    observation = apps.get_model("ingest", "Observation")
    rows = list(observation.objects.order_by("id"))
    print(f"{len(rows)} observations")
    _time("bulk_create", observation, len(rows), lambda: observation.objects.bulk_create(rows, batch_size=_BATCH))
    if connection.vendor == "mysql":
        path = Path(arguments[0])
        began = time.monotonic()
        columns = _write(observation, path)
        print(f"writing the file: {time.monotonic() - began:.1f} s")
        _time("LOAD DATA LOCAL INFILE", observation, len(rows), lambda: _load(observation, path, columns))
    return 0


def _time(name: str, model: type[models.Model], count: int, insert: Callable[[], object]) -> None:
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")
        began, busy = time.monotonic(), time.process_time()
        insert()
        seconds, cpu = time.monotonic() - began, time.process_time() - busy
    there = model._default_manager.count()
    if there != count:
        raise SystemExit(f"{there} rows in place of {count}")
    print(f"{name}: {seconds:.1f} s, {count / seconds:.0f} rows/s; CPU {cpu:.1f} s beside the database's")


def _write(model: type[models.Model], path: Path) -> list[str]:
    """Writes the table as tab-separated text; gives its columns."""
    with connection.cursor() as cursor, path.open("w") as file:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")
        columns = [str(column[0]) for column in cursor.description]
        while rows := cursor.fetchmany(_BATCH):
            file.writelines("\t".join(map(_cell, row)) + "\n" for row in rows)
    return columns


def _cell(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(_MARKS)


def _load(model: type[models.Model], path: Path, columns: Sequence[str]) -> None:
    settings = connection.get_connection_params()
    names = ("user", "database", "unix_socket", "host", "port", "charset")
    own = MySQLdb.connect(local_infile=True, **{name: settings[name] for name in names if name in settings})
    with own.cursor() as cursor:
        cursor.execute(
            f"LOAD DATA LOCAL INFILE %s INTO TABLE {model._meta.db_table} CHARACTER SET utf8mb4 ({', '.join(columns)})",
            [str(path)],
        )
    own.commit()
    own.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
