"""What operators decided about who is who."""

from django.conf import settings
from django.db import models

from registry.domain.decisions import DecisionKind
from registry.models.text import ExactCharField


class IdentityDecisionQuerySet(models.QuerySet["IdentityDecision"]):
    """Questions about decisions."""

    def in_force(self) -> "IdentityDecisionQuerySet":
        """Those that were not revoked."""
        return self.filter(revoked_at__isnull=True)


class IdentityDecision(models.Model):
    """An operator's word on who is who: evidence, never edited; revoked, it counts no more.

    `asset`: the identity of the one asset for which it holds, or ``""``. `conflict`: the subject of the identity
    conflict that it settles, or ``""``. `bound`: what people had entered of the things that a merge put an end to,
    which they get back when it is revoked.
    """

    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in DecisionKind])
    asset = ExactCharField(max_length=255, blank=True)
    conflict = ExactCharField(max_length=32, blank=True, db_index=True)
    note = models.TextField(blank=True)
    bound = models.JSONField(default=list, editable=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField()
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = IdentityDecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-decided_at", "-id")

    def __str__(self) -> str:
        return f"decision {self.pk}"


class DecidedName(models.Model):
    """A name that a decision speaks of, in the order of `place`; the first is kept.

    `name` may be that of a thing which is apart at one asset; `lookup` is what bundles find it by. `vendor` is in the
    form compared, or ``""``: whichever vendor's.
    """

    decision = models.ForeignKey(IdentityDecision, on_delete=models.CASCADE, related_name="names")
    place = models.PositiveSmallIntegerField()
    name = ExactCharField(max_length=255)
    lookup = ExactCharField(max_length=255, db_index=True)
    vendor = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("decision", "place")
        constraints = (models.UniqueConstraint(fields=("decision", "place"), name="decided_name_once_per_place"),)

    def __str__(self) -> str:
        return self.name
