"""The components that an alert concerns, where they are now, and how often each failed so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from analytics.models import Alert
from analytics.selectors.cohorts import location_names
from registry.models import Component
from tickets.models import FailureEpisode


@dataclass(frozen=True, slots=True)
class Recalled:
    """A component of a recall list. `location`: the path of its asset's, ``""`` where unknown. `failures`: so far."""

    component: Component
    location: str
    failures: int


def concerned(alert: Alert, customer: str | None = None) -> "QuerySet[Component]":
    """All components of the lot, all that run the firmware, or all that sit in the place now; by id.

    `customer`: those in that customer's assets alone.
    """
    parts = Component.objects.select_related("asset__project__customer", "lot").order_by("id")
    if customer is not None:
        parts = parts.filter(asset__project__customer__code=customer)
    match alert.kind:
        case Alert.Kind.LOT:
            return parts.filter(type=alert.component_type, model__spelled=alert.model, lot__code=alert.value)
        case Alert.Kind.FIRMWARE:
            same = parts.filter(type=alert.component_type, model__spelled=alert.model)
            return same.filter(firmware__spelled=alert.value)
        case Alert.Kind.SLOT:
            return parts.filter(asset=alert.asset_id, slot__spelled=alert.slot)
    return parts.filter(asset=alert.asset_id)


def recalled(parts: Sequence[Component], locations: Mapping[int, str] | None = None) -> list[Recalled]:
    """Some components as a recall list has them; two queries, or one where the names of `locations` are known."""
    names = location_names() if locations is None else locations
    told = FailureEpisode.objects.filter(component__in=[part.pk for part in parts]).order_by()
    failures = dict(told.values_list("component").annotate(Count("id")))
    return [
        Recalled(part, names.get(part.asset.location_id or 0, "") if part.asset else "", failures.get(part.pk, 0))
        for part in parts
    ]
