from django.db import migrations, models
from django.db.models import F

import registry.models.text


def take_up_what_waits(apps, schema_editor):
    """What was received and not parsed yet is to be parsed."""
    bundles = apps.get_model("ingest", "Bundle").objects.using(schema_editor.connection.alias)
    bundles.filter(status="received").update(step="parse", due_at=F("received_at"), attempts=0)


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_notes_and_versions")]

    operations = [
        migrations.AddField(
            model_name="bundle",
            name="step",
            field=registry.models.text.ExactCharField(blank=True, default="", editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name="bundle",
            name="due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="bundle",
            name="retries",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="bundle",
            name="fault",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.RunPython(take_up_what_waits, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="bundle",
            index=models.Index(fields=["step", "due_at"], name="bundle_by_step"),
        ),
    ]
