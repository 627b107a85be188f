"""The components that an alert concerns, where they are now, and how often each failed so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from analytics.models import Alert
from analytics.selectors.cohorts import location_names
from registry.models import Component
from tickets.models import FailureEpisode

_CHUNK = 1000


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
    if alert.kind == Alert.Kind.LOT:
        return parts.filter(type=alert.component_type, model=alert.model, lot__code=alert.value)
    if alert.kind == Alert.Kind.FIRMWARE:
        return parts.filter(type=alert.component_type, model=alert.model, firmware=alert.value)
    here = parts.filter(asset=alert.asset_id)
    return here.filter(slot=alert.slot) if alert.kind == Alert.Kind.SLOT else here


def recalled(parts: Sequence[Component], locations: Mapping[int, str] | None = None) -> list[Recalled]:
    """Some components as a recall list has them; two queries, or one where the names of `locations` are known."""
    names = location_names() if locations is None else locations
    told = FailureEpisode.objects.filter(component__in=[part.pk for part in parts]).order_by()
    failures = dict(told.values_list("component").annotate(Count("id")))
    return [
        Recalled(part, names.get(part.asset.location_id or 0, "") if part.asset else "", failures.get(part.pk, 0))
        for part in parts
    ]


def recall_list(parts: "QuerySet[Component]") -> Iterator[Recalled]:
    """All of them by id, read in chunks: a lot may have more components than memory should hold."""
    locations = location_names()
    last = 0
    while chunk := list(parts.filter(id__gt=last)[:_CHUNK]):
        yield from recalled(chunk, locations)
        last = chunk[-1].pk
