"""Bundles as they were sent, and the outcome of each of their members."""

from datetime import datetime

from django.conf import settings
from django.db import models

from registry.models.text import ExactCharField


class BundleQuerySet(models.QuerySet["Bundle"]):
    """Questions about bundles and the work that is left on them, and how that work begins anew."""

    def unfinished(self) -> "BundleQuerySet":
        """Those with a step left, given up or not."""
        return self.filter(step__in=[step for step in Bundle.Step if step])

    def due(self, moment: datetime) -> "BundleQuerySet":
        """Those with a step that anybody may take up at `moment`."""
        return self.unfinished().filter(due_at__lte=moment)

    def given_up(self) -> "BundleQuerySet":
        """Those with a step that nobody takes up again by himself; `fault` is the reason."""
        return self.unfinished().filter(due_at__isnull=True)

    def parse_again(self, *, now: datetime, **changes: object) -> int:
        """Has them go their whole way again, with `changes`; gives how many these are."""
        fresh = {"status": Bundle.Status.RECEIVED, "step": Bundle.Step.PARSE, "due_at": now}
        return self.update(**changes, **fresh, attempts=0, retries=0, fault="")


class Bundle(models.Model):
    """One uploaded file, kept byte for byte in the bundle storage under its SHA-256.

    `status`: ``received`` (bytes safe, not parsed yet), then ``parsed`` (all that a parser wanted was read),
    ``partial`` (some of it), ``failed`` (nothing of it) or ``unrecognised`` (no parser wanted anything).
    `asset_hint` or `asset_serial_hint`, `project_hint` and `collected_hint` came with the upload or from an operator:
    they fill in what the content does not say, and `collected_hint` stands in for times that cannot be true.

    `step` is the work that is next, ``""`` when none is left. `due_at` is when it may be taken up: a moment ahead while
    somebody works on it or a fault's pause runs, so that a dead worker's claim runs out; NULL when it was given up.
    `attempts`: how often the step was begun and broke off by its own fault; `retries`: how often by one that passes.
    `fault`: how it broke off last.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"
        PARSED = "parsed"
        PARTIAL = "partial"
        FAILED = "failed"
        UNRECOGNISED = "unrecognised"

    class Step(models.TextChoices):
        """The steps that are known to date; their order and their work are the pipeline's."""

        NONE = ""
        PARSE = "parse"
        DERIVE = "derive"

    sha256 = ExactCharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    filename = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RECEIVED)
    errors = models.JSONField(default=list, blank=True)
    asset_hint = models.ForeignKey(
        "registry.Asset", on_delete=models.PROTECT, null=True, blank=True, related_name="hinted_bundles"
    )
    asset_serial_hint = ExactCharField(max_length=128, blank=True)
    project_hint = models.CharField(max_length=64, blank=True)
    collected_hint = models.DateTimeField(null=True, blank=True)
    step = ExactCharField(max_length=16, blank=True, default=Step.NONE, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    retries = models.PositiveSmallIntegerField(default=0, editable=False)
    fault = models.CharField(max_length=300, blank=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="bundles", editable=False
    )
    received_at = models.DateTimeField()
    parsed_at = models.DateTimeField(null=True, editable=False)

    objects = BundleQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("status", "id"), name="bundle_by_status"),
            models.Index(fields=("received_at", "id"), name="bundle_by_receipt"),
            models.Index(fields=("step", "due_at"), name="bundle_by_step"),
        )

    def __str__(self) -> str:
        return self.filename or self.sha256[:12]

    @property
    def is_given_up(self) -> bool:
        """Whether a step is left that nobody takes up by himself."""
        return bool(self.step) and self.due_at is None


class BundleFile(models.Model):
    """One member of a bundle and what became of it.

    `note` tells of a member that is no failure what one may ask about it: a link's target.
    """

    class Outcome(models.TextChoices):
        PARSED = "parsed"
        FAILED = "failed"
        IGNORED = "ignored"

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=1024)
    size = models.BigIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    parser = models.CharField(max_length=64, blank=True)
    parser_version = models.PositiveIntegerField(null=True)
    observations = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    note = models.CharField(max_length=1024, blank=True)

    class Meta:
        ordering = ("id",)
        # Finds what older versions of a parser read.
        indexes = (models.Index(fields=("parser", "parser_version", "bundle"), name="file_by_parser_version"),)

    def __str__(self) -> str:
        return self.name
