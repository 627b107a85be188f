"""Replaceable parts, the batches they came in, and where they sat."""

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from registry.domain.vocabulary import ComponentType, Health, RemovalReason, Status
from registry.models.assets import Asset
from registry.models.text import ExactCharField

# The end of an open installation, for the database: ranges that may not overlap need an end.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Lot(models.Model):
    """A batch of components made or bought together: the unit in which bad batches show.

    `manufactured_on`: when those of its components were made that tell no day of their own.
    """

    code = ExactCharField(max_length=128, unique=True)
    vendor = models.CharField(max_length=200, blank=True)
    manufactured_on = models.DateField(null=True, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("code", "id")

    def __str__(self) -> str:
        return self.code

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves it; its components' ages may follow from it, so they are counted anew."""
        super().save(*args, **kwargs)
        self.components.filter(counted=True).update(counted=False)


class Component(models.Model):
    """A replaceable part with a life of its own.

    `lookup` is the strongest thing known of it (serial, other identifier, or position) and may be shared by parts
    of different vendors; `identity` is unique, and the same in every database that has the same evidence.
    All else but `lot` and `manufactured_on` set by a person is derived from evidence by `timeline`:
    `fold_state` is what the fold must remember to go on from the last evidence (`last_evidence_at`, `last_evidence`).
    """

    type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ComponentType])
    identity = ExactCharField(max_length=255, unique=True, editable=False)
    lookup = ExactCharField(max_length=255, db_index=True, editable=False)
    vendor = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    part_number = models.CharField(max_length=200, blank=True)
    serial = ExactCharField(max_length=128, blank=True)
    identifiers = models.JSONField(default=list, blank=True, editable=False)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="components", null=True, blank=True)
    manufactured_on = models.DateField(null=True, blank=True)
    declared = models.BooleanField(default=False, editable=False)

    status = models.CharField(
        max_length=16,
        choices=[(status.value, status.value) for status in Status],
        default=Status.UNPLACED,
        editable=False,
    )
    asset = models.ForeignKey(
        Asset,
        on_delete=models.PROTECT,
        related_name="components",
        null=True,
        blank=True,
        editable=False,
        db_index=False,  # as all keys whose column begins another index
    )
    slot = models.CharField(max_length=200, blank=True, editable=False)
    installed_at = models.DateTimeField(null=True, editable=False)
    firmware = models.CharField(max_length=200, blank=True, editable=False)
    health = models.CharField(
        max_length=16,
        choices=[(health.value, health.value) for health in Health],
        default=Health.UNKNOWN,
        editable=False,
    )
    first_seen_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    last_evidence_at = models.DateTimeField(null=True, editable=False)
    last_evidence = ExactCharField(max_length=64, blank=True, editable=False)
    # The digest of the last sighting, while nothing else came after it: the same sighting again changes nothing.
    last_sighting = ExactCharField(max_length=32, blank=True, editable=False)
    fold_state = models.JSONField(default=dict, editable=False)
    # Its evidence was given to it or taken from it: `timeline` derives it anew, and drops it when nothing is left.
    stale = models.BooleanField(default=False, db_index=True, editable=False)
    # Whether the reliability figures know its history and its failures as they are.
    counted = models.BooleanField(default=False, db_default=False, db_index=True, editable=False)
    # Whether failures or tickets hang on where it sat and when: `timeline` notes then what changes of that.
    watched = models.BooleanField(default=False, db_default=False, editable=False)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("serial",), name="component_by_serial"),
            models.Index(fields=("asset", "type", "slot"), name="component_by_place"),
            models.Index(fields=("type", "model"), name="component_by_model"),
            models.Index(fields=("vendor",), name="component_by_vendor"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.serial or self.slot or self.model or self.identity}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves it, to be counted anew."""
        self.counted = False
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "counted"}
        super().save(*args, **kwargs)


class ComponentIdentifier(models.Model):
    """A WWN, UUID or MAC address seen on a component; on two components it tells them apart no longer."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="identifier_rows", db_index=False)
    type = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    value = ExactCharField(max_length=128)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("component", "kind", "value"), name="identifier_once_per_component"),
        )
        indexes = (models.Index(fields=("value", "kind", "type"), name="identifier_by_value"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Questions about installations."""

    def open_at(self, moment: datetime) -> "InstallationQuerySet":
        """Those in force at `moment`: it lies in ``[installed_at, removed_at)``."""
        return self.filter(installed_at__lte=moment, ends_at__gt=moment)

    def of_type(self, kind: str) -> "InstallationQuerySet":
        """Those of components of one type."""
        return self.filter(component__type=kind)


class Installation(models.Model):
    """A component in a slot of an asset during ``[installed_at, removed_at)``.

    Derived by `timeline` from evidence, never edited. Open: `removed_at` is NULL, `ends_at` is `FOREVER` and
    `open_component` is the component; closed: `ends_at` is `removed_at` and `open_component` is NULL.
    The database refuses overlapping intervals of one component, and a second open one.
    """

    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="installations", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="installations", db_index=False)
    slot = models.CharField(max_length=200, blank=True)
    installed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(default=FOREVER, editable=False)
    # Why it ended; written by `tickets`, which knows of failures. NULL: it is open, or nothing is known of that.
    # NULL and not blank, since for a column that cannot be NULL SQLite makes the table anew, and loses its triggers.
    removal_reason = models.CharField(  # noqa: DJ001  # as said above
        max_length=8, choices=[(reason.value, reason.value) for reason in RemovalReason], null=True, editable=False
    )
    open_component = models.OneToOneField(
        Component, on_delete=models.PROTECT, related_name="open_installation", null=True, editable=False
    )

    objects = InstallationQuerySet.as_manager()

    class Meta:
        ordering = ("installed_at", "id")
        indexes = (
            models.Index(fields=("component", "installed_at"), name="installation_of_component"),
            models.Index(fields=("asset", "ends_at", "installed_at"), name="installation_in_asset"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("installed_at")), name="installation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=(
                    Q(removed_at__isnull=True, ends_at=FOREVER, open_component__isnull=False)
                    & Q(open_component=models.F("component"))
                )
                | Q(removed_at__isnull=False, removed_at=models.F("ends_at"), open_component__isnull=True),
                name="installation_open_or_closed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.component} in {self.asset}"
