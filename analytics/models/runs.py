"""Answers that are kept, and who may compute at a time."""

import zlib
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import models
from django.db.models import Q

from registry.models.text import ExactCharField

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Run(models.Model):
    """A question about the fleet's reliability with its answer; written once, never changed.

    ``done``: `digest` names the question and what was counted for it, and `content` is the answer. ``failed``:
    `failure` says why there is none, and `digest` is NULL; it stands until the same standard question is answered.
    `standard`: which of the nightly questions it is (``365d by lot``), ``""`` for what somebody asked. `name`: people
    name the runs that they want to keep. `customer`: the code of the one whose data alone it is of, ``""`` for all.
    """

    class Kind(models.TextChoices):
        """What is asked."""

        RELIABILITY = "reliability"
        TREND = "trend"
        SURVIVAL = "survival"
        ALERTS = "alerts"
        SPARES = "spares"

    class Status(models.TextChoices):
        """What came of it."""

        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=16, choices=Kind)
    status = models.CharField(max_length=8, choices=Status)
    standard = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=100, blank=True)
    parameters = models.JSONField()
    customer = ExactCharField(max_length=64, blank=True)
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    digest = ExactCharField(max_length=32, null=True)  # type: ignore[misc]  # its types know no NULL
    code_version = models.CharField(max_length=32)
    computed_at = models.DateTimeField()
    seconds = models.FloatField()
    row_count = models.PositiveIntegerField(default=0)
    # One value, since it is written and read as a whole; packed, since many rows are much alike.
    packed = models.BinaryField(default=b"", editable=False)
    failure = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("kind", "digest", "code_version"), name="run_once_per_digest"),
            models.CheckConstraint(
                condition=Q(status="done", digest__isnull=False, failure="")
                | (Q(status="failed", digest__isnull=True) & ~Q(failure="")),
                name="run_done_or_failed",
            ),
        )
        indexes = (
            models.Index(fields=("status", "standard"), name="run_by_status"),
            models.Index(fields=("standard", "id"), name="run_by_standard"),
            models.Index(fields=("computed_at",), name="run_by_time"),
            models.Index(fields=("customer", "id"), name="run_of_customer"),
        )

    def __str__(self) -> str:
        what = self.standard or str(self.as_of.date())
        return self.name or (what if what.startswith(self.kind) else f"{self.kind} {what}")

    @property
    def content(self) -> dict[str, Any]:
        """The answer as it was given; empty for a run that failed."""
        found: dict[str, Any] = orjson.loads(zlib.decompress(self.packed)) if self.packed else {}
        return found


def packed(content: dict[str, Any]) -> bytes:
    """An answer as `Run.packed` keeps it."""
    return zlib.compress(orjson.dumps(content, option=orjson.OPT_UTC_Z))


class Lease(models.Model):
    """The right to do one kind of work alone, until a time; whoever wants it then takes it by compare-and-set."""

    name = ExactCharField(max_length=64, unique=True)
    until = models.DateTimeField(default=LONG_AGO)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} until {self.until:%Y-%m-%d %H:%M:%S}"
