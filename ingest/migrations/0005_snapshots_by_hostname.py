from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0004_work")]

    operations = [
        migrations.AddIndex(
            model_name="snapshot",
            index=models.Index(fields=["hostname", "asset", "collected_at"], name="snapshot_by_hostname"),
        ),
    ]
