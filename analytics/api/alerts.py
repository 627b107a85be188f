"""Alerts over HTTP: what is worse than its peers, who has seen to it, and the components that it concerns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from analytics.api.csv_tables import CsvRenderer, csv_download
from analytics.api.standings import FIGURES, ComparisonFiguresSerializer
from analytics.models import Alert
from analytics.selectors.cohorts import location_names
from analytics.selectors.recall import Recalled, concerned, recalled
from analytics.selectors.sources import alert_links
from analytics.selectors.standings import FIGURES as FIELDS
from analytics.services.alerts import acknowledge, withdraw_acknowledgement
from registry.api.bodies import JSONRenderer
from registry.api.filters import PAGING, ChoicesFilter, FlagFilter, KeyFilter, MomentFilter, refuse_unknown
from registry.api.pages import in_pieces
from registry.api.permissions import USUAL, customer_of
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.api.serializers import StrictSerializer
from registry.models import Asset

OPEN, CLOSED, ANY = "true", "false", "any"
COLUMNS = (
    "id",
    "kind",
    "component_type",
    "model",
    "value",
    "asset_id",
    "asset_serial",
    "asset_hostname",
    "slot",
    *FIGURES,
    "from",
    "to",
    "opened_at",
    "evaluated_at",
    "closed_at",
    "acknowledged_by",
    "acknowledged_at",
    "acknowledged_note",
)
RECALL_COLUMNS = (
    "component_id",
    "component_type",
    "component_serial",
    "component_model",
    "vendor",
    "status",
    "asset_id",
    "asset_serial",
    "asset_hostname",
    "slot",
    "location",
    "project",
    "customer",
    "lot",
    "firmware",
    "installed_at",
    "failures",
)
ALERT = {
    "id": 3,
    "kind": "lot",
    "component_type": "disk",
    "model": "MZWLJ7T6HALA-00AU3",
    "value": "SAM-2025-W14",
    "asset": None,
    "slot": "",
    **FIGURES,
    "from": "2025-04-01T00:00:00Z",
    "to": "2026-04-01T00:00:00Z",
    "opened_at": "2026-03-19T04:07:12Z",
    "evaluated_at": "2026-04-01T04:07:10Z",
    "closed_at": None,
    "acknowledged": {"by": "mara", "at": "2026-03-19T08:20:00Z", "note": "Vendor told, case 4711"},
    "links": {
        "failures": "/analytics/failures?from=2025-04-01T00%3A00%3A00Z&to=2026-04-01T00%3A00%3A00Z&lot=SAM-2025-W14",
        "components": "/analytics/alerts/3/components",
        "standings": "/analytics/standings?kind=lot&component_type=disk&model=MZWLJ7T6HALA-00AU3",
    },
}
RECALLED = {
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "vendor": "Samsung",
    "status": "installed",
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "slot": "Bay 3",
    "location": "eu / fra-1 / room 2 / rack 12",
    "project": "ACME-EU",
    "customer": "ACME",
    "lot": "SAM-2025-W14",
    "firmware": "EPK98B5Q",
    "installed_at": "2025-05-02T10:00:00Z",
    "failures": 0,
}


class AcknowledgementSerializer(serializers.Serializer):
    """Who has seen to an alert."""

    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class AlertLinksSerializer(serializers.Serializer):
    """Where that is listed which an alert is made of."""

    failures = serializers.CharField()
    components = serializers.CharField(help_text="The recall list.")
    standings = serializers.CharField(help_text="The whole comparison.")


class AlertFields(ComparisonFiguresSerializer):
    """An alert but for `from`, which is a word of the language."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Alert.Kind.choices)
    component_type = serializers.CharField(allow_blank=True, help_text="Of lots and firmware.")
    model = serializers.CharField(allow_blank=True, help_text="Of lots and firmware.")
    value = serializers.CharField(help_text="The lot, the firmware, or the place.")
    asset = AssetReferenceSerializer(allow_null=True, help_text="Of places; null too once it is gone.")
    slot = serializers.CharField(allow_blank=True)
    to = serializers.DateTimeField()
    opened_at = serializers.DateTimeField()
    evaluated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    acknowledged = AcknowledgementSerializer(allow_null=True)
    links = AlertLinksSerializer()


