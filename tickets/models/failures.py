"""What failed, and who says so."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.domain.vocabulary import ComponentType, Severity
from registry.models.text import ExactCharField
from tickets.domain.vocabulary import ASSET_NAMES, MAX_MESSAGE, MAX_MODE, FailureSource, FailureState
from tickets.models.episodes import FailureEpisode
from tickets.models.tickets import Ticket


class FailureQuerySet(models.QuerySet["Failure"]):
    """Questions about failures."""

    def unresolved(self) -> "FailureQuerySet":
        """Those that wait for the component or the asset they name."""
        names_part = ~Q(component_serial="") | ~Q(component_lookup="") | ~Q(slot="")
        waits = Q(component__isnull=True) & (names_part | Q(asset__isnull=True))
        return self.filter(waits).exclude(state=FailureState.REJECTED)

    def counted(self) -> "FailureQuerySet":
        """Those that no operator rejected."""
        return self.exclude(state=FailureState.REJECTED)


class Failure(models.Model):
    """One telling of a failure: by a log, by a ticket, or by hand.

    As told: `type`, `component_serial` (and `vendor`) or `component_lookup` (an identifier), or an asset, named as
    `TicketLink` names it, and `slot`; an asset alone when nobody says which part of it failed. What came of it:
    `component` and `asset`, where the component sat then; both NULL while what is named is not known. `key` names the
    telling, so that the same one again is none.
    `state`: ``open``, ``confirmed`` or ``rejected`` (counts nowhere, but stays), with why, who and when.
    """

    key = ExactCharField(max_length=64, unique=True)
    source = models.CharField(max_length=8, choices=[(word.value, word.value) for word in FailureSource])
    type = models.CharField(max_length=16, choices=[(word.value, word.value) for word in ComponentType], blank=True)
    component_serial = ExactCharField(max_length=128, blank=True)
    component_lookup = ExactCharField(max_length=255, blank=True)
    vendor = models.CharField(max_length=200, blank=True)
    asset_by = models.CharField(max_length=16, choices=[(word.value, word.value) for word in ASSET_NAMES], blank=True)
    asset_name = ExactCharField(max_length=255, blank=True)
    slot = models.CharField(max_length=200, blank=True)
    slot_kind = models.CharField(max_length=16, blank=True)
    component = models.ForeignKey(
        "registry.Component", on_delete=models.SET_NULL, null=True, blank=True, related_name="failures", db_index=False
    )
    asset = models.ForeignKey(
        "registry.Asset", on_delete=models.SET_NULL, null=True, blank=True, related_name="failures", db_index=False
    )
    episode = models.ForeignKey(
        FailureEpisode, on_delete=models.SET_NULL, null=True, related_name="tellings", editable=False
    )
    occurred_at = models.DateTimeField()
    # Of a state: when the part was seen well last; it failed after that.
    not_before = models.DateTimeField(null=True, editable=False)
    mode = models.CharField(max_length=MAX_MODE)
    severity = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Severity])
    message = models.CharField(max_length=MAX_MESSAGE, blank=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, blank=True, related_name="failures")
    bundle = models.ForeignKey(
        "ingest.Bundle", on_delete=models.SET_NULL, null=True, blank=True, related_name="failures"
    )
    signal_digest = ExactCharField(max_length=32, blank=True, db_index=True, editable=False)
    candidates = models.PositiveIntegerField(default=0, editable=False)
    state = models.CharField(
        max_length=9, choices=[(word.value, word.value) for word in FailureState], default=FailureState.OPEN
    )
    reason = models.CharField(max_length=MAX_MESSAGE, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(editable=False)
    # Of logs: when the first bundle that tells it was collected; and the last one, where it is a state.
    told_at = models.DateTimeField(null=True, editable=False)
    told_until = models.DateTimeField(null=True, editable=False)

    objects = FailureQuerySet.as_manager()

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = (
            # Those without a component are the unresolved ones, found by what they name.
            models.Index(fields=("component", "occurred_at"), name="failure_of_component"),
            models.Index(fields=("component", "component_serial"), name="failure_by_serial"),
            models.Index(fields=("component", "asset_name"), name="failure_by_asset_name"),
            models.Index(fields=("asset", "occurred_at"), name="failure_in_asset"),
            models.Index(fields=("occurred_at", "id"), name="failure_by_time"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=FailureState.REJECTED) | ~Q(reason=""), name="failure_rejected_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(source=FailureSource.TICKET, ticket__isnull=False)
                | (~Q(source=FailureSource.TICKET) & Q(ticket__isnull=True)),
                name="failure_of_a_ticket_has_one",
            ),
        )

    def __str__(self) -> str:
        return f"{self.mode} at {self.occurred_at:%Y-%m-%d %H:%M}"
