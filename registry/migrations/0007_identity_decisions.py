"""What operators decided about who is who."""

import django.db.models.deletion
import registry.models.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_counted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("merge", "merge"),
                            ("merge_slots", "merge_slots"),
                            ("split_slots", "split_slots"),
                            ("split_asset", "split_asset"),
                            ("ignore", "ignore"),
                        ],
                        max_length=16,
                    ),
                ),
                ("asset", registry.models.text.ExactCharField(blank=True, max_length=255)),
                ("conflict", registry.models.text.ExactCharField(blank=True, db_index=True, max_length=32)),
                ("note", models.TextField(blank=True)),
                ("bound", models.JSONField(default=list, editable=False)),
                ("decided_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-decided_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="DecidedName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("name", registry.models.text.ExactCharField(max_length=255)),
                ("lookup", registry.models.text.ExactCharField(db_index=True, max_length=255)),
                ("vendor", models.CharField(blank=True, max_length=200)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="names",
                        to="registry.identitydecision",
                    ),
                ),
            ],
            options={
                "ordering": ("decision", "place"),
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "place"), name="decided_name_once_per_place")
                ],
            },
        ),
    ]
