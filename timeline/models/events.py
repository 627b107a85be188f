"""Dated facts, derived from evidence."""

from django.db import models

from registry.models.text import ExactCharField


class Event(models.Model):
    """One dated fact on the timelines of a component and of one or two assets; derived, never edited.

    `key` is a digest of the event's content, `position` orders events: time, rank of the type, asset, component, key.
    `from_value` and `to_value` are slots (INSTALLED, MOVED, REMOVED), firmware versions or health words.
    """

    class Type(models.TextChoices):
        LOG_COLLECTED = "LOG_COLLECTED"
        INSTALLED = "INSTALLED"
        MOVED = "MOVED"
        REMOVED = "REMOVED"
        FIRMWARE_CHANGED = "FIRMWARE_CHANGED"
        HEALTH_CHANGED = "HEALTH_CHANGED"

    key = ExactCharField(max_length=64, unique=True)
    position = ExactCharField(max_length=64)
    type = models.CharField(max_length=20, choices=Type.choices)
    occurred_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    # Of the keys only the component's is searched by: `AssetEvent` leads from assets to events, and guards them.
    asset = models.ForeignKey(
        "registry.Asset", on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    component = models.ForeignKey(
        "registry.Component", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    from_asset = models.ForeignKey(
        "registry.Asset", on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    from_value = models.CharField(max_length=200, blank=True)
    to_value = models.CharField(max_length=200, blank=True)
    # Evidence is never deleted.
    bundle = models.ForeignKey(
        "ingest.Bundle", on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    assertion = models.ForeignKey(
        "timeline.Assertion",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        ordering = ("position", "id")
        indexes = (models.Index(fields=("component", "position"), name="event_of_component"),)

    def __str__(self) -> str:
        return f"{self.type} at {self.occurred_at:%Y-%m-%d %H:%M}"


class AssetEvent(models.Model):
    """An event's place on one asset's timeline: a move between assets has two."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="places")
    asset = models.ForeignKey("registry.Asset", on_delete=models.PROTECT, related_name="events", db_index=False)
    position = ExactCharField(max_length=64)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("asset", "position"), name="event_once_on_an_asset"),)

    def __str__(self) -> str:
        return f"{self.asset_id}: {self.position}"


class FirmwarePeriod(models.Model):
    """A component ran one firmware during ``[started_at, ended_at)``; derived. The last one is open."""

    component = models.ForeignKey(
        "registry.Component", on_delete=models.CASCADE, related_name="firmware_periods", db_index=False
    )
    firmware = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    open_component = models.OneToOneField("registry.Component", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering = ("started_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("component", "started_at"), name="one_firmware_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, open_component__isnull=False)
                & models.Q(open_component=models.F("component"))
                | models.Q(ended_at__isnull=False, open_component__isnull=True, ended_at__gt=models.F("started_at")),
                name="firmware_period_open_or_closed",
            ),
        )

    def __str__(self) -> str:
        return self.firmware
