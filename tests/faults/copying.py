"""Databases like the test's own on another server, without the time that migrations take."""

from contextlib import closing
from typing import Any

from django.db import connection


def copy_database(target: Any) -> None:
    """Makes `target`, a MySQLdb connection to an empty database, hold the tables, rows and triggers of Django's."""
    with connection.cursor() as ours, closing(target.cursor()) as theirs:
        theirs.execute("SET foreign_key_checks = 0")
        for table in _names(ours, "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'"):
            _copy_table(table, ours, theirs)
        for trigger in _names(ours, "SHOW TRIGGERS"):
            ours.execute(f"SHOW CREATE TRIGGER `{trigger}`")
            theirs.execute(ours.fetchone()[2])
    target.commit()


def _copy_table(table: str, ours: Any, theirs: Any) -> None:
    ours.execute(f"SHOW CREATE TABLE `{table}`")
    theirs.execute(ours.fetchone()[1])
    # Generated columns come of themselves.
    columns = ", ".join(
        f"`{name}`" for name in _names(ours, f"SHOW COLUMNS FROM `{table}` WHERE Extra NOT LIKE '%GENERATED%'")
    )
    ours.execute(f"SELECT {columns} FROM `{table}`")
    rows = ours.fetchall()
    if rows:
        marks = ", ".join(["%s"] * len(rows[0]))
        theirs.executemany(f"INSERT INTO `{table}` ({columns}) VALUES ({marks})", rows)


def _names(cursor: Any, question: str) -> list[str]:
    cursor.execute(question)
    return [row[0] for row in cursor.fetchall()]
