"""What figures are made of, over HTTP: components with their service, and failures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from analytics.api.csv_tables import CsvRenderer, csv_download
from analytics.api.parameters import FILTER_PARAMETERS, WINDOW_PARAMETERS, question_asked
from analytics.domain.question import Question
from analytics.domain.spells import DAY, to_moment
from analytics.models import CountedFailure
from analytics.selectors.parts import Service, chosen_cohorts, components_in, failures_in, services
from analytics.selectors.sources import written
from analytics.services.keeping import bring_up_to_date
from registry.api.bodies import JSONRenderer
from registry.api.filters import PAGING, whole_key
from registry.api.pages import in_pieces
from registry.api.permissions import customer_of
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.models import Asset, Component
from tickets.models import FailureEpisode

COMPONENT = {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"}
ASSET = {"id": 4, "serial": "7XK2M93", "hostname": "db-17"}
PARAMETERS = [*WINDOW_PARAMETERS, *FILTER_PARAMETERS]

Rows = list[dict[str, Any]]


class FailuresLinkSerializer(serializers.Serializer):
    """Where the failures are listed as they were told."""

    failures = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A disk",
            value={
                "component": COMPONENT,
                "exposure_days": 58.5,
                "failures": 1,
                "first": "2026-01-01T00:00:00Z",
                "last": "2026-02-28T12:00:00Z",
                "links": {"failures": "/failures?component=77"},
            },
            response_only=True,
        )
    ]
)
class CountedComponentSerializer(serializers.Serializer):
    """A component of a group, and its service in the window; none, when its asset had fallen silent before."""

    component = ComponentReferenceSerializer()
    exposure_days = serializers.FloatField()
    failures = serializers.IntegerField()
    first = serializers.DateTimeField(allow_null=True)
    last = serializers.DateTimeField(allow_null=True)
    links = FailuresLinkSerializer()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A disk's failure",
            value={
                "id": 12,
                "component": COMPONENT,
                "at": "2026-02-28T12:00:00Z",
                "mode": "media_error",
                "severity": "fatal",
                "asset": ASSET,
                "slot": "Bay 3",
                "unattributed": "",
                "links": {"failures": "/failures?episode=12"},
            },
            response_only=True,
        )
    ]
)
class CountedFailureSerializer(serializers.Serializer):
    """A failure as it counts; `id` is the episode's, `unattributed` why it counts for no time of service."""

    id = serializers.IntegerField()
    component = ComponentReferenceSerializer(allow_null=True)
    at = serializers.DateTimeField()
    mode = serializers.CharField()
    severity = serializers.CharField()
    asset = AssetReferenceSerializer(allow_null=True)
    slot = serializers.CharField(allow_blank=True)
    unattributed = serializers.CharField(allow_blank=True)
    links = FailuresLinkSerializer()


class PartsView(GenericViewSet[Any]):
    """Lists what a question's figures are made of."""

    renderer_classes = (JSONRenderer, CsvRenderer)
    filter_backends = ()
    ordering: tuple[str, ...] = ("id",)
    extras: Sequence[str] = ()
    columns: Sequence[str] = ()
    csv_name = "parts"

    def question(self, request: Request) -> Question:
        """The question whose parts are listed, after what changed was counted."""
        now = timezone.now()
        extras = {*PAGING, *self.extras}
        question = question_asked(request, now=now, customer=customer_of(request), extras=extras, grouped=False)
        bring_up_to_date(now=now, most=settings.RELIABILITY_COUNT_MOST)
        return question

    def listed(self, request: Request, found: QuerySet[Any], told: Callable[[Sequence[Any]], Rows]) -> HttpResponseBase:
        """One page of what was found, each as it is `told`; all of it as a table."""
        if request.accepted_renderer.format == CsvRenderer.format:
            rows = (row for piece in in_pieces(found, self.ordering) for row in told(piece))
            return csv_download(self.csv_name, self.columns, rows)
        return self.get_paginated_response(told(self.paginate_queryset(found) or []))


