"""The timelines of assets and components."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet

from registry.api.filters import ChoicesFilter, MomentFilter, moment
from registry.api.pages import KeysetPagination
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.models import Asset, Component
from timeline.domain.facts import RANKS, Mark, first_position, mark_of
from timeline.models import AssetEvent, Event

EXAMPLE = {
    "id": 812,
    "key": "5d41402abc4b2a76b9719d911017c592",
    "type": "MOVED",
    "occurred_at": "2026-03-01T10:00:00Z",
    "not_before": "2026-02-28T10:00:00Z",
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "component": {"id": 77, "type": "disk", "serial": "S5FNNA0R500123", "model": "MZWLJ7T6HALA-00AU3"},
    "from": {"asset": {"id": 3, "serial": "9PQ4L22", "hostname": "db-16"}, "slot": "Bay 3"},
    "to": {"asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"}, "slot": "Bay 1"},
    "bundle": 55,
    "ticket": None,
    "failure": None,
    "details": {},
}
_WORDS = {Event.Type.FIRMWARE_CHANGED: "firmware", Event.Type.HEALTH_CHANGED: "health"}


class PlaceSerializer(serializers.Serializer):
    """One side of an event: a slot of an asset, a firmware or a health."""

    asset = AssetReferenceSerializer(required=False)
    slot = serializers.CharField(required=False, allow_blank=True)
    firmware = serializers.CharField(required=False)
    health = serializers.CharField(required=False)


class EventFields(serializers.Serializer):
    """The fields of an event but for `from`, which is a word of the language."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    type = serializers.ChoiceField(choices=list(RANKS))
    occurred_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(allow_null=True)
    asset = AssetReferenceSerializer(allow_null=True)
    component = ComponentReferenceSerializer(allow_null=True)
    to = PlaceSerializer(allow_null=True)
    bundle = serializers.IntegerField(allow_null=True)
    ticket = serializers.IntegerField(allow_null=True)
    failure = serializers.IntegerField(allow_null=True)
    details = serializers.DictField()


@extend_schema_serializer(examples=[OpenApiExample("Event", value=EXAMPLE, response_only=True)])
class EventSerializer(EventFields):
    """A dated fact. It became true after `not_before` and at the latest at `occurred_at`."""

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        return {**fields, "from": PlaceSerializer(allow_null=True)}

    def to_representation(self, instance: "Event | AssetEvent | JoinedEvent") -> dict[str, Any]:
        if isinstance(instance, JoinedEvent):
            return instance.shown
        event = instance.event if isinstance(instance, AssetEvent) else instance
        before, after = _sides(event)
        return {
            "id": event.pk,
            "key": event.key,
            "type": event.type,
            "occurred_at": event.occurred_at,
            "not_before": event.not_before,
            "asset": asset_reference(event.asset),
            "component": component_reference(event.component),
            "from": before,
            "to": after,
            "bundle": event.bundle_id,
            "ticket": None,
            "failure": None,
            "details": {"assertion": event.assertion_id} if event.assertion_id else {},
        }


@dataclass(frozen=True, slots=True)
class JoinedEvent:
    """An event that is no row here, since it is told by what another app keeps: where it stands, and how it looks."""

    position: str
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """Which joined events a page needs: the first `number` of `types` beyond a position, upward or `downward`."""

    types: frozenset[str]
    after: datetime | None
    before: datetime | None
    beyond: Mark | None
    downward: bool
    number: int


def _sides(event: Event) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Where from and where to; None where there is none."""
    if event.type in _WORDS:
        word = _WORDS[Event.Type(event.type)]
        return {word: event.from_value}, {word: event.to_value}
    here = asset_reference(event.asset)
    match event.type:
        case Event.Type.INSTALLED:
            return None, {"asset": here, "slot": event.to_value}
        case Event.Type.REMOVED:
            return {"asset": here, "slot": event.from_value}, None
        case Event.Type.MOVED:
            there = asset_reference(event.from_asset)
            return {"asset": there, "slot": event.from_value}, {"asset": here, "slot": event.to_value}
    return None, None


TYPES = [(name, name) for name in RANKS]


class TimelineFilters(django_filters.FilterSet):
    """Filters of a timeline. `after` is part of the span, `before` is not."""

    type = ChoicesFilter("type", choices=TYPES)
    after = MomentFilter(method="filter_after", label="Events at that time or later.")
    before = MomentFilter(method="filter_before", label="Events before that time.")

    def filter_after(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Begins at a moment; by position, which the timeline's index is made of."""
        return queryset.filter(position__gte=first_position(value))

    def filter_before(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Ends before a moment."""
        return queryset.filter(position__lt=first_position(value))


class AssetTimelineFilters(TimelineFilters):
    """The same for the places of events on an asset's timeline."""

    type = ChoicesFilter("event__type", choices=TYPES)


class TimelinePagination(KeysetPagination):
    """Pages of the events that are kept here, and of those that the view joins to them, in one order."""

    def fetch(self, queryset: Any, order: tuple[str, ...], number: int) -> list[Any]:
        """The first events of the order."""
        downward = order[0].startswith("-")
        rows = [*super().fetch(queryset, order, number), *self.view.joined(self._span(number, downward))]
        return sorted(rows, key=lambda row: row.position, reverse=downward)[:number]

    def _span(self, number: int, downward: bool) -> Span:
        asked = self.request.query_params
        types = {word.strip() for word in asked.get("type", "").split(",") if word.strip()}
        after, before = (moment(text) if (text := asked.get(name)) else None for name in ("after", "before"))
        try:
            beyond = mark_of(str(self.cursor.values[0])) if self.cursor else None
        except ValueError as error:
            raise ValidationError({"cursor": ["This cursor does not belong to this list and ordering."]}) from error
        return Span(frozenset(types or RANKS), after, before, beyond, downward, number)


class TimelineView(ListModelMixin, GenericViewSet[Any]):
    """Events in the order in which they happened."""

    serializer_class = EventSerializer
    pagination_class = TimelinePagination
    unique_column = "position"  # by a constraint on an asset's timeline; on a component's by the digest at its end
    ordering = ("position",)
    public_ordering = ("occurred_at",)
    ordering_fields = ("occurred_at",)
    ordering_columns = {"occurred_at": "position"}

    def joined(self, span: Span) -> list[JoinedEvent]:
        """Events of the same timeline that other apps tell: those above know of some."""
        return []


class ComponentTimeline(TimelineView):
    """The timeline of a component, across all assets that it ever sat in."""

    queryset = Event.objects.select_related("asset", "from_asset", "component")
    filterset_class = TimelineFilters

    def get_queryset(self) -> QuerySet[Event]:
        component = get_object_or_404(Component.objects.only("id"), pk=self.kwargs["component_id"])
        return super().get_queryset().filter(component_id=component.pk)


class AssetTimeline(TimelineView):
    """The timeline of an asset: what came, left, moved and changed in it, and when it was looked at."""

    queryset = AssetEvent.objects.select_related("event__asset", "event__from_asset", "event__component")
    filterset_class = AssetTimelineFilters

    def get_queryset(self) -> QuerySet[AssetEvent]:
        asset = get_object_or_404(Asset.objects.only("id"), pk=self.kwargs["asset_id"])
        return super().get_queryset().filter(asset_id=asset.pk)
