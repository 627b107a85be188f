"""What sat in an asset at a moment, and what changed between two."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.filters import moment_parameter, refuse_unknown
from registry.api.references import AssetReferenceSerializer, ComponentReferenceSerializer, asset_reference
from registry.models import Asset
from timeline.selectors import configuration, difference

ASSET = {"id": 4, "serial": "7XK2M93", "hostname": "db-17"}
DISK = {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"}
OTHER = {"id": 78, "type": "disk", "serial": "S5FNNA0R500124", "model": "MZWLJ7T6HALA-00AU3"}


class PlacedSerializer(serializers.Serializer):
    """A component as it sat in the asset."""

    component = ComponentReferenceSerializer()
    slot = serializers.CharField(allow_blank=True)
    installed_at = serializers.DateTimeField()
    firmware = serializers.CharField(allow_blank=True)


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "Configuration",
            value={
                "asset": ASSET,
                "at": "2026-03-01T10:00:00Z",
                "next": None,
                "previous": None,
                "results": [
                    {"component": DISK, "slot": "Bay 3", "installed_at": "2026-01-07T10:00:00Z", "firmware": "EPK98B5Q"}
                ],
            },
            response_only=True,
        )
    ],
)
class ConfigurationSerializer(serializers.Serializer):
    """All that sat in the asset at that moment: always one whole page."""

    asset = AssetReferenceSerializer()
    at = serializers.DateTimeField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = PlacedSerializer(many=True)


class AddedSerializer(serializers.Serializer):
    """A component that is there at only one of the moments, and its slot."""

    component = ComponentReferenceSerializer()
    slot = serializers.CharField(allow_blank=True)


class ChangedFields(serializers.Serializer):
    """A component of which something is different, but for `from`, which is a word of the language."""

    component = ComponentReferenceSerializer()
    to = serializers.CharField(allow_blank=True)


class ChangedSerializer(ChangedFields):
    """A component that is there at both moments, with another slot or firmware."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.CharField(allow_blank=True)}


class DifferenceFields(serializers.Serializer):
    """A difference but for `from`."""

    asset = AssetReferenceSerializer()
    to = serializers.DateTimeField()
    added = AddedSerializer(many=True)
    removed = AddedSerializer(many=True)
    moved = ChangedSerializer(many=True)
    firmware_changed = ChangedSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Difference",
            value={
                "asset": ASSET,
                "from": "2026-01-01T00:00:00Z",
                "to": "2026-04-01T00:00:00Z",
                "added": [{"component": DISK, "slot": "Bay 3"}],
                "removed": [{"component": OTHER, "slot": "Bay 3"}],
                "moved": [],
                "firmware_changed": [],
            },
            response_only=True,
        )
    ]
)
class DifferenceSerializer(DifferenceFields):
    """What is different between two moments."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}


class Configuration(APIView):
    """The configuration of an asset."""

    @extend_schema(
        operation_id="assets_components",
        parameters=[OpenApiParameter("at", OpenApiTypes.DATETIME, description="The moment; now when left out.")],
        responses=ConfigurationSerializer,
    )
    def get(self, request: Request, asset_id: int) -> Response:
        """What sat in the asset at a moment."""
        refuse_unknown(request, ("at",))
        at = moment_parameter(request, "at", timezone.now())
        asset = _asset(asset_id)
        page = {"next": None, "previous": None, "results": configuration(asset.pk, at)}
        return Response({"asset": asset_reference(asset), "at": at, **page})


class Difference(APIView):
    """The difference between two configurations of an asset."""

    @extend_schema(
        operation_id="assets_diff",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME, required=True, description="The earlier moment."),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="The later moment; now when left out."),
        ],
        responses=DifferenceSerializer,
    )
    def get(self, request: Request, asset_id: int) -> Response:
        """What changed in the asset between two moments."""
        refuse_unknown(request, ("from", "to"))
        start, end = _span(request)
        asset = _asset(asset_id)
        changes = difference(asset.pk, start, end)
        return Response({"asset": asset_reference(asset), "from": start, "to": end, **changes})


def _span(request: Request) -> tuple[datetime, datetime]:
    start, end = moment_parameter(request, "from"), moment_parameter(request, "to", timezone.now())
    if start > end:
        raise ValidationError({"from": ["`from` lies after `to`."]})
    return start, end


def _asset(asset_id: int) -> Asset:
    return get_object_or_404(Asset.objects.only("id", "serial", "hostname"), pk=asset_id)
