"""What an identity conflict is about, by which decisions know it again."""

import hashlib
import json

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import registry.models.text


def subject(kind: str, name: str, asset: str, other_asset: str | None) -> str:
    """As `timeline.services.histories` makes it."""
    assets = [asset] if other_asset is None else sorted((asset, other_asset))
    content = json.dumps([kind, name, *assets], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def fill_in(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Gives the conflicts that are known their subjects."""
    conflicts = apps.get_model("timeline", "IdentityConflict").objects
    for row in conflicts.values_list("id", "kind", "name", "asset__identity", "other_asset__identity"):
        conflicts.filter(id=row[0]).update(subject=subject(*row[1:]))


class Migration(migrations.Migration):
    dependencies = [("timeline", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="identityconflict",
            name="subject",
            field=registry.models.text.ExactCharField(db_index=True, default="", max_length=32),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
