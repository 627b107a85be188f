"""Servers and other chassis."""

from typing import Any

from django.db import models
from django.utils import timezone

from registry.domain.vocabulary import AssetStatus
from registry.models.owners import Location, Project
from registry.models.text import ExactCharField, LabelField


class Asset(models.Model):
    """A server or other chassis, known by vendor and serial number.

    `identity` names it in every database alike: the serial, and the vendor too where two vendors share one serial.
    Times and the last evidence are derived; the rest is the operators' to edit.
    """

    identity = ExactCharField(max_length=255, unique=True, editable=False)
    vendor = models.CharField(max_length=200, blank=True)
    serial = ExactCharField(max_length=128)
    serial_source = models.CharField(max_length=16, default="system", editable=False)
    model = models.CharField(max_length=200, blank=True)
    hostname = models.CharField(max_length=253, blank=True, db_index=True)
    tag = LabelField(max_length=64, blank=True, db_index=True)  # its owner's inventory number
    status = models.CharField(
        max_length=16, choices=[(status.value, status.value) for status in AssetStatus], default=AssetStatus.ACTIVE
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="assets", null=True, blank=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="assets", null=True, blank=True)
    declared = models.BooleanField(default=False, editable=False)  # entered by a person, not only read from a bundle
    has_conflicts = models.BooleanField(default=False, editable=False)
    first_seen_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    last_evidence = ExactCharField(max_length=64, blank=True, editable=False)
    # The snapshot that was the last evidence, and its digest: the same again changes nothing.
    last_snapshot = models.BigIntegerField(null=True, editable=False)
    last_snapshot_digest = ExactCharField(max_length=32, blank=True, editable=False)
    stale = models.BooleanField(
        default=False, db_index=True, editable=False
    )  # snapshots were given to or taken from it
    # Until when its parts are known to sit there though no bundle says so: a person's or an import's word.
    confirmed_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)
    # Whether the reliability figures know its project, its place and its owner's word on its end.
    counted = models.BooleanField(default=False, db_default=False, db_index=True, editable=False)
    # Whether failures hang on what sat in which slot of it: `timeline` notes then what changes of that.
    watched = models.BooleanField(default=False, db_default=False, editable=False)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("serial", "id")
        indexes = (
            models.Index(fields=("serial",), name="asset_by_serial"),
            models.Index(fields=("last_seen_at", "id"), name="asset_by_last_seen"),
        )

    def __str__(self) -> str:
        return self.hostname or self.serial

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves it, to be counted anew; what is retired has a time of that, and nothing else has."""
        self.counted = False
        if self.status != AssetStatus.RETIRED:
            self.retired_at = None
        elif self.retired_at is None:
            self.retired_at = timezone.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "counted", "retired_at"}
        super().save(*args, **kwargs)
