"""Failures as they are counted."""

from django.db import models

from registry.domain.vocabulary import Severity
from registry.models.text import ExactCharField


class FailureEpisode(models.Model):
    """One failure of one component, told by one or several `Failure` rows; derived from them, never edited.

    This is what failure rates count: group by the component's columns, and by those of the spell in which
    `counts_at` lies (``start < counts_at <= end``). `occurred_at` is the earliest telling; `counts_at` is the same, but
    for a failure told shortly after a removal because of it: then it is the removal.
    `key` is a digest of the component's identity and `occurred_at`. `severity` is the worst told, `mode` that of the
    telling which counts most, `failures` the number of tellings, `sources` who told: ``log``, ``ticket``, ``manual``.
    """

    key = ExactCharField(max_length=32, unique=True)
    component = models.ForeignKey(
        "registry.Component", on_delete=models.CASCADE, related_name="failure_episodes", db_index=False
    )
    occurred_at = models.DateTimeField()
    last_at = models.DateTimeField()
    counts_at = models.DateTimeField()
    mode = models.CharField(max_length=64)
    severity = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Severity])
    failures = models.PositiveIntegerField(default=1)
    sources = models.JSONField(default=list)

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = (
            models.Index(fields=("component", "counts_at"), name="episode_of_component"),
            models.Index(fields=("counts_at", "component"), name="episode_by_time"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_at__gte=models.F("occurred_at")), name="episode_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return f"{self.mode} at {self.occurred_at:%Y-%m-%d %H:%M}"
