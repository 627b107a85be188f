"""Identity conflicts, and operators' decisions on who is who."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from registry.api.filters import ChoicesFilter, FlagFilter, KeyFilter, MomentFilter
from registry.api.permissions import USUAL
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    Reference,
    asset_reference,
    component_reference,
)
from registry.api.refusals import Conflict
from registry.api.serializers import StrictSerializer
from registry.domain.decisions import DecisionKind
from registry.models import Asset, Component, IdentityDecision
from timeline import services
from timeline.models import IdentityConflict

CONFLICT = {
    "id": 7,
    "kind": "alternation",
    "name": "disk:S5FNNA0R500123",
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "asset": {"id": 3, "serial": "9PQ4L22", "hostname": "db-16"},
    "other_asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "first_at": "2026-03-01T10:00:00Z",
    "last_at": "2026-03-04T10:00:00Z",
    "decided": None,
}
DECISION = {
    "id": 12,
    "kind": "split_asset",
    "names": [{"name": "disk:S5FNNA0R500123", "vendor": "SAMSUNG"}],
    "asset": "7XK2M93",
    "note": "The label in db-17 says otherwise",
    "decided_by": "mara",
    "decided_at": "2026-03-05T08:00:00Z",
    "revoked_by": None,
    "revoked_at": None,
}
_KINDS = [(kind.value, kind.value) for kind in DecisionKind]


@extend_schema_serializer(examples=[OpenApiExample("Conflict", value=CONFLICT, response_only=True)])
class IdentityConflictSerializer(serializers.Serializer):
    """A name that cannot be one part's: at two slots at once, or at two assets in turn. `decided`: null while open."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=IdentityConflict.Kind.choices)
    name = serializers.CharField()
    component = ComponentReferenceSerializer(allow_null=True)
    asset = AssetReferenceSerializer()
    other_asset = AssetReferenceSerializer(allow_null=True)
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    decided = serializers.ChoiceField(choices=_KINDS, allow_null=True)

    def to_representation(self, instance: IdentityConflict) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "kind": instance.kind,
            "name": instance.name,
            "component": component_reference(instance.component),
            "asset": asset_reference(instance.asset),
            "other_asset": asset_reference(instance.other_asset),
            "first_at": instance.first_at,
            "last_at": instance.last_at,
            "decided": vars(instance)["decided"],
        }


class DecidedNameSerializer(serializers.Serializer):
    """A name that a decision speaks of, of one vendor's thing or (``""``) of whichever vendor's."""

    name = serializers.CharField()
    vendor = serializers.CharField(allow_blank=True)


