"""What others must follow up."""

from django.conf import settings
from django.db import models

from registry.domain.vocabulary import RemovalReason


class Change(models.Model):
    """The history of a watched component, or of what sat in a watched asset, changed; or an asset has new signals.

    Rows are added in the transaction of the change, and taken by whoever follows it up. By id alone: what is named may
    be gone by then, and that is a change too. `news_only`: a bundle told signals of the asset, whose past is as it was.
    """

    component_id = models.BigIntegerField(null=True)
    asset_id = models.BigIntegerField(null=True)
    news_only = models.BooleanField(default=False)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"component {self.component_id}" if self.component_id else f"asset {self.asset_id}"


class RemovalWord(models.Model):
    """An operator's word on why a component was taken out of an asset at about `at`; evidence, never edited."""

    component = models.ForeignKey("registry.Component", on_delete=models.CASCADE, related_name="removal_words")
    asset = models.ForeignKey("registry.Asset", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=8, choices=[(reason.value, reason.value) for reason in RemovalReason])
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.component}: {self.reason}"
