"""Which bundles a caller sees."""

from typing import Any

from django.db.models import QuerySet

from ingest.models import Bundle
from registry.api.permissions import READERS
from registry.domain.vocabulary import Role

BUNDLE_READERS = READERS | {Role.COLLECTOR}


def visible_bundles(view: Any) -> QuerySet[Bundle]:
    """All bundles; for a collector those that it sent itself."""
    bundles = Bundle.objects.all()
    if getattr(view, "role", None) == Role.COLLECTOR:
        return bundles.filter(uploaded_by=view.request.user.pk)
    return bundles
