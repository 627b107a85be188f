"""Observations: what each bundle says of each component."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from ingest.models import Observation, Snapshot
from registry.api.filters import ChoicesFilter, KeyFilter, MomentFilter
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.domain.identity import serial_of
from registry.domain.vocabulary import ComponentType, Health
from registry.models import Asset, Component

EXAMPLE = {
    "id": 90210,
    "bundle": 55,
    "snapshot": 61,
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "type": "disk",
    "observed_at": "2026-03-01T10:00:00Z",
    "slot": "Bay 3",
    "firmware": "EPK98B5Q",
    "health": "ok",
    "vendor": "Samsung",
    "model": "MZWLJ7T6HALA-00AU3",
    "part_number": "",
    "serial": "S5FNNA0R500123",
    "parsers": ["document"],
    "measurements": {"power_on_hours": 18231, "media_errors": 0},
}


def observations() -> QuerySet[Observation]:
    """Observations with all that their JSON needs.

    Fetched by key afterwards, not joined: MariaDB would begin at the smaller table, and sort all observations.
    """
    return Observation.objects.prefetch_related(
        Prefetch("snapshot", Snapshot.objects.only("id", "bundle_id")),
        Prefetch("asset", Asset.objects.only("id", "serial", "hostname")),
        Prefetch("component", Component.objects.only("id", "type", "serial", "model")),
    )


class ObservationFilters(django_filters.FilterSet):
    """Filters of observations."""

    bundle = KeyFilter("snapshot__bundle_id")
    asset = KeyFilter("asset_id")
    component = KeyFilter("component_id")
    type = ChoicesFilter(choices=[(kind.value, kind.value) for kind in ComponentType])
    observed_after = MomentFilter("observed_at", lookup_expr="gte")
    observed_before = MomentFilter("observed_at", lookup_expr="lt")


class ComponentObservationFilters(django_filters.FilterSet):
    """Filters of one component's observations."""

    asset = KeyFilter("asset_id")
    observed_after = MomentFilter("observed_at", lookup_expr="gte")
    observed_before = MomentFilter("observed_at", lookup_expr="lt")


@extend_schema_serializer(examples=[OpenApiExample("Observation", value=EXAMPLE, response_only=True)])
class ObservationSerializer(serializers.Serializer):
    """What one bundle says of one component. `serial`, `model` and the like are as this bundle tells them."""

    id = serializers.IntegerField()
    bundle = serializers.IntegerField()
    snapshot = serializers.IntegerField()
    asset = AssetReferenceSerializer(allow_null=True)
    component = ComponentReferenceSerializer(allow_null=True)
    type = serializers.ChoiceField(choices=[kind.value for kind in ComponentType])
    observed_at = serializers.DateTimeField()
    slot = serializers.CharField(allow_blank=True)
    firmware = serializers.CharField(allow_blank=True)
    health = serializers.ChoiceField(choices=[health.value for health in Health])
    vendor = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    part_number = serializers.CharField(allow_blank=True)
    serial = serializers.CharField(allow_blank=True)
    parsers = serializers.ListField(child=serializers.CharField())
    measurements = serializers.DictField()

    def to_representation(self, instance: Observation) -> dict[str, Any]:
        claims = instance.claims
        return {
            "id": instance.pk,
            "bundle": instance.snapshot.bundle_id,
            "snapshot": instance.snapshot_id,
            "asset": asset_reference(instance.asset),
            "component": component_reference(instance.component),
            "type": instance.type,
            "observed_at": instance.observed_at,
            "slot": instance.slot,
            "firmware": instance.firmware,
            "health": instance.health,
            "vendor": instance.vendor or _claimed(claims, "vendor"),
            "model": _claimed(claims, "model"),
            "part_number": _claimed(claims, "part_number"),
            "serial": serial_of(instance.lookup),
            "parsers": instance.sources.get("parsers", []),
            "measurements": instance.measurements,
        }


def _claimed(claims: dict[str, Any], field: str) -> str:
    """The value of a claim, which is kept with the rank of its source."""
    return str(claims[field][1]) if field in claims else ""


class ObservationViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Observation]):
    """What bundles say of components."""

    lookup_value_converter = "int"
    queryset = observations()
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilters
    ordering_fields = ("id", "observed_at")


class ComponentObservationView(ListModelMixin, GenericViewSet[Observation]):
    """What was seen of one component."""

    queryset = observations()
    serializer_class = ObservationSerializer
    filterset_class = ComponentObservationFilters
    ordering = ("observed_at", "id")
    ordering_fields = ("observed_at", "id")

    def get_queryset(self) -> QuerySet[Observation]:
        component = get_object_or_404(Component.objects.only("id"), pk=self.kwargs["component_id"])
        return observations().filter(component_id=component.pk)
