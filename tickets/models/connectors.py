"""Trackers whose tickets are pulled."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from registry.models.text import ExactCharField
from tickets.connectors import Kind, problems_of_setup
from tickets.domain.vocabulary import MAX_SOURCE

A_DAY = 24 * 60


def usual_mapping() -> dict[str, Any]:
    """A mapping to begin with."""
    return {"fields": {"asset_serial": "", "component_serial": "", "severity": "priority"}, "statuses": {}}


class ConnectorQuerySet(models.QuerySet["Connector"]):
    """Questions about connectors."""

    def due(self, now: datetime) -> "ConnectorQuerySet":
        """Those whose turn it is."""
        return self.filter(enabled=True, due_at__lte=now).free(now)

    def free(self, now: datetime) -> "ConnectorQuerySet":
        """Those that nobody is pulling."""
        return self.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))


class Connector(models.Model):
    """A tracker whose tickets are pulled; its name is their `source`.

    `secret_variable` names a variable of the environment; what that holds is never kept here. Up to `cursor`, by the
    tracker's own clock, all is stored; NULL: nothing is, so all is read. `claimed_until`: somebody is pulling, and that
    moment is the token of who does; NULL or past: nobody. `last_*` is of the last run, ``running`` until it ended;
    `refused` holds tickets that could not be stored, by their id, until they can.
    """

    class Outcome(models.TextChoices):
        """How the last run went."""

        NEVER = "", "never ran"
        RUNNING = "running", "running"
        DONE = "done", "done"
        UNFINISHED = "unfinished", "unfinished"
        FAILED = "failed", "failed"

    name = ExactCharField(max_length=MAX_SOURCE, unique=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value.capitalize()) for kind in Kind])
    base_url = models.CharField("address", max_length=500, help_text="Of the tracker itself: https://jira.example.com")
    project = models.CharField(
        max_length=200, blank=True, help_text="Keys of projects, separated by commas (Redmine: one); blank for all."
    )
    filter = models.CharField(
        max_length=1000,
        blank=True,
        help_text="Jira: a condition in JQL (issuetype = Incident). Redmine: parameters (tracker_id=3&cf_12=yes).",
    )
    username = models.CharField(
        max_length=200, blank=True, help_text="For name and password, or e-mail and token (Jira Cloud); else blank."
    )
    secret_variable = models.CharField(
        "variable of the secret",
        max_length=100,
        blank=True,
        help_text="The environment variable that holds the token: CONNECTOR_JIRA_TOKEN. Never the token itself.",
    )
    mapping = models.JSONField(
        default=usual_mapping,
        blank=True,
        help_text="Which field of the tracker holds what, and which statuses are the last; docs/operations.md has all.",
    )
    enabled = models.BooleanField(default=True)
    interval = models.PositiveIntegerField(
        "minutes between runs", default=10, validators=[MinValueValidator(1), MaxValueValidator(A_DAY)]
    )
    cursor = models.DateTimeField(null=True, blank=True, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_started_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_outcome = models.CharField(max_length=10, choices=Outcome, blank=True, editable=False)
    last_message = models.CharField(max_length=500, blank=True, editable=False)
    last_counts = models.JSONField(default=dict, editable=False)
    refused = models.JSONField(default=dict, editable=False)

    objects = ConnectorQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuses a set-up that cannot work, by field."""
        problems = problems_of_setup(
            kind=self.kind,
            address=self.base_url,
            project=self.project,
            condition=self.filter,
            secret_variable=self.secret_variable,
            mapping=self.mapping,
        )
        if problems:
            raise ValidationError(problems)
