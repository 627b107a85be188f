"""Groups and places that fail more than their peers."""

from django.conf import settings
from django.db import models

from registry.models.text import ExactCharField


class Alert(models.Model):
    """A lot, firmware, server or bay that is worse than its peers, from the run that first found it until one did not.

    `kind` and `value` name it, with `component_type` and `model` for lots and firmware, `asset_id` and `slot` for
    places. `subject` is a digest of these; `open_subject` is the same while it is open, and NULL once closed: of one
    subject one is open. The figures are the last run's that found it: `seen` failures where `expected` were due, the
    `ratio` (NULL: nothing else failed) with its interval `low` to `high`, `p` adjusted for all that was tested.
    `acknowledged_by`: the operator who has taken note of it.
    """

    class Kind(models.TextChoices):
        LOT = "lot"
        FIRMWARE = "firmware"
        ASSET = "asset"
        SLOT = "slot"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = ExactCharField(max_length=32, db_index=True)
    open_subject = ExactCharField(  # type: ignore[misc]  # its types know no NULL
        max_length=32, unique=True, null=True, editable=False
    )
    component_type = models.CharField(max_length=16, blank=True)
    model = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=500)
    asset_id = models.BigIntegerField(null=True)
    slot = ExactCharField(max_length=200, blank=True)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    components = models.PositiveIntegerField()
    exposure_days = models.FloatField()
    seen = models.PositiveIntegerField()
    expected = models.FloatField()
    ratio = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    crude = models.FloatField(null=True)
    p = models.FloatField()
    adjusted = models.FloatField()
    dispersion = models.FloatField(null=True)
    widened = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    evaluated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("-opened_at", "-id")
        indexes = (models.Index(fields=("closed_at", "adjusted"), name="alert_open_first"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, open_subject__isnull=False)
                & models.Q(open_subject=models.F("subject"))
                | models.Q(closed_at__isnull=False, open_subject__isnull=True),
                name="alert_open_or_closed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.value}: {self.seen} failures where {self.expected:.1f} were expected"
