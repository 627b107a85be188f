from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_more_vendor_aliases"),
    ]

    operations = [
        migrations.AddField(
            model_name="asset", name="confirmed_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddField(model_name="asset", name="retired_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            model_name="asset",
            name="counted",
            field=models.BooleanField(db_default=False, db_index=True, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="component",
            name="counted",
            field=models.BooleanField(db_default=False, db_index=True, default=False, editable=False),
        ),
    ]
