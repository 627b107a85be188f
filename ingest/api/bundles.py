"""Bundles: what was sent, what became of it, and the bytes themselves; what they hold is in `contents`."""

import base64
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from ingest import services
from ingest.api.bundle_shapes import BundleSerializer
from ingest.api.effects import EffectSerializer, ReparseSerializer, effect_shape
from ingest.api.visible import BUNDLE_READERS, visible_bundles
from ingest.models import Bundle, Snapshot
from ingest.selectors import outdated
from ingest.storage import CheckedBytes, DamagedBundle
from registry.api.filters import ChoicesFilter, FlagFilter, KeyFilter, MomentFilter, refuse_unknown
from registry.api.permissions import EDITORS
from registry.api.refusals import Conflict
from registry.api.serializers import StrictSerializer


class BytesLost(APIException):
    """500: the storage has the bundle's bytes no longer, or no longer as they came."""

    status_code = 500
    default_code = "bytes_lost"
    default_detail = "The stored bytes of this bundle are damaged or missing. Sending the bundle again restores them."


class BundleFilters(django_filters.FilterSet):
    """Filters of bundles."""

    sha256 = django_filters.CharFilter(method="filter_sha256", label="In hexadecimal digits.")
    status = ChoicesFilter(choices=Bundle.Status.choices)
    asset = KeyFilter(method="filter_asset", label="The id of an asset that it tells of.")
    filename = django_filters.CharFilter()
    held = ChoicesFilter(
        method="filter_held", choices=[("asset", "asset"), ("clock", "clock")], label="What an operator must tell."
    )
    given_up = FlagFilter(method="filter_given_up", label="Whether it waits for an operator to try it again.")
    outdated = FlagFilter(method="filter_outdated", label="Whether an older version of a parser read it.")
    received_after = MomentFilter("received_at", lookup_expr="gte")
    received_before = MomentFilter("received_at", lookup_expr="lt")

    def filter_sha256(self, queryset: QuerySet[Bundle], name: str, value: str) -> QuerySet[Bundle]:
        """Narrows `queryset` to the bundle with this digest."""
        return queryset.filter(sha256=value.strip().lower())

    def filter_asset(self, queryset: QuerySet[Bundle], name: str, value: int) -> QuerySet[Bundle]:
        """Narrows `queryset` to the bundles that tell of one asset."""
        return queryset.filter(pk__in=Snapshot.objects.filter(asset_id=value).values("bundle_id"))

    def filter_held(self, queryset: QuerySet[Bundle], name: str, value: list[str]) -> QuerySet[Bundle]:
        """Narrows `queryset` to the bundles of which a snapshot waits for an operator."""
        return (
            queryset.filter(pk__in=Snapshot.objects.filter(held__in=value).values("bundle_id")) if value else queryset
        )

    def filter_outdated(self, queryset: QuerySet[Bundle], name: str, value: str) -> QuerySet[Bundle]:
        """Narrows `queryset` to the bundles that an older version of a parser read, or to the others."""
        older = outdated(Bundle.objects.order_by()).values("pk")
        return queryset.filter(pk__in=older) if value == "true" else queryset.exclude(pk__in=older)

    def filter_given_up(self, queryset: QuerySet[Bundle], name: str, value: str) -> QuerySet[Bundle]:
        """Narrows `queryset` to the bundles that were given up, or to the others."""
        given_up = Bundle.objects.given_up()
        return queryset.filter(pk__in=given_up) if value == "true" else queryset.exclude(pk__in=given_up)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "The asset and the time, told by an operator",
            value={"asset": 4, "collected_at": "2026-03-01T10:00:00Z"},
            request_only=True,
        )
    ]
)
class AmendmentSerializer(StrictSerializer):
    """What an operator tells of a bundle that does not tell it itself."""

    asset = serializers.IntegerField(min_value=1, required=False)
    collected_at = serializers.DateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError("Name `asset`, `collected_at`, or both.")
        return attrs


class BundleViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Bundle]):
    """Bundles. A collector sees those that it sent itself."""

    roles = {"GET": BUNDLE_READERS, "HEAD": BUNDLE_READERS, "PATCH": EDITORS, "POST": EDITORS}
    lookup_value_converter = "int"
    serializer_class = BundleSerializer
    filterset_class = BundleFilters
    ordering = ("-id",)
    ordering_fields = ("id", "received_at", "size")

    def get_queryset(self) -> QuerySet[Bundle]:
        return visible_bundles(self)

    @extend_schema(request=AmendmentSerializer, responses=BundleSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tells the asset or the time of a bundle; it is read again with that."""
        bundle = self.get_object()
        amendment = AmendmentSerializer(data=request.data)
        amendment.is_valid(raise_exception=True)
        told = amendment.validated_data
        try:
            amended = services.amend(
                bundle.pk,
                asset_id=told.get("asset"),
                collected_at=told.get("collected_at"),
                user=request.user,
                now=timezone.now(),
            )
        except services.Refused as refusal:
            raise ValidationError({refusal.field: [str(refusal)]}) from refusal
        return Response(BundleSerializer(amended).data)

    @extend_schema(request=ReparseSerializer, responses=EffectSerializer)
    @action(detail=True, methods=["post"], url_path="reparse", filter_backends=(), pagination_class=None)
    def reparse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Reads the bundle again with the parsers of today, and tells what that changes on the timelines."""
        refuse_unknown(request, ())
        bundle = self.get_object()
        wish = ReparseSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        dry_run = wish.validated_data["dry_run"]
        try:
            effect = services.reparse(bundle.pk, dry_run=dry_run, user=request.user, now=timezone.now())
        except services.AtWork as problem:
            raise Conflict(str(problem)) from problem
        except (DamagedBundle, FileNotFoundError) as problem:
            raise BytesLost from problem
        bundle.refresh_from_db()
        return Response(effect_shape(effect, bundle))

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 304: OpenApiResponse(description="As known")}
    )
    @action(detail=True, url_path="raw", filter_backends=(), pagination_class=None)
    def raw(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The bytes as they were sent; the connection breaks off when they turn out to be damaged on the way."""
        bundle = self.get_object()
        etag = f'"{bundle.sha256}"'
        unchanged = get_conditional_response(request._request, etag=etag)
        if unchanged is not None:
            unchanged["ETag"] = etag
            return unchanged
        try:
            content = CheckedBytes(bundle.sha256)
        except (DamagedBundle, FileNotFoundError) as problem:
            raise BytesLost from problem
        # Never the sender's content type: a browser must save these bytes, not show them.
        response = FileResponse(
            content,
            as_attachment=True,
            filename=bundle.filename or bundle.sha256,
            content_type="application/octet-stream",
        )
        response["Content-Length"] = str(bundle.size)
        digest = base64.b64encode(bytes.fromhex(bundle.sha256)).decode()
        response["Content-Digest"] = f"sha-256=:{digest}:"
        response["ETag"] = etag
        patch_cache_control(response, private=True, no_cache=True)
        return response
