"""What reading a bundle again changes, as JSON."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from ingest.api.bundle_shapes import EXAMPLE, BundleSerializer, bundle_shape
from ingest.models import Bundle
from ingest.services import Effect
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.api.serializers import StrictSerializer

ASSET = {"id": 4, "serial": "7XK2M93", "hostname": "db-17"}
DISK = {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"}


@extend_schema_serializer(
    examples=[OpenApiExample("A look at what would change", value={"dry_run": True}, request_only=True)]
)
class ReparseSerializer(StrictSerializer):
    """How to read a bundle again."""

    dry_run = serializers.BooleanField(default=False, help_text="Tells what would change, and changes nothing.")


class AssetTallySerializer(serializers.Serializer):
    """How many events an asset gained and lost."""

    asset = AssetReferenceSerializer()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class ComponentTallySerializer(serializers.Serializer):
    """How many events a component gained and lost."""

    component = ComponentReferenceSerializer()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class EventChangeSerializer(serializers.Serializer):
    """An event that came or went. `from` and `to`: slots, firmware versions or health words."""

    change = serializers.ChoiceField(choices=["added", "removed"])
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    asset = AssetReferenceSerializer(allow_null=True)
    component = ComponentReferenceSerializer(allow_null=True)
    from_asset = AssetReferenceSerializer(allow_null=True)
    to = serializers.CharField(allow_blank=True)

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        return {**fields, "from": serializers.CharField(allow_blank=True)}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A firmware that was not read before",
            value={
                "dry_run": True,
                "status_before": "partial",
                "status": "parsed",
                "observations_before": 49,
                "observations": 50,
                "added": 1,
                "removed": 0,
                "asset_count": 1,
                "component_count": 1,
                "assets": [{"asset": ASSET, "added": 1, "removed": 0}],
                "components": [{"component": DISK, "added": 1, "removed": 0}],
                "changes": [
                    {
                        "change": "added",
                        "type": "INSTALLED",
                        "occurred_at": "2026-03-01T10:00:00Z",
                        "asset": ASSET,
                        "component": DISK,
                        "from_asset": None,
                        "from": "",
                        "to": "Bay 3",
                    }
                ],
                "bundle": EXAMPLE,
            },
            response_only=True,
        )
    ]
)
class EffectSerializer(serializers.Serializer):
    """What reading the bundle again changed on the timelines, or would change.

    `added`, `removed`, `asset_count` and `component_count` count all. The lists are bounded: the assets and components
    with the most changes, and the first of the changes.
    """

    dry_run = serializers.BooleanField()
    status_before = serializers.ChoiceField(choices=Bundle.Status.choices)
    status = serializers.ChoiceField(choices=Bundle.Status.choices)
    observations_before = serializers.IntegerField()
    observations = serializers.IntegerField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    asset_count = serializers.IntegerField()
    component_count = serializers.IntegerField()
    assets = AssetTallySerializer(many=True)
    components = ComponentTallySerializer(many=True)
    changes = EventChangeSerializer(many=True)
    bundle = BundleSerializer()


def effect_shape(effect: Effect, bundle: Bundle) -> dict[str, Any]:
    """`effect` as a JSON object, with the bundle as it is now."""
    return {
        "dry_run": effect.dry_run,
        "status_before": effect.status_before,
        "status": effect.status,
        "observations_before": effect.observations_before,
        "observations": effect.observations,
        "added": effect.added,
        "removed": effect.removed,
        "asset_count": effect.assets,
        "component_count": effect.components,
        "assets": [
            {"asset": asset_reference(one.asset), "added": one.added, "removed": one.removed} for one in effect.by_asset
        ],
        "components": [
            {"component": component_reference(one.component), "added": one.added, "removed": one.removed}
            for one in effect.by_component
        ],
        "changes": [
            {
                "change": "added" if one.added else "removed",
                "type": one.type,
                "occurred_at": one.occurred_at,
                "asset": asset_reference(one.asset),
                "component": component_reference(one.component),
                "from_asset": asset_reference(one.from_asset),
                "from": one.from_value,
                "to": one.to_value,
            }
            for one in effect.changes
        ],
        "bundle": bundle_shape(bundle),
    }
