"""What bundles say: snapshots of assets, and the components seen in each."""

from datetime import datetime

from django.db import models

from ingest.models.bundles import Bundle
from registry.domain.vocabulary import ComponentType, Health, Severity
from registry.models.text import ExactCharField


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Questions about snapshots."""

    def evidence(self) -> "SnapshotQuerySet":
        """Those that may be derived from: their asset and time are known."""
        return self.filter(held=Snapshot.Held.NO, asset__isnull=False)

    def waiting(self) -> "SnapshotQuerySet":
        """Evidence that has not been derived yet, oldest first."""
        return self.evidence().filter(derived_at__isnull=True).order_by("collected_at", "id")


class Snapshot(models.Model):
    """What one bundle says of one asset at one moment.

    `held`: ``asset`` or ``clock`` when an operator must tell the asset, or the time (more than a day after receipt).
    `coverage`: sorted [parser, component type] pairs that the snapshot enumerates completely.
    `asset_*` is what the bundle claims, as printed; `asset` is what came of it. `derived_at` is set once derived.
    """

    class Held(models.TextChoices):
        NO = "", "no"
        ASSET = "asset", "asset unknown"
        CLOCK = "clock", "time in the future"

    class TimeSource(models.TextChoices):
        CONTENT = "content"
        HINT = "hint"
        RECEIPT = "receipt"

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="snapshots")
    asset = models.ForeignKey(
        "registry.Asset", on_delete=models.PROTECT, null=True, related_name="snapshots", db_index=False
    )
    collected_at = models.DateTimeField()
    time_source = models.CharField(max_length=16, choices=TimeSource.choices)
    sha256 = ExactCharField(max_length=64)  # the bundle's, here since evidence is ordered by (time, SHA-256)
    held = models.CharField(max_length=8, choices=Held.choices, default=Held.NO, blank=True)
    path = models.CharField(max_length=1024, blank=True)
    coverage = models.JSONField(default=list)
    digest = ExactCharField(max_length=32)  # of all that can change a timeline but the time and the bundle
    size = models.PositiveIntegerField(default=0)  # how many observations it has
    signal_count = models.PositiveIntegerField(default=0)
    conflicts = models.JSONField(default=list)  # names that this snapshot alone shows at two slots
    asset_vendor = models.CharField(max_length=200, blank=True)
    asset_serial = ExactCharField(max_length=128, blank=True)
    asset_serial_source = models.CharField(max_length=16, blank=True)
    asset_model = models.CharField(max_length=200, blank=True)
    hostname = models.CharField(max_length=253, blank=True)
    project = models.CharField(max_length=64, blank=True)
    derived_at = models.DateTimeField(null=True, db_index=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ("collected_at", "id")
        indexes = (
            models.Index(fields=("asset", "collected_at"), name="snapshot_of_asset"),
            # Who bore a host name and when: tickets name servers so.
            models.Index(fields=("hostname", "asset", "collected_at"), name="snapshot_by_hostname"),
        )

    def __str__(self) -> str:
        return f"{self.asset_serial or '?'} at {self.collected_at:%Y-%m-%d %H:%M}"


class ObservationQuerySet(models.QuerySet["Observation"]):
    """Questions about observations."""

    def since(self, moment: datetime) -> "ObservationQuerySet":
        """Those at `moment` or later."""
        return self.filter(observed_at__gte=moment)


class Observation(models.Model):
    """What one snapshot says of one component; never edited.

    `lookup` is the component's name as this snapshot alone tells it, `component` what it was resolved to.
    `sources`: ``{"parsers": […], "slots": [[kind, slot], …], "firmware": [[kind, version], …]}``, best kind first;
    `slot` and `firmware` are the first of each. `claims`: the descriptive facts by field, each with its best source's
    rank. `measurements`: by name, as the tools gave them.
    `digest`: of all that can change a timeline; two observations with one digest tell the same.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="observations")
    component = models.ForeignKey(
        "registry.Component", on_delete=models.PROTECT, null=True, related_name="observations", db_index=False
    )
    # The snapshot's, here again for its index; no constraint of its own, since the snapshot's holds.
    asset = models.ForeignKey(
        "registry.Asset",
        on_delete=models.PROTECT,
        null=True,
        related_name="observations",
        db_constraint=False,
        db_index=False,
    )
    type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ComponentType])
    observed_at = models.DateTimeField()
    lookup = ExactCharField(max_length=255)
    vendor = models.CharField(max_length=200, blank=True)
    slot = models.CharField(max_length=200, blank=True)
    firmware = models.CharField(max_length=200, blank=True)
    health = models.CharField(
        max_length=16, choices=[(health.value, health.value) for health in Health], default=Health.UNKNOWN
    )
    digest = ExactCharField(max_length=32)
    sources = models.JSONField(default=dict)
    claims = models.JSONField(default=dict)
    measurements = models.JSONField(default=dict)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("component", "observed_at"), name="observation_of_component"),
            models.Index(fields=("asset", "observed_at"), name="observation_in_asset"),
        )

    def __str__(self) -> str:
        return f"{self.lookup} at {self.observed_at:%Y-%m-%d %H:%M}"


class FailureSignal(models.Model):
    """A failure as one snapshot tells it; never edited. `tickets` makes failures of it.

    `observation`: what the same snapshot says of the failed component; None where it shows no such part, and then
    `lookup` (its serial or identifier), or `slot` of the snapshot's asset, names it.
    `kind`: ``entry``, a log's line that later bundles repeat with the same `digest`; ``state``, so when collected.
    `occurred_at`: NULL for states, and for entries without a time. `noted_at` is set once it was made a failure.
    """

    class Kind(models.TextChoices):
        ENTRY = "entry"
        STATE = "state"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="signals")
    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, null=True, related_name="signals")
    type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ComponentType])
    lookup = ExactCharField(max_length=255, blank=True)
    slot = models.CharField(max_length=200, blank=True)
    slot_kind = models.CharField(max_length=16, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    mode = models.CharField(max_length=64)
    severity = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Severity])
    occurred_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=500, blank=True)
    code = models.CharField(max_length=100, blank=True)
    parser = models.CharField(max_length=64)
    digest = ExactCharField(max_length=32, db_index=True)
    noted_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.mode} of {self.type} {self.lookup or self.slot}"