@extend_schema_serializer(examples=[OpenApiExample("A bad lot", value=ALERT, response_only=True)])
class AlertSerializer(AlertFields):
    """What is worse than its peers, with the figures of the last window in which it was."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}


@extend_schema_serializer(examples=[OpenApiExample("A disk", value=RECALLED, response_only=True)])
class RecalledSerializer(serializers.Serializer):
    """A component that an alert concerns, where it is now, and its failures so far."""

    component = ComponentReferenceSerializer()
    vendor = serializers.CharField(allow_blank=True)
    status = serializers.CharField()
    asset = AssetReferenceSerializer(allow_null=True)
    slot = serializers.CharField(allow_blank=True)
    location = serializers.CharField(allow_blank=True)
    project = serializers.CharField(allow_null=True)
    customer = serializers.CharField(allow_null=True)
    lot = serializers.CharField(allow_null=True)
    firmware = serializers.CharField(allow_blank=True)
    installed_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()


@extend_schema_serializer(
    examples=[OpenApiExample("Seen to", value={"note": "Vendor told, case 4711"}, request_only=True)]
)
class AcknowledgeSerializer(StrictSerializer):
    """What was done about it."""

    note = serializers.CharField(allow_blank=True, required=False, default="", max_length=10_000)


class AlertFilters(django_filters.FilterSet):
    """Filters of alerts."""

    kind = ChoicesFilter(choices=Alert.Kind.choices)
    open = django_filters.ChoiceFilter(
        method="filter_open",
        choices=[(word, word) for word in (OPEN, CLOSED, ANY)],
        label="Whether it is open; `true` when left out.",
    )
    component_type = django_filters.CharFilter()
    model = django_filters.CharFilter()
    value = django_filters.CharFilter(label="The lot, the firmware, or the place.")
    asset = KeyFilter("asset_id")
    acknowledged = FlagFilter(method="filter_acknowledged", label="Whether somebody has seen to it.")
    opened_after = MomentFilter("opened_at", lookup_expr="gte")
    opened_before = MomentFilter("opened_at", lookup_expr="lt")

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        told = {} if data is None else data.dict()
        super().__init__({**told, "open": told.get("open") or OPEN}, *args, **options)

    def filter_open(self, queryset: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Open ones, closed ones, or all."""
        return queryset if value == ANY else queryset.filter(closed_at__isnull=value == OPEN)

    def filter_acknowledged(self, queryset: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Those that somebody has seen to, or nobody."""
        return queryset.filter(acknowledged_at__isnull=value != "true")


class AlertViewSet(GenericViewSet[Any]):
    """Lots, firmware, assets and slots that are worse than their peers."""

    renderer_classes = (JSONRenderer, CsvRenderer)
    roles = {method: roles for method, roles in USUAL.items() if method in {"GET", "HEAD", "OPTIONS", "POST"}}
    lookup_value_converter = "int"
    queryset = Alert.objects.select_related("acknowledged_by")
    serializer_class = AlertSerializer
    filterset_class = AlertFilters
    ordering = ("-opened_at",)
    ordering_fields = ("id", "opened_at", "seen", "ratio", "p_adjusted")
    ordering_columns = {"p_adjusted": "adjusted"}

    def get_queryset(self) -> QuerySet[Alert]:
        alerts: QuerySet[Alert] = super().get_queryset()
        customer = customer_of(self.request)
        if customer is None:
            return alerts
        # Lots and firmware are told from everybody's failures: whoever is bound sees alerts of own servers alone, and
        # how the own lots compare in the standings.
        return alerts.filter(asset_id__in=Asset.objects.filter(project__customer__code=customer).values("pk"))

    def list(self, request: Request) -> Response:
        """Alerts, the open ones when nothing else is asked for; the newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(shown(page))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One alert, open or closed."""
        return Response(shown([self.get_object()])[0])

    @extend_schema(request=AcknowledgeSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"], filter_backends=(), pagination_class=None)
    def acknowledge(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Notes that somebody has seen to it. It stays open for as long as the figures say so."""
        checked = AcknowledgeSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        note = checked.validated_data["note"]
        acknowledge(self.get_object().pk, user=request.user, note=note, now=timezone.now())
        return Response(shown([self.get_object()])[0])

    @extend_schema(request=None, responses=AlertSerializer)
    @action(detail=True, methods=["post"], filter_backends=(), pagination_class=None)
    def unacknowledge(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Takes that back, with its note."""
        withdraw_acknowledgement(self.get_object().pk)
        return Response(shown([self.get_object()])[0])

    @extend_schema(
        parameters=[
            OpenApiParameter("format", OpenApiTypes.STR, enum=["json", "csv"], description="All of it as `csv`.")
        ],
        responses=RecalledSerializer(many=True),
    )
    @action(detail=True, filter_backends=())
    def components(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The recall list: each component of the lot, with the firmware or in the place, where it is now.

        As CSV it is the whole list.
        """
        refuse_unknown(request, PAGING)
        parts = concerned(self.get_object(), customer_of(request))
        if request.accepted_renderer.format == CsvRenderer.format:
            places = location_names()
            rows = (told(row) for piece in in_pieces(parts, ("id",)) for row in recalled(piece, places))
            return csv_download(f"alert-{self.kwargs['pk']}-components", RECALL_COLUMNS, rows)
        self.ordering = ("id",)
        page = self.paginate_queryset(parts) or []
        return self.get_paginated_response([told(row) for row in recalled(page)])

    @property
    def csv_name(self) -> str:
        """The name of the table."""
        return f"alert-{self.kwargs['pk']}" if self.detail else "alerts"

    def table(self, data: Mapping[str, Any]) -> tuple[Sequence[str], Iterable[Mapping[str, Any]]]:
        """One page of alerts, or one alert, as a table."""
        return COLUMNS, data.get("results", [data])


def shown(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """Alerts as they are told; one query for the assets that they are about."""
    keys = {alert.asset_id for alert in alerts if alert.asset_id is not None}
    assets = Asset.objects.only("id", "serial", "hostname").in_bulk(keys) if keys else {}
    return [_shown(alert, assets.get(alert.asset_id or 0)) for alert in alerts]


def _shown(alert: Alert, asset: Asset | None) -> dict[str, Any]:
    acknowledged = None
    if alert.acknowledged_at is not None:
        who = str(alert.acknowledged_by) if alert.acknowledged_by else None
        acknowledged = {"by": who, "at": alert.acknowledged_at, "note": alert.note}
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "component_type": alert.component_type,
        "model": alert.model,
        "value": alert.value,
        "asset": asset_reference(asset),
        "slot": alert.slot,
        **{name: getattr(alert, FIELDS[name]) for name in FIGURES},
        "from": alert.window_start,
        "to": alert.window_end,
        "opened_at": alert.opened_at,
        "evaluated_at": alert.evaluated_at,
        "closed_at": alert.closed_at,
        "acknowledged": acknowledged,
        "links": alert_links(alert),
    }


def told(row: Recalled) -> dict[str, Any]:
    """A component of a recall list as it is told."""
    part, asset = row.component, row.component.asset
    project = asset.project if asset else None
    return {
        "component": component_reference(part),
        "vendor": part.vendor,
        "status": part.status,
        "asset": asset_reference(asset),
        "slot": part.slot,
        "location": row.location,
        "project": project.code if project else None,
        "customer": project.customer.code if project else None,
        "lot": part.lot.code if part.lot else None,
        "firmware": part.firmware,
        "installed_at": part.installed_at,
        "failures": row.failures,
    }