class CountedComponents(PartsView):
    """The components behind a figure."""

    serializer_class = CountedComponentSerializer
    csv_name = "components"
    columns = (
        "component_id",
        "component_type",
        "component_serial",
        "component_model",
        "exposure_days",
        "failures",
        "first",
        "last",
    )

    @extend_schema(
        operation_id="analytics_components", parameters=PARAMETERS, responses=CountedComponentSerializer(many=True)
    )
    def list(self, request: Request) -> HttpResponseBase:
        """The components of a group with their service in the window; as CSV all of them."""
        question = self.question(request)
        cohorts = chosen_cohorts(question)
        span = {"occurred_after": written(question.start), "occurred_before": written(question.as_of)}

        def told(page: Sequence[Component]) -> Rows:
            served = services(question.window, cohorts, [part.pk for part in page])
            return [_served(part, served[part.pk], span) for part in page]

        return self.listed(request, components_in(question, cohorts).only("id", "type", "serial", "model"), told)


def _served(part: Component, service: Service, span: Mapping[str, str]) -> dict[str, Any]:
    return {
        "component": component_reference(part),
        "exposure_days": service.exposure / DAY,
        "failures": service.failures,
        "first": None if service.first is None else to_moment(service.first),
        "last": None if service.last is None else to_moment(service.last),
        "links": {"failures": f"/failures?{urlencode({'component': part.pk, **span})}"},
    }


class CountedFailures(PartsView):
    """The failures behind a figure."""

    serializer_class = CountedFailureSerializer
    extras = ("unattributed", "asset", "slot")
    ordering = ("at", "id")
    csv_name = "failures"
    columns = (
        "id",
        "at",
        "mode",
        "severity",
        "component_id",
        "component_type",
        "component_serial",
        "component_model",
        "asset_id",
        "asset_serial",
        "asset_hostname",
        "slot",
        "unattributed",
    )

    @extend_schema(
        operation_id="analytics_failures",
        parameters=[
            *PARAMETERS,
            OpenApiParameter(
                "unattributed",
                OpenApiTypes.BOOL,
                description="`true`: in place of those that count, those that count for no time of service.",
            ),
            OpenApiParameter("asset", OpenApiTypes.INT, description="The id of the asset in which they failed."),
            OpenApiParameter("slot", OpenApiTypes.STR, description="The slot in which they failed."),
        ],
        responses=CountedFailureSerializer(many=True),
    )
    def list(self, request: Request) -> HttpResponseBase:
        """The failures that count for a group in the window; as CSV all of them."""
        question = self.question(request)
        word = request.query_params.get("unattributed") or "false"
        if word not in ("true", "false"):
            raise ValidationError({"unattributed": ["true or false is expected."]})
        counted = failures_in(question, chosen_cohorts(question), attributed=word == "false")
        if asset := request.query_params.get("asset"):
            counted = counted.filter(asset_id=whole_key("asset", asset))
        if slot := request.query_params.get("slot"):
            counted = counted.filter(slot=slot)
        return self.listed(request, counted.select_related("component"), _failures)


def _failures(page: Sequence[CountedFailure]) -> Rows:
    episodes = FailureEpisode.objects.in_bulk([row.episode for row in page])
    assets = Asset.objects.only("id", "serial", "hostname").in_bulk({row.asset_id for row in page if row.asset_id})
    return [_failed(row, episodes.get(row.episode), assets.get(row.asset_id or 0)) for row in page]


def _failed(row: CountedFailure, episode: FailureEpisode | None, asset: Asset | None) -> dict[str, Any]:
    return {
        "id": row.episode,
        "component": component_reference(row.component),
        "at": to_moment(row.at),
        "mode": episode.mode if episode else "",
        "severity": episode.severity if episode else "",
        "asset": asset_reference(asset),
        "slot": row.slot,
        "unattributed": row.unattributed,
        "links": {"failures": f"/failures?episode={row.episode}"},
    }
