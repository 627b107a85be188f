"""What tickets are about."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.domain.vocabulary import ComponentType
from registry.models.text import ExactCharField
from tickets.domain.vocabulary import LinkState, NameKind, Origin
from tickets.models.tickets import Ticket

AT_MOST_ONE_TARGET = (
    Q(asset__isnull=True, project__isnull=True)
    | Q(component__isnull=True, project__isnull=True)
    | Q(component__isnull=True, asset__isnull=True)
)
# No name is blank: told so, SQLite too sees that the index by name leads to those few rows, and reads no others.
WAITS = Q(component__isnull=True, asset__isnull=True, project__isnull=True, name__gt="") & ~Q(state=LinkState.DISMISSED)


class TicketLinkQuerySet(models.QuerySet["TicketLink"]):
    """Questions about links."""

    def unresolved(self) -> "TicketLinkQuerySet":
        """Those that wait for the thing they name."""
        return self.filter(WAITS)

    def counted(self) -> "TicketLinkQuerySet":
        """Those that count, once they are resolved."""
        return self.filter(state=LinkState.CONFIRMED)


class TicketLink(models.Model):
    """Ties a ticket to one project, asset or component, which it calls `name`.

    Unresolved: all three are NULL, until the thing named appears; also again, when the row it was resolved to goes
    away because two things were one. `candidates`: how many known things could be meant when last looked for.
    `state`: ``confirmed`` ones count; those found in text begin as ``proposed`` and are confirmed or dismissed by an
    operator (`decided_by`, `decided_at`), which lasts.
    `by`, `name`, `component_type` and `vendor` are what the ticket says: serials normalised, host names lower case.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links", db_index=False)
    origin = models.CharField(max_length=8, choices=[(word.value, word.value) for word in Origin])
    state = models.CharField(
        max_length=9, choices=[(word.value, word.value) for word in LinkState], default=LinkState.CONFIRMED
    )
    by = models.CharField(max_length=16, choices=[(word.value, word.value) for word in NameKind])
    name = ExactCharField(max_length=255)
    component_type = models.CharField(
        max_length=16, choices=[(word.value, word.value) for word in ComponentType], blank=True
    )
    vendor = models.CharField(max_length=200, blank=True)
    # Set to NULL by whatever deletes a thing, the links wait anew: those who delete need not know of tickets.
    project = models.ForeignKey(
        "registry.Project", on_delete=models.SET_NULL, null=True, blank=True, related_name="ticket_links"
    )
    asset = models.ForeignKey(
        "registry.Asset",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="ticket_links",
        db_index=False,
    )
    component = models.ForeignKey(
        "registry.Component",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="ticket_links",
        db_index=False,
    )
    candidates = models.PositiveIntegerField(default=0, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TicketLinkQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("asset", "ticket"), name="link_to_asset"),
            # The unresolved ones are those whose first three columns are NULL: found by name, and counted, at no more
            # cost than their own number.
            models.Index(fields=("component", "asset", "project", "name"), name="link_to_component"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("ticket", "origin", "by", "name", "component_type", "vendor"), name="link_once_per_ticket"
            ),
            models.CheckConstraint(condition=AT_MOST_ONE_TARGET, name="link_to_one_thing"),
            models.CheckConstraint(
                condition=Q(origin=Origin.TEXT) | ~Q(state=LinkState.PROPOSED), name="link_proposed_from_text_alone"
            ),
        )

    def __str__(self) -> str:
        return f"{self.by.replace('_', ' ')} {self.name}"


class UnresolvedManager(models.Manager["UnresolvedLink"]):
    """Those that wait alone."""

    def get_queryset(self) -> "models.QuerySet[UnresolvedLink]":
        """The queue."""
        return super().get_queryset().filter(WAITS)


class UnresolvedLink(TicketLink):
    """The queue of links that name nothing known, or more than one thing."""

    objects = UnresolvedManager()  # type: ignore[misc,assignment]  # a narrower one than every link's

    class Meta:
        proxy = True
        ordering = ("id",)
