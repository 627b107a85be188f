"""Installations: where components sat and when, and an operator's word on it."""

from typing import Any

import django_filters
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from registry.api.filters import ChoicesFilter, FlagFilter, KeyFilter, MomentFilter, SerialFilter, TextFilter
from registry.api.permissions import USUAL
from registry.api.references import Reference, asset_reference, component_reference
from registry.api.refusals import Conflict
from registry.api.serializers import StrictSerializer
from registry.domain.vocabulary import ComponentType, RemovalReason
from registry.models import Asset, Component, Installation
from timeline import services
from timeline.services.removals import StillThere, say_why_removed

EXAMPLE = {
    "id": 31,
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "slot": "Bay 3",
    "installed_at": "2026-01-07T10:00:00Z",
    "removed_at": None,
    "not_before": "2026-01-06T10:00:00Z",
    "removal_reason": None,
}


@extend_schema_serializer(examples=[OpenApiExample("Installation", value=EXAMPLE, response_only=True)])
class InstallationSerializer(serializers.Serializer):
    """A component in a slot of an asset during `[installed_at, removed_at)`; it came after `not_before`."""

    id = serializers.IntegerField()
    component = Reference(fields=("id", "type", "serial", "model"), read_only=True)
    asset = Reference(fields=("id", "serial", "hostname"), read_only=True)
    slot = serializers.CharField(allow_blank=True)
    installed_at = serializers.DateTimeField()
    removed_at = serializers.DateTimeField(allow_null=True)
    not_before = serializers.DateTimeField(allow_null=True)
    removal_reason = serializers.ChoiceField(choices=[reason.value for reason in RemovalReason], allow_null=True)

    def to_representation(self, instance: Installation) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "component": component_reference(instance.component),
            "asset": asset_reference(instance.asset),
            "slot": instance.slot,
            "installed_at": instance.installed_at,
            "removed_at": instance.removed_at,
            "not_before": instance.not_before,
            "removal_reason": instance.removal_reason,
        }


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Put in",
            value={
                "component": 77,
                "asset": 4,
                "slot": "Bay 3",
                "installed_at": "2026-03-02T09:30:00Z",
                "note": "Replaced under OPS-4711",
            },
            request_only=True,
        )
    ]
)
class InstallSerializer(StrictSerializer):
    """An operator's word that a component was put into an asset."""

    component = Reference(fields=("id",), queryset=Component.objects.only("id"))
    asset = Reference(fields=("id",), queryset=Asset.objects.only("id"))
    slot = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")
    installed_at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True, required=False, default="")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Taken out",
            value={"removed_at": "2026-03-02T09:10:00Z", "removal_reason": "failed", "note": "Sent back"},
            request_only=True,
        )
    ]
)
class RemoveSerializer(StrictSerializer):
    """An operator's word that a component was taken out, on why it was, or on both."""

    removed_at = serializers.DateTimeField(required=False)
    removal_reason = serializers.ChoiceField(choices=[reason.value for reason in RemovalReason], required=False)
    note = serializers.CharField(allow_blank=True, required=False, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not {"removed_at", "removal_reason"} & attrs.keys():
            raise ValidationError({"removed_at": ["When it was taken out is told, or why."]})
        return attrs


def installations() -> QuerySet[Installation]:
    """Installations with all that their JSON needs.

    Fetched by key afterwards, not joined: MariaDB would begin at the smaller table, and sort all installations.
    """
    return Installation.objects.prefetch_related(
        Prefetch("component", Component.objects.only("id", "type", "serial", "model")),
        Prefetch("asset", Asset.objects.only("id", "serial", "hostname")),
    )


class ComponentInstallationFilters(django_filters.FilterSet):
    """Filters of one component's installations."""

    asset = KeyFilter("asset_id")
    slot = TextFilter()
    removal_reason = ChoicesFilter(choices=[(reason.value, reason.value) for reason in RemovalReason])
    open = FlagFilter("removed_at", lookup_expr="isnull", label="Whether it is still there.")
    at = MomentFilter(method="filter_at", label="In force at that moment.")
    after = MomentFilter("ends_at", lookup_expr="gt", label="In force at that moment or later.")
    before = MomentFilter("installed_at", lookup_expr="lt", label="In force before that moment.")

    def filter_at(self, queryset: Any, name: str, value: Any) -> QuerySet[Installation]:
        """Those in force at a moment."""
        open_then: QuerySet[Installation] = queryset.open_at(value)
        return open_then


class InstallationFilters(ComponentInstallationFilters):
    """Filters of installations."""

    component = KeyFilter("component_id")
    type = ChoicesFilter(method="filter_type", choices=[(kind.value, kind.value) for kind in ComponentType])
    component_serial = SerialFilter("component__serial")
    asset_serial = SerialFilter("asset__serial")

    def filter_type(self, queryset: Any, name: str, value: list[str]) -> QuerySet[Installation]:
        """Those of components of some types; looked up row by row in the order of the list, for the same reason."""
        kind = Component.objects.filter(pk=OuterRef("component_id")).values("type")
        typed: QuerySet[Installation] = (
            queryset.alias(kind=Subquery(kind)).filter(kind__in=value) if value else queryset
        )
        return typed


class InstallationViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Installation]):
    """Where components sat and when. Posting and patching records an operator's word, from which all else derives."""

    roles = {method: roles for method, roles in USUAL.items() if method != "DELETE"}
    lookup_value_converter = "int"
    queryset = installations()
    serializer_class = InstallationSerializer
    filterset_class = InstallationFilters
    ordering_fields = ("id", "installed_at")

    @extend_schema(request=InstallSerializer, responses={201: InstallationSerializer})
    def create(self, request: Request) -> Response:
        """Records that a component was put into an asset."""
        told = _checked(InstallSerializer(data=request.data))
        try:
            installation = services.assert_installed(
                component_id=told["component"].pk,
                asset_id=told["asset"].pk,
                slot=told["slot"],
                at=told["installed_at"],
                note=told["note"],
                user=request.user,
            )
        except (services.Contradiction, services.ImpossibleTime) as refusal:
            raise _answer(refusal) from refusal
        return Response(self._shown(installation), status=201)

    @extend_schema(request=RemoveSerializer, responses=InstallationSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Records that a component was taken out, or why it was."""
        installation = self.get_object()
        told = _checked(RemoveSerializer(data=request.data))
        try:
            if "removed_at" in told:
                installation = services.assert_removed(
                    installation_id=installation.pk, at=told["removed_at"], note=told["note"], user=request.user
                )
            if "removal_reason" in told:
                installation = say_why_removed(
                    installation.pk, RemovalReason(told["removal_reason"]), user=request.user
                )
        except (services.Contradiction, services.ImpossibleTime) as refusal:
            raise _answer(refusal) from refusal
        except StillThere as refusal:
            raise ValidationError({"removed_at": ["It is still there: tell when it was taken out."]}) from refusal
        return Response(self._shown(installation))

    def _shown(self, installation: Installation) -> Any:
        return InstallationSerializer(self.get_queryset().get(pk=installation.pk)).data


def _checked(serializer: StrictSerializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    told: dict[str, Any] = serializer.validated_data
    return told


def _answer(refusal: services.Contradiction | services.ImpossibleTime) -> APIException:
    if isinstance(refusal, services.Contradiction):
        return Conflict(str(refusal), installation={"id": refusal.installation_id})
    return ValidationError({refusal.field: [str(refusal)]})


class ComponentInstallations(ListModelMixin, GenericViewSet[Installation]):
    """Where a component sat and when, first to last."""

    queryset = installations()
    serializer_class = InstallationSerializer
    filterset_class = ComponentInstallationFilters
    ordering = ("installed_at", "id")
    ordering_fields = ("installed_at", "id")

    def get_queryset(self) -> QuerySet[Installation]:
        component = get_object_or_404(Component.objects.only("id"), pk=self.kwargs["component_id"])
        return super().get_queryset().filter(component_id=component.pk)