@extend_schema_serializer(examples=[OpenApiExample("Decision", value=DECISION, response_only=True)])
class IdentityDecisionSerializer(serializers.Serializer):
    """An operator's decision; of names that are merged the first is kept. `asset`: where it holds, else everywhere."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=_KINDS)
    names = DecidedNameSerializer(many=True)
    asset = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField()
    revoked_by = serializers.CharField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: IdentityDecision) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "kind": instance.kind,
            "names": [{"name": one.name, "vendor": one.vendor} for one in instance.names.all()],
            "asset": instance.asset,
            "note": instance.note,
            "decided_by": str(instance.decided_by) if instance.decided_by else None,
            "decided_at": instance.decided_at,
            "revoked_by": str(instance.revoked_by) if instance.revoked_by else None,
            "revoked_at": instance.revoked_at,
        }


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Settle a conflict",
            value={"conflict": 7, "decision": "split", "note": "The label in db-17 says otherwise"},
            request_only=True,
        ),
        OpenApiExample("Two components are one", value={"components": [77, 78]}, request_only=True),
        OpenApiExample("Two assets are one", value={"assets": [4, 3], "note": "New board"}, request_only=True),
    ]
)
class DecideSerializer(StrictSerializer):
    """A `decision` on a `conflict`, or the `components` or `assets` that are one, of which the first is kept."""

    conflict = serializers.PrimaryKeyRelatedField(queryset=IdentityConflict.objects.all(), required=False)
    decision = serializers.ChoiceField(choices=[(verb, verb) for verb in services.VERBS], required=False)
    components = serializers.ListField(
        child=Reference(fields=("id",), queryset=Component.objects.only("id")), required=False, max_length=20
    )
    assets = serializers.ListField(
        child=Reference(fields=("id",), queryset=Asset.objects.only("id")), required=False, max_length=20
    )
    note = serializers.CharField(allow_blank=True, required=False, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        told = attrs.keys() & {"conflict", "components", "assets"}
        if len(told) != 1:
            raise ValidationError("One of conflict, components and assets is expected.")
        if ("decision" in attrs) != ("conflict" in attrs):
            raise ValidationError({"decision": ["A conflict needs one, and what is merged has none."]})
        return attrs


class IdentityConflictFilters(django_filters.FilterSet):
    """Filters of conflicts."""

    kind = ChoicesFilter(choices=IdentityConflict.Kind.choices)
    component = KeyFilter("component_id")
    asset = KeyFilter(method="filter_asset", label="One of its assets.")
    open = FlagFilter("decided", lookup_expr="isnull", label="Whether nobody decided on it.")
    after = MomentFilter("last_at", lookup_expr="gte", label="Seen at that moment or later.")

    def filter_asset(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        """Those of an asset, whichever of the two it is."""
        return queryset.filter(Q(asset_id=value) | Q(other_asset_id=value))


class IdentityDecisionFilters(django_filters.FilterSet):
    """Filters of decisions."""

    kind = ChoicesFilter(choices=_KINDS)
    revoked = FlagFilter(method="filter_revoked", label="Whether it was taken back.")

    def filter_revoked(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those that were taken back, or are in force."""
        return queryset.filter(revoked_at__isnull=value != "true")


class IdentityConflictViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[IdentityConflict]):
    """Names that cannot be one part's; `POST /identity-decisions` settles them."""

    lookup_value_converter = "int"
    queryset = IdentityConflict.objects.with_decision().select_related("component", "asset", "other_asset")
    serializer_class = IdentityConflictSerializer
    filterset_class = IdentityConflictFilters
    ordering_fields = ("id", "last_at")


class IdentityDecisionViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[IdentityDecision]):
    """What operators decided about who is who: evidence, so never edited, but revoked."""

    roles = {method: roles for method, roles in USUAL.items() if method in {"GET", "HEAD", "OPTIONS", "POST"}}
    lookup_value_converter = "int"
    queryset = IdentityDecision.objects.select_related("decided_by", "revoked_by").prefetch_related("names")
    serializer_class = IdentityDecisionSerializer
    filterset_class = IdentityDecisionFilters
    ordering_fields = ("id", "decided_at")

    @extend_schema(request=DecideSerializer, responses={201: IdentityDecisionSerializer})
    def create(self, request: Request) -> Response:
        """Decides, and has all that it changes derived anew."""
        checked = DecideSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        told: dict[str, Any] = checked.validated_data
        word = services.Word(request.user, timezone.now(), told["note"])
        try:
            if "conflict" in told:
                decision = services.settle_conflict(told["conflict"].pk, told["decision"], word)
            elif "components" in told:
                decision = services.merge_components([row.pk for row in told["components"]], word)
            else:
                decision = services.merge_assets([row.pk for row in told["assets"]], word)
        except services.Undecidable as problem:
            raise Conflict(str(problem)) from problem
        return Response(self._shown(decision), status=201)

    @extend_schema(request=None, responses=IdentityDecisionSerializer)
    @action(detail=True, methods=["post"], url_path="revoke", filter_backends=(), pagination_class=None)
    def revoke(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Takes it back: what it changed is as if it had never been decided."""
        decision = services.revoke_decision(self.get_object().pk, services.Word(request.user, timezone.now()))
        return Response(self._shown(decision))

    def _shown(self, decision: IdentityDecision) -> Any:
        return IdentityDecisionSerializer(self.get_queryset().get(pk=decision.pk)).data
