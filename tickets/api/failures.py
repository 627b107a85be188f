"""Failures: what logs, tickets and people tell, and what operators say of it."""

from datetime import datetime
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from registry.api.filters import ChoicesFilter, FlagFilter, KeyFilter, MomentFilter, SerialFilter
from registry.api.permissions import EDITORS, READERS
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    Reference,
    asset_reference,
    component_reference,
)
from registry.api.refusals import Conflict
from registry.api.serializers import StrictSerializer
from registry.domain.vocabulary import ComponentType, Role, Severity
from registry.models import Asset, Component
from tickets import services
from tickets.domain.naming import clean_name
from tickets.domain.told import EARLIEST, USUAL_MODE, mode_word
from tickets.domain.vocabulary import MAX_MESSAGE, MAX_MODE, FailureSource, FailureState, NameKind
from tickets.models import Failure

TELLERS = EDITORS | {Role.CONNECTOR}
MAX_KEY = 255
EXAMPLE = {
    "id": 5120,
    "source": "manual",
    "state": "open",
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "named": {"type": "disk", "component_serial": "S5FNNA0R500123", "asset_name": "", "slot": ""},
    "candidates": 1,
    "occurred_at": "2026-02-28T21:13:00Z",
    "not_before": None,
    "mode": "media_error",
    "severity": "fatal",
    "message": "Unrecovered read error",
    "episode": 318,
    "ticket": None,
    "bundle": None,
    "reason": "",
    "decided_by": None,
    "decided_at": None,
    "recorded_by": "anna",
    "recorded_at": "2026-03-01T10:00:00Z",
}
_PLAIN = (
    *("id", "source", "state", "candidates", "occurred_at", "not_before", "mode", "severity", "message", "reason"),
    "decided_at",
)


def _choices(words: Any) -> list[str]:
    return [word.value for word in words]


class NamedSerializer(serializers.Serializer):
    """By what the failed part was called."""

    type = serializers.CharField(allow_blank=True)
    component_serial = serializers.CharField(allow_blank=True)
    asset_name = serializers.CharField(allow_blank=True)
    slot = serializers.CharField(allow_blank=True)


