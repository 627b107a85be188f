"""Evidence that no bundle holds, and evidence that contradicts itself."""

from django.conf import settings
from django.db import models

from registry.models import IdentityDecision
from registry.models.text import ExactCharField


class Assertion(models.Model):
    """An operator's word that a component was installed or removed at a time: evidence, never edited."""

    class Act(models.TextChoices):
        INSTALL = "install"
        REMOVE = "remove"

    key = ExactCharField(max_length=64, unique=True)
    act = models.CharField(max_length=8, choices=Act.choices)
    component = models.ForeignKey("registry.Component", on_delete=models.PROTECT, related_name="assertions")
    asset = models.ForeignKey("registry.Asset", on_delete=models.PROTECT, related_name="assertions")
    slot = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.act} {self.component} at {self.at:%Y-%m-%d %H:%M}"


class IdentityConflictQuerySet(models.QuerySet["IdentityConflict"]):
    """Questions about conflicts."""

    def with_decision(self) -> "IdentityConflictQuerySet":
        """Each with the kind of the decision that settles it, or None, as `decided`."""
        return self.annotate(decided=models.Subquery(self._decisions().order_by("-id").values("kind")[:1]))

    def open(self) -> "IdentityConflictQuerySet":
        """Those of which nobody decided anything."""
        return self.filter(~models.Exists(self._decisions()))

    def settled(self) -> "IdentityConflictQuerySet":
        """Those of which somebody did."""
        return self.filter(models.Exists(self._decisions()))

    @staticmethod
    def _decisions() -> "models.QuerySet[IdentityDecision]":
        return IdentityDecision.objects.in_force().exclude(conflict="").filter(conflict=models.OuterRef("subject"))


class IdentityConflict(models.Model):
    """One name that cannot be one part: kept and shown to operators; derived.

    `kind`: ``alternation`` (seen at two assets in turn, with no absence between) or ``two_slots`` (twice in one file).
    `subject`: the same for the same name in the same assets, whenever; an `IdentityDecision` that names it settles it.
    """

    class Kind(models.TextChoices):
        ALTERNATION = "alternation"
        TWO_SLOTS = "two_slots"

    key = ExactCharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    subject = ExactCharField(max_length=32, default="", db_index=True)
    component = models.ForeignKey("registry.Component", on_delete=models.CASCADE, null=True, related_name="conflicts")
    asset = models.ForeignKey("registry.Asset", on_delete=models.CASCADE, related_name="conflicts")
    other_asset = models.ForeignKey("registry.Asset", on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=255)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    details = models.JSONField(default=dict)

    objects = IdentityConflictQuerySet.as_manager()

    class Meta:
        ordering = ("-last_at", "-id")

    def __str__(self) -> str:
        return f"{self.name}: {self.get_kind_display().lower()}"
