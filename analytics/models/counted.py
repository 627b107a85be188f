"""The history of components in the form in which it is counted; derived, and rebuilt where history changed.

Times are whole seconds since 1970, which add up exactly and alike on every engine.
"""

from django.db import models

from analytics.domain.spells import FOREVER
from registry.domain.vocabulary import ComponentType
from registry.models.text import ExactCharField


class Cohort(models.Model):
    """What components have in common while they are counted together; the finest groups there are.

    `lot`, `project` and `location` are ids, 0 where unknown: an index takes no NULL for equal to another.
    """

    component_type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ComponentType])
    vendor = ExactCharField(max_length=200, blank=True)
    model = ExactCharField(max_length=200, blank=True)
    firmware = ExactCharField(max_length=200, blank=True)
    lot = models.BigIntegerField(default=0)
    project = models.BigIntegerField(default=0)
    location = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("component_type", "model", "vendor", "firmware", "lot", "project", "location"),
                name="cohort_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.component_type} {self.model} {self.firmware}".strip()


class Spell(models.Model):
    """A component in one place with one firmware during ``(started, ended]``; open ones end at `FOREVER`.

    `component` is NULL once the component is gone, and the row goes with the next count. `single`: its component has
    no other spell. The component's birth by each clock: `born_installed` (NULL when nobody saw it come), `born_made`,
    `born_powered` (when its hours began to run). `aged`: one of the first two is known. `first_failure`: its
    component's first counted failure. `last_failure`: the last one within this spell, 0 for none.
    """

    component = models.ForeignKey(
        "registry.Component", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="spells", db_index=False)
    asset_id = models.BigIntegerField()
    slot = ExactCharField(max_length=200, blank=True)
    started = models.BigIntegerField()
    ended = models.BigIntegerField(default=FOREVER)
    single = models.BooleanField()
    born_installed = models.BigIntegerField(null=True)
    born_made = models.BigIntegerField(null=True)
    born_powered = models.BigIntegerField(null=True)
    aged = models.BooleanField()
    first_failure = models.BigIntegerField(null=True)
    last_failure = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("id",)
        indexes = (
            # All that exposure needs, in the order in which it is grouped: no row is read beside it, nothing sorted.
            models.Index(fields=("cohort", "started", "ended", "single", "aged", "component"), name="spell_exposure"),
            # The same for components with several spells, which are looked for apart: each counts once.
            models.Index(fields=("single", "cohort", "started", "ended", "aged", "component"), name="spell_of_many"),
            models.Index(fields=("asset_id", "ended"), name="spell_in_asset"),
        )

    def __str__(self) -> str:
        return f"{self.component_id}: {self.started} to {self.ended}"


class CountedFailure(models.Model):
    """A failure episode, with the spell's cohort that it counts for.

    `unattributed`: why it counts for none: ``after_removal``, ``no_spell``; else ``""``. `at`: when it counts. The
    births are the component's, as for `Spell`.
    """

    episode = models.BigIntegerField(unique=True)
    component = models.ForeignKey(
        "registry.Component", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="failures", db_index=False)
    asset_id = models.BigIntegerField(null=True)
    slot = ExactCharField(max_length=200, blank=True)
    at = models.BigIntegerField()
    unattributed = models.CharField(max_length=16, blank=True)
    born_installed = models.BigIntegerField(null=True)
    born_made = models.BigIntegerField(null=True)
    born_powered = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("cohort", "at"), name="counted_failure_of_cohort"),
            models.Index(fields=("at", "cohort"), name="counted_failure_by_time"),
            models.Index(fields=("asset_id", "at"), name="counted_failure_in_asset"),
        )

    def __str__(self) -> str:
        return f"{self.episode} at {self.at}"


class MonthlyCount(models.Model):
    """The rollup: what changed in one month among one cohort's spells.

    `month`: months since January 1970. `change`: spells begun less spells ended; `moment`: the same, each weighted
    with its time. `begun`: spells of components that have no other, begun; `single_change` as `change`, of those alone,
    where a spell that ends as a month begins has ended before it. `unaged_begun`, `unaged_change`: the same of those
    whose age nobody knows.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="months", db_index=False)
    month = models.IntegerField()
    change = models.BigIntegerField(default=0)
    moment = models.BigIntegerField(default=0)
    begun = models.BigIntegerField(default=0)
    single_change = models.BigIntegerField(default=0)
    unaged_begun = models.BigIntegerField(default=0)
    unaged_change = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("cohort", "month")
        constraints = (models.UniqueConstraint(fields=("cohort", "month"), name="month_once_per_cohort"),)

    def __str__(self) -> str:
        return f"{self.cohort_id} in {self.month}"
