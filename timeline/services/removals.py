"""Records an operator's word on why a component was taken out."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from registry.domain.vocabulary import RemovalReason
from registry.models import Component, Installation
from registry.transactions import again_on_deadlock
from timeline.models import RemovalWord
from timeline.services.changes import note_changes


class StillThere(Exception):
    """What was not taken out was not taken out for a reason."""


@again_on_deadlock
def say_why_removed(installation_id: int, reason: RemovalReason, *, user: Any) -> Installation:
    """The ended installation with the reason; the last word counts.

    It stays with that removal when bundles date it anew. Raises `StillThere`.
    """
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(id=installation_id)
        if row.removed_at is None:
            raise StillThere
        RemovalWord.objects.create(
            component_id=row.component_id, asset_id=row.asset_id, at=row.removed_at, reason=reason, recorded_by=user
        )
        row.removal_reason = reason
        row.save(update_fields=["removal_reason"])
        Component.objects.filter(id=row.component_id, watched=False).update(watched=True)
        note_changes(components=[row.component_id])
        transaction.on_commit(import_string(settings.SWEEP))
        return row
