"""The tickets of a component and of an asset, each with why it shows."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from registry.api.filters import FlagFilter, MomentFilter, TextFilter
from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from registry.models import Asset, Component
from tickets.api.shapes import TICKET, TicketSerializer
from tickets.domain.windows import Relation
from tickets.models import Ticket
from tickets.selectors.visible import AnyOf, Shown, Way, of_asset, of_component, shown_on_asset, shown_on_component

VIA = {
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "component": None,
    "installation": 31,
    "slot": "Bay 3",
    "overlap_from": "2026-03-01T10:00:00Z",
    "overlap_to": None,
}
EXAMPLE = {"ticket": TICKET, "relation": "inherited", "via": VIA, "windows": [VIA]}


class ViaSerializer(serializers.Serializer):
    """The installation through which a ticket is inherited, and the time during which both lasted."""

    asset = AssetReferenceSerializer(allow_null=True)
    component = ComponentReferenceSerializer(allow_null=True)
    installation = serializers.IntegerField()
    slot = serializers.CharField(allow_blank=True)
    overlap_from = serializers.DateTimeField()
    overlap_to = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("Ticket of a component", value=EXAMPLE, response_only=True)])
class ShownTicketSerializer(serializers.Serializer):
    """A ticket and why it shows.

    `direct`: it is linked to the thing itself. `inherited`: to the asset in which the component sat while the ticket
    was open, or on an asset's page to such a component. `project`: to the asset's project. `via`: the first window.
    """

    ticket = TicketSerializer()
    relation = serializers.ChoiceField(choices=[word.value for word in Relation])
    via = ViaSerializer(allow_null=True)
    windows = ViaSerializer(many=True)

    def to_representation(self, instance: Shown) -> dict[str, Any]:
        windows = [_via(way) for way in instance.ways]
        return {
            "ticket": self.fields["ticket"].to_representation(instance.ticket),
            "relation": instance.relation.value,
            "via": windows[0] if windows else None,
            "windows": windows,
        }


def _via(way: Way) -> dict[str, Any]:
    thing, stay = way.thing, way.window.stay
    return {
        "asset": asset_reference(thing) if isinstance(thing, Asset) else None,
        "component": component_reference(thing) if isinstance(thing, Component) else None,
        "installation": stay.installation,
        "slot": stay.slot,
        "overlap_from": way.window.start,
        "overlap_to": way.window.end,
    }


class ShownTicketFilters(django_filters.FilterSet):
    """Filters of the tickets of one thing."""

    source = django_filters.CharFilter()
    status = TextFilter()
    severity = TextFilter()
    open = FlagFilter("closed_at", lookup_expr="isnull", label="Whether it has no end.")
    opened_after = MomentFilter("opened_at", lookup_expr="gte")
    opened_before = MomentFilter("opened_at", lookup_expr="lt")


class ShownTickets(GenericViewSet[Ticket]):
    """Tickets of one thing, newest first."""

    queryset = Ticket.objects.none()
    serializer_class = ShownTicketSerializer
    filterset_class = ShownTicketFilters
    ordering = ("-opened_at", "-id")
    ordering_fields = ("opened_at", "updated_at", "id")

    def answer(self, found: AnyOf, show: Callable[[Sequence[Ticket]], list[Shown]]) -> Response:
        """A page of what was found."""
        narrowed: Any = AnyOf([self.filter_queryset(part) for part in found.parts])
        page = self.paginate_queryset(narrowed) or []
        return self.get_paginated_response(self.get_serializer(show(page), many=True).data)


class ComponentTickets(ShownTickets):
    """The tickets that show on a component: its own, and those of the assets it sat in, of their time."""

    @extend_schema(operation_id="components_tickets_list")
    def list(self, request: Request, component_id: int) -> Response:
        """A page of them."""
        key = get_object_or_404(Component.objects.only("id"), pk=component_id).pk
        return self.answer(of_component(key), partial(shown_on_component, key))


class AssetTickets(ShownTickets):
    """The tickets that show on an asset: its own, its project's, and those of what sat in it, of their time."""

    @extend_schema(operation_id="assets_tickets_list")
    def list(self, request: Request, asset_id: int) -> Response:
        """A page of them."""
        asset = get_object_or_404(Asset.objects.only("id", "project_id"), pk=asset_id)
        return self.answer(of_asset(asset.pk, asset.project_id), partial(shown_on_asset, asset.pk, asset.project_id))
