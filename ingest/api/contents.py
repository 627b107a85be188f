"""What a bundle holds: its members with what became of each, and the failures that it tells."""

from typing import Any, TypeVar

import django_filters
from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet

from ingest.api.visible import BUNDLE_READERS, visible_bundles
from ingest.models import BundleFile, FailureSignal
from registry.api.filters import ChoicesFilter
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.api.serializers import identifiers_shown
from registry.domain.identity import identifier_of, serial_of
from registry.domain.vocabulary import ComponentType, Severity

Row = TypeVar("Row", bound=Model)

SIGNAL = {
    "id": 318,
    "snapshot": 61,
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "type": "disk",
    "serial": "S5FNNA0R500123",
    "identifiers": {},
    "slot": "",
    "kind": "entry",
    "mode": "media_error",
    "severity": "fatal",
    "occurred_at": "2026-02-28T21:13:00Z",
    "collected_at": "2026-03-01T10:00:00Z",
    "message": "unrecovered read error",
    "code": "",
    "parser": "document",
}


class BundleFileFilters(django_filters.FilterSet):
    """Filters of a bundle's members."""

    outcome = ChoicesFilter(choices=BundleFile.Outcome.choices)
    parser = django_filters.CharFilter()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Member",
            value={
                "id": 912,
                "name": "smartctl/sda.json",
                "size": 4312,
                "outcome": "parsed",
                "parser": "smartctl-json",
                "parser_version": 1,
                "observations": 1,
                "errors": [],
                "note": "",
            },
            response_only=True,
        )
    ]
)
class BundleFileSerializer(serializers.ModelSerializer):
    """One member of a bundle and what became of it. `note`: a link's target, which is a member of its own."""

    errors = serializers.ListField(child=serializers.JSONField())  # type: ignore[assignment]  # a serializer's own property

    class Meta:
        model = BundleFile
        fields = ("id", "name", "size", "outcome", "parser", "parser_version", "observations", "errors", "note")


class SignalFilters(django_filters.FilterSet):
    """Filters of the failures that a bundle tells."""

    type = ChoicesFilter(choices=[(kind.value, kind.value) for kind in ComponentType])
    kind = ChoicesFilter(choices=FailureSignal.Kind.choices)
    mode = django_filters.CharFilter()
    severity = ChoicesFilter(choices=[(word.value, word.value) for word in Severity])


@extend_schema_serializer(examples=[OpenApiExample("A log's entry", value=SIGNAL, response_only=True)])
class SignalSerializer(serializers.Serializer):
    """A failure as the bundle tells it.

    `kind`: an `entry` of a log, or the `state` when it was collected. `occurred_at`: null for a state, and for an entry
    without a time. `serial`, `identifiers` and `slot` name the part as the source does; `component` is null where the
    same snapshot shows no such part. What it counts for is told by `/failures?bundle=…`.
    """

    id = serializers.IntegerField()
    snapshot = serializers.IntegerField()
    asset = AssetReferenceSerializer(allow_null=True)
    component = ComponentReferenceSerializer(allow_null=True)
    type = serializers.ChoiceField(choices=[kind.value for kind in ComponentType])
    serial = serializers.CharField(allow_blank=True)
    identifiers = serializers.DictField(child=serializers.CharField())
    slot = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=FailureSignal.Kind.values)
    mode = serializers.CharField()
    severity = serializers.ChoiceField(choices=[word.value for word in Severity])
    occurred_at = serializers.DateTimeField(allow_null=True)
    collected_at = serializers.DateTimeField()
    message = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    parser = serializers.CharField()

    def to_representation(self, instance: FailureSignal) -> dict[str, Any]:
        snapshot, seen = instance.snapshot, instance.observation
        identifier = identifier_of(instance.lookup)
        return {
            "id": instance.pk,
            "snapshot": snapshot.pk,
            "asset": asset_reference(snapshot.asset),
            "component": component_reference(seen.component if seen else None),
            "type": instance.type,
            "serial": serial_of(instance.lookup),
            "identifiers": identifiers_shown([identifier[1:]] if identifier else []),
            "slot": instance.slot,
            "kind": instance.kind,
            "mode": instance.mode,
            "severity": instance.severity,
            "occurred_at": instance.occurred_at,
            "collected_at": snapshot.collected_at,
            "message": instance.message,
            "code": instance.code,
            "parser": instance.parser,
        }


class OfBundle(ListModelMixin, GenericViewSet[Row]):
    """What one bundle holds, for those who see the bundle."""

    roles = {"GET": BUNDLE_READERS, "HEAD": BUNDLE_READERS}
    bundle_field = "bundle"

    def get_queryset(self) -> QuerySet[Row]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        bundle = get_object_or_404(visible_bundles(self).only("id"), pk=self.kwargs["bundle_id"])
        return rows.filter(**{self.bundle_field: bundle.pk})


class BundleFileView(OfBundle[BundleFile]):
    """The members of a bundle."""

    queryset = BundleFile.objects.all()
    serializer_class = BundleFileSerializer
    filterset_class = BundleFileFilters


class BundleSignalView(OfBundle[FailureSignal]):
    """The failures that a bundle tells, as its sources tell them."""

    queryset = FailureSignal.objects.select_related("snapshot__asset", "observation__component")
    serializer_class = SignalSerializer
    filterset_class = SignalFilters
    bundle_field = "snapshot__bundle"
