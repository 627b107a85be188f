"""Bundles as they were sent, and the outcome of each of their members."""

from django.conf import settings
from django.db import models

from registry.models.text import ExactCharField


class Bundle(models.Model):
    """One uploaded file, kept byte for byte in the bundle storage under its SHA-256.

    `status`: ``received`` (bytes safe, not parsed yet), then ``parsed`` (all that a parser wanted was read),
    ``partial`` (some of it), ``failed`` (nothing of it) or ``unrecognised`` (no parser wanted anything).
    `asset_hint` or `asset_serial_hint`, `project_hint` and `collected_hint` came with the upload or from an operator:
    they fill in what the content does not say, and `collected_hint` stands in for times that cannot be true.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"
        PARSED = "parsed"
        PARTIAL = "partial"
        FAILED = "failed"
        UNRECOGNISED = "unrecognised"

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
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="bundles", editable=False
    )
    received_at = models.DateTimeField()
    parsed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("status", "id"), name="bundle_by_status"),
            models.Index(fields=("received_at", "id"), name="bundle_by_receipt"),
        )

    def __str__(self) -> str:
        return self.filename or self.sha256[:12]


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
