"""Tickets, to be looked at."""

from typing import Any

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from registry.api.filters import FlagFilter, KeyFilter, MomentFilter, TextFilter
from registry.api.filtersets import SearchedFilterSet, keys_of
from registry.models import FOREVER, Project
from tickets.api.shapes import DetailedTicketSerializer, TicketSerializer
from tickets.models import Ticket, TicketLink


class TicketFilters(SearchedFilterSet):
    """Filters of tickets. `project`, `asset` and `component` are what a ticket itself is linked to."""

    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    status = TextFilter()
    severity = TextFilter()
    open = FlagFilter(method="filter_open", label="Whether it has no end.")
    project = django_filters.CharFilter(method="filter_project", label="A project, by id or code.")
    asset = KeyFilter(method="filter_target", label="The id of an asset.")
    component = KeyFilter(method="filter_target", label="The id of a component.")
    opened_after = MomentFilter("opened_at", lookup_expr="gte")
    opened_before = MomentFilter("opened_at", lookup_expr="lt")
    closed_after = MomentFilter("closed_at", lookup_expr="gte")
    closed_before = MomentFilter("closed_at", lookup_expr="lt")
    updated_after = MomentFilter("updated_at", lookup_expr="gte")
    updated_before = MomentFilter("updated_at", lookup_expr="lt")

    def searched(self, text: str) -> Q:
        return Q(external_id__icontains=text) | Q(title__icontains=text)

    def filter_open(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrows `queryset` to open or to closed tickets."""
        return queryset.filter(ends_at=FOREVER) if value == "true" else queryset.exclude(ends_at=FOREVER)

    def filter_project(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrows `queryset` to tickets of a project."""
        return _linked(queryset, project__in=keys_of(Project, value))

    def filter_target(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        """Narrows `queryset` to tickets of one asset or component."""
        return _linked(queryset, **{name: value})


def _linked(queryset: QuerySet[Any], **target: Any) -> QuerySet[Any]:
    return queryset.filter(pk__in=TicketLink.objects.counted().filter(**target).values("ticket"))


class TicketViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Ticket]):
    """Service cases of other systems."""

    lookup_value_converter = "int"
    filterset_class = TicketFilters
    ordering_fields = ("id", "opened_at", "closed_at", "updated_at")

    def get_queryset(self) -> QuerySet[Ticket]:
        if not self.detail:
            return Ticket.objects.defer("raw")
        links = TicketLink.objects.select_related("project", "asset", "component").order_by("id")
        return Ticket.objects.prefetch_related(Prefetch("links", links))

    def get_serializer_class(self) -> type[TicketSerializer]:
        return DetailedTicketSerializer if self.detail else TicketSerializer