@extend_schema_serializer(examples=[OpenApiExample("Failure", value=EXAMPLE, response_only=True)])
class FailureSerializer(serializers.Serializer):
    """One telling of a failure.

    `component` is null while what is `named` is not known, or while nobody is known to have sat in the slot then;
    `asset` is where the component sat at `occurred_at`. A part whose log tells only that it is failed became so after
    `not_before`, when it was seen well last; null where nobody saw that, and where the moment itself is told.
    `episode`: the failure as it is counted, which several tellings may share.
    """

    id = serializers.IntegerField()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # the framework has an attribute of that name
        choices=_choices(FailureSource)
    )
    state = serializers.ChoiceField(choices=_choices(FailureState))
    component = ComponentReferenceSerializer(allow_null=True)
    asset = AssetReferenceSerializer(allow_null=True)
    named = NamedSerializer()
    candidates = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(allow_null=True)
    mode = serializers.CharField()
    severity = serializers.ChoiceField(choices=_choices(Severity))
    message = serializers.CharField(allow_blank=True)
    episode = serializers.IntegerField(allow_null=True)
    ticket = serializers.IntegerField(allow_null=True)
    bundle = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    recorded_by = serializers.CharField(allow_null=True)
    recorded_at = serializers.DateTimeField()

    def to_representation(self, instance: Failure) -> dict[str, Any]:
        shown = {
            **{name: getattr(instance, name) for name in _PLAIN},
            "component": component_reference(instance.component),
            "asset": asset_reference(instance.asset),
            "named": {name: getattr(instance, name) for name in ("type", "component_serial", "asset_name", "slot")},
            "episode": instance.episode_id,
            "ticket": instance.ticket_id,
            "bundle": instance.bundle_id,
            "decided_by": instance.decided_by.username if instance.decided_by else None,
            "recorded_by": instance.recorded_by.username if instance.recorded_by else None,
            "recorded_at": instance.recorded_at,
        }
        return {name: shown[name] for name in EXAMPLE}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A component",
            value={
                "component_serial": "S5FNNA0R500123",
                "component_type": "disk",
                "occurred_at": "2026-02-28T21:13:00Z",
                "mode": "media_error",
                "severity": "fatal",
            },
            request_only=True,
        ),
        OpenApiExample(
            "What sat in a slot",
            value={"asset_serial": "7XK2M93", "slot": "Bay 3", "occurred_at": "2026-02-28T21:13:00Z"},
            request_only=True,
        ),
    ]
)
class TellSerializer(StrictSerializer):
    """A failure told by hand: of a component by id or serial, or of what sat in a slot of an asset at that time."""

    component = Reference(fields=("id",), queryset=Component.objects.filter(merged_into__isnull=True), required=False)
    component_serial = serializers.CharField(max_length=128, required=False)
    component_type = serializers.ChoiceField(choices=_choices(ComponentType), required=False)
    asset = Reference(fields=("id",), queryset=Asset.objects.filter(merged_into__isnull=True), required=False)
    asset_serial = serializers.CharField(max_length=128, required=False)
    slot = serializers.CharField(max_length=200, required=False)
    occurred_at = serializers.DateTimeField()
    mode = serializers.CharField(max_length=MAX_MODE, required=False, default=USUAL_MODE)
    severity = serializers.ChoiceField(choices=_choices(Severity), required=False, default=Severity.FATAL.value)
    message = serializers.CharField(max_length=MAX_MESSAGE, allow_blank=True, required=False, default="")

    def validate_occurred_at(self, value: datetime) -> datetime:
        if value < EARLIEST:
            raise ValidationError("This time lies outside of what can be stored.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        parts = [name for name in ("component", "component_serial") if name in attrs]
        places = [name for name in ("asset", "asset_serial") if name in attrs]
        if len(parts) + len(places) != 1:
            problem = "Name one of component, component_serial, asset and asset_serial."
            raise ValidationError({(parts + places + ["component_serial"])[0]: [problem]})
        if places and not attrs.get("slot", "").strip():
            raise ValidationError({"slot": ["Which part of the asset failed is told by its slot."]})
        if parts and "slot" in attrs:
            raise ValidationError({"slot": ["A component is named; where it sat then is known by its history."]})
        kind = attrs.get("component_type", "")
        for name, by in (("component_serial", NameKind.COMPONENT_SERIAL), ("asset_serial", NameKind.ASSET_SERIAL)):
            if name in attrs:
                found = clean_name(
                    by, attrs[name], kind if name == "component_serial" else "", "", settings.PLACEHOLDER_SERIALS
                )
                if found is None:
                    raise ValidationError({name: ["A blank or a placeholder names nothing."]})
                attrs[name] = found.name
        return attrs

    def told(self) -> services.Manual:
        """What is told."""
        told = self.validated_data
        return services.Manual(
            occurred_at=told["occurred_at"],
            mode=mode_word(told["mode"]),
            severity=told["severity"],
            message=told["message"],
            type=told.get("component_type", ""),
            component=told.get("component"),
            component_serial=told.get("component_serial", ""),
            asset=told.get("asset"),
            asset_serial=told.get("asset_serial", ""),
            slot=" ".join(told.get("slot", "").split()),
        )


@extend_schema_serializer(
    examples=[OpenApiExample("No failure", value={"state": "rejected", "reason": "A loose cable"}, request_only=True)]
)
class DecideSerializer(StrictSerializer):
    """An operator's word on a failure; `open` takes it back. What is rejected counts nowhere, for a reason."""

    state = serializers.ChoiceField(choices=_choices(FailureState), required=True)
    reason = serializers.CharField(max_length=MAX_MESSAGE, allow_blank=True, required=False, default="")


class FailureFilters(django_filters.FilterSet):
    """Filters of failures."""

    component = KeyFilter("component_id")
    component_serial = SerialFilter("component__serial")
    asset = KeyFilter("asset_id")
    asset_serial = SerialFilter("asset__serial")
    type = ChoicesFilter(choices=[(word, word) for word in _choices(ComponentType)])
    mode = django_filters.CharFilter()
    severity = ChoicesFilter(choices=[(word, word) for word in _choices(Severity)])
    source = ChoicesFilter(choices=[(word, word) for word in _choices(FailureSource)])
    state = ChoicesFilter(choices=[(word, word) for word in _choices(FailureState)])
    episode = KeyFilter("episode_id")
    ticket = KeyFilter("ticket_id")
    bundle = KeyFilter("bundle_id")
    unresolved = FlagFilter(method="filter_unresolved", label="Whether its component is not known.")
    occurred_after = MomentFilter("occurred_at", lookup_expr="gte")
    occurred_before = MomentFilter("occurred_at", lookup_expr="lt")

    def filter_unresolved(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Narrows `queryset` to those without a component, or with one."""
        return queryset.filter(component__isnull=value in (True, "true"))


class FailureViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Failure]):
    """Failures, however they were told. Posting records one by hand; patching confirms, rejects or opens it again."""

    roles = {"GET": READERS, "HEAD": READERS, "OPTIONS": READERS, "POST": TELLERS, "PATCH": EDITORS}
    lookup_value_converter = "int"
    # Components and assets are fetched by key afterwards: joined, MariaDB would begin at them.
    queryset = Failure.objects.select_related("decided_by", "recorded_by").prefetch_related(
        Prefetch("component", Component.objects.only("id", "type", "serial", "model")),
        Prefetch("asset", Asset.objects.only("id", "serial", "hostname")),
    )
    serializer_class = FailureSerializer
    filterset_class = FailureFilters
    ordering = ("-occurred_at", "-id")
    ordering_fields = ("id", "occurred_at")

    @extend_schema(
        request=TellSerializer,
        responses={201: FailureSerializer, 200: FailureSerializer},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The same key again from the same caller records nothing, and is answered with 200.",
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Records a failure told by hand."""
        serializer = TellSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > MAX_KEY:
            raise ValidationError({"Idempotency-Key": [f"At most {MAX_KEY} characters are expected."]})
        try:
            failure, is_new = services.record_failure(serializer.told(), key=key, user=request.user, now=timezone.now())
        except services.InFuture as refusal:
            raise ValidationError({"occurred_at": ["This time lies in the future."]}) from refusal
        except services.UsedKey as refusal:
            raise Conflict(str(refusal), failure={"id": refusal.failure_id}) from refusal
        return Response(self._shown(failure.pk), status=201 if is_new else 200)

    @extend_schema(request=DecideSerializer, responses=FailureSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Confirms or rejects a failure, or takes that back."""
        failure = self.get_object()
        serializer = DecideSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        told = serializer.validated_data
        try:
            services.decide_failures(
                [failure.pk],
                FailureState(told["state"]),
                reason=told["reason"],
                user=request.user,
                now=timezone.now(),
            )
        except services.NoReason as refusal:
            raise ValidationError({"reason": ["A failure is rejected for a reason."]}) from refusal
        return Response(self._shown(failure.pk))

    def _shown(self, key: int) -> Any:
        return FailureSerializer(self.get_queryset().get(pk=key)).data
