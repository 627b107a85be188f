"""The components that an alert concerns, and where they are now."""

from django.db.models import QuerySet

from analytics.models import Alert
from registry.models import Component


def concerned(alert: Alert) -> "QuerySet[Component]":
    """All components of the lot, all that run the firmware, or all that sit in the place now; by id."""
    parts = Component.objects.select_related("asset__project__customer", "asset__location", "lot").order_by("id")
    if alert.kind == Alert.Kind.LOT:
        return parts.filter(type=alert.component_type, model=alert.model, lot__code=alert.value)
    if alert.kind == Alert.Kind.FIRMWARE:
        return parts.filter(type=alert.component_type, model=alert.model, firmware=alert.value)
    here = parts.filter(asset=alert.asset_id)
    return here.filter(slot=alert.slot) if alert.kind == Alert.Kind.SLOT else here
