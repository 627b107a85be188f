"""No component in two places at once: overlapping installations of one component are refused by the database.

MariaDB has ranges that may not overlap (application-time periods, since 10.5); SQLite has triggers.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_OVERLAPS = """
    SELECT RAISE(ABORT, 'installation_overlaps: the component is in another place during that time')
    WHERE EXISTS (
        SELECT 1 FROM registry_installation
        WHERE component_id = NEW.component_id AND id <> NEW.id
          AND installed_at < NEW.ends_at AND ends_at > NEW.installed_at
    )
"""
_SQLITE = [
    f"CREATE TRIGGER installation_overlaps_{when} AFTER {event} ON registry_installation BEGIN {_OVERLAPS}; END"
    for when, event in (("insert", "INSERT"), ("update", "UPDATE OF component_id, installed_at, ends_at"))
]
_MARIADB = [
    "ALTER TABLE registry_installation ADD PERIOD FOR lifetime (installed_at, ends_at)",
    "ALTER TABLE registry_installation ADD CONSTRAINT installation_overlaps UNIQUE (component_id, lifetime WITHOUT OVERLAPS)",
]


def forbid_overlaps(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Adds the guard of the engine in use."""
    statements: list[Any] = _MARIADB if schema_editor.connection.vendor == "mysql" else _SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def allow_overlaps(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Takes the guard away."""
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute("ALTER TABLE registry_installation DROP CONSTRAINT installation_overlaps")
        schema_editor.execute("ALTER TABLE registry_installation DROP PERIOD FOR lifetime")
        return
    for when in ("insert", "update"):
        schema_editor.execute(f"DROP TRIGGER installation_overlaps_{when}")


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [migrations.RunPython(forbid_overlaps, allow_overlaps, atomic=False)]
