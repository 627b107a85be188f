"""The registry over HTTP."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from registry import services
from registry.api import filtersets, serializers
from registry.api.refusals import Conflict, refusals_answered
from registry.models import Asset, Component, Customer, Location, Lot, Project


class RegistryViewSet(ListModelMixin, CreateModelMixin, RetrieveModelMixin, DestroyModelMixin, GenericViewSet[Any]):
    """List, create, get, patch and delete rows of one kind. There is no PUT: clients name what they change."""

    lookup_value_converter = "int"

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Changes the fields that are named."""
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    def perform_destroy(self, instance: Any) -> None:
        with refusals_answered():
            services.delete(instance)


class CustomerViewSet(RegistryViewSet):
    """Companies whose servers are looked after."""

    queryset = Customer.objects.all()
    serializer_class = serializers.CustomerSerializer
    filterset_class = filtersets.CustomerFilters
    ordering = ("code", "id")
    ordering_fields = ("id", "code", "name", "created_at")


class ProjectViewSet(RegistryViewSet):
    """Groups of servers of one customer."""

    queryset = Project.objects.select_related("customer")
    serializer_class = serializers.ProjectSerializer
    filterset_class = filtersets.ProjectFilters
    ordering = ("code", "id")
    ordering_fields = ("id", "code", "name", "created_at")


class LocationViewSet(RegistryViewSet):
    """Places: regions, sites, rooms and racks, each within another."""

    queryset = Location.objects.select_related("parent")
    serializer_class = serializers.LocationSerializer
    filterset_class = filtersets.LocationFilters
    ordering = ("name", "id")
    ordering_fields = ("id", "name", "kind")

    def perform_destroy(self, instance: Any) -> None:
        if instance.children.exists():
            raise Conflict("Other places lie within it: delete or move them first.")
        super().perform_destroy(instance)


class LotViewSet(RegistryViewSet):
    """Batches of components made or bought together."""

    queryset = Lot.objects.all()
    serializer_class = serializers.LotSerializer
    filterset_class = filtersets.LotFilters
    ordering = ("code", "id")
    ordering_fields = ("id", "code", "vendor", "created_at")


class AssetViewSet(RegistryViewSet):
    """Servers and other chassis."""

    queryset = Asset.objects.select_related("project", "location")
    serializer_class = serializers.AssetSerializer
    filterset_class = filtersets.AssetFilters
    ordering = ("id",)
    ordering_fields = ("id", "serial", "hostname", "vendor", "model", "first_seen_at", "last_seen_at")

    def perform_create(self, serializer: BaseSerializer[Asset]) -> None:
        with refusals_answered():
            serializer.instance = services.declare_asset(**{"vendor": "", **serializer.validated_data})


class ComponentViewSet(RegistryViewSet):
    """Replaceable parts."""

    serializer_class = serializers.ComponentSerializer
    filterset_class = filtersets.ComponentFilters
    ordering = ("id",)
    ordering_fields = (
        "id",
        "serial",
        "type",
        "vendor",
        "model",
        "slot",
        "installed_at",
        "first_seen_at",
        "last_seen_at",
    )

    def get_serializer_class(self) -> type[serializers.ComponentSerializer]:
        is_one = self.action == "retrieve"
        return serializers.DetailedComponentSerializer if is_one else serializers.ComponentSerializer

    def get_queryset(self) -> QuerySet[Component]:
        return Component.objects.select_related("lot", "asset").filter(merged_into__isnull=True)

    def perform_create(self, serializer: BaseSerializer[Component]) -> None:
        with refusals_answered():
            serializer.instance = services.declare_component(**{"vendor": "", **serializer.validated_data})
