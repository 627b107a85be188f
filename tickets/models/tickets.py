"""Service cases as their source tells them."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from registry.models import FOREVER
from registry.models.text import ExactCharField
from tickets.domain.vocabulary import MAX_EXTERNAL_ID, MAX_SOURCE, MAX_TITLE, MAX_URL, MAX_WORD


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Questions about tickets."""

    def alive_during(self, start: datetime, end: datetime) -> "TicketQuerySet":
        """Those whose life ``[opened_at, ends_at)`` meets ``[start, end)``; touching ends do not meet."""
        return self.filter(opened_at__lt=end, ends_at__gt=start)


class Ticket(models.Model):
    """A service case of another system, known by (source, external_id); alive during ``[opened_at, closed_at)``.

    Open: `closed_at` is NULL and `ends_at` is `FOREVER`; closed: both are the same, and not before `opened_at`.
    `updated_at` is the source's own; what is older than the known one changes nothing. `raw` is the ticket as it was
    sent, `digest` is of that. `status` and `severity` are the source's words.
    """

    source = ExactCharField(max_length=MAX_SOURCE)
    external_id = ExactCharField(max_length=MAX_EXTERNAL_ID)
    title = models.CharField(max_length=MAX_TITLE, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=MAX_WORD, blank=True)
    severity = models.CharField(max_length=MAX_WORD, blank=True)
    url = models.CharField(max_length=MAX_URL, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(default=FOREVER, editable=False)
    updated_at = models.DateTimeField()
    raw = models.JSONField(default=dict, editable=False)
    digest = ExactCharField(max_length=32, editable=False)
    received_at = models.DateTimeField(editable=False)  # when it was last changed here

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-id")
        indexes = (
            models.Index(fields=("opened_at", "id"), name="ticket_by_opening"),
            models.Index(fields=("updated_at", "id"), name="ticket_by_update"),
            models.Index(fields=("status", "opened_at"), name="ticket_by_status"),
        )
        constraints = (
            models.UniqueConstraint(fields=("source", "external_id"), name="ticket_once_per_source"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, ends_at=FOREVER)
                | Q(closed_at__isnull=False, ends_at=F("closed_at"), ends_at__gte=F("opened_at")),
                name="ticket_open_or_closed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.external_id}: {self.title}" if self.title else self.external_id
