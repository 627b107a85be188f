"""What the registry's lists can be filtered by."""

import re
from typing import Any

import django_filters
from django.db.models import Model, Q, QuerySet

from registry.api.filters import (
    BIGGEST_KEY,
    ChoicesFilter,
    FlagFilter,
    KeyFilter,
    MomentFilter,
    SerialFilter,
    TextFilter,
    serial_prefix,
)
from registry.domain.serials import normalise
from registry.domain.vocabulary import AssetStatus, ComponentType, Health, LocationKind, Status
from registry.models import Asset, ComponentIdentifier, Customer, Location, Lot, Project


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def keys_of(model: type[Model], text: str) -> list[int]:
    """The keys of the rows of `model` whose id or code is `text`."""
    condition = Q(code=text)
    if text.isascii() and text.isdigit() and int(text) <= BIGGEST_KEY:
        condition |= Q(pk=int(text))
    return list(model._default_manager.filter(condition).values_list("pk", flat=True))


class CodeFilter(django_filters.CharFilter):
    """A row by its id or its code. Looked up first, so that the list itself is read through the key's index."""

    def __init__(self, model: type[Model], field_name: str, **options: Any) -> None:
        super().__init__(field_name, lookup_expr="in", **options)
        self.code_model = model

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__in": keys_of(self.code_model, value)}) if value else qs


class PlaceFilter(KeyFilter):
    """A location with all that lies within it."""

    def filter(self, qs: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        if value is None:
            return qs
        places = Location.objects.descendants(value, include_self=True).values_list("pk", flat=True)
        return qs.filter(**{f"{self.field_name}__in": list(places)})


class SearchedFilterSet(django_filters.FilterSet):
    """Filters with a `search` that looks into several fields."""

    search = django_filters.CharFilter(method="filter_search", label="Text to look for.")

    def searched(self, text: str) -> Q:
        """The rows that `text` finds."""
        return Q(code__icontains=text) | Q(name__icontains=text)

    def filter_search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrows `queryset` to what `value` finds."""
        return queryset.filter(self.searched(value))


class CustomerFilters(SearchedFilterSet):
    """Filters of customers."""

    code = django_filters.CharFilter()
    name = TextFilter()


class ProjectFilters(SearchedFilterSet):
    """Filters of projects."""

    code = django_filters.CharFilter()
    name = TextFilter()
    customer = CodeFilter(Customer, "customer")


class LocationFilters(SearchedFilterSet):
    """Filters of locations."""

    name = TextFilter()
    kind = ChoicesFilter(choices=_choices(LocationKind))
    parent = KeyFilter("parent_id")
    root = FlagFilter("parent", lookup_expr="isnull")

    def searched(self, text: str) -> Q:
        return Q(name__icontains=text)


class LotFilters(SearchedFilterSet):
    """Filters of lots."""

    code = django_filters.CharFilter()
    vendor = TextFilter()

    def searched(self, text: str) -> Q:
        return Q(code__icontains=text) | Q(vendor__icontains=text)


class AssetFilters(SearchedFilterSet):
    """Filters of assets."""

    serial = SerialFilter()
    vendor = TextFilter()
    model = TextFilter()
    hostname = TextFilter()
    tag = django_filters.CharFilter()
    status = ChoicesFilter(choices=_choices(AssetStatus))
    project = CodeFilter(Project, "project")
    customer = CodeFilter(Customer, "project__customer")
    location = PlaceFilter("location")
    first_seen_after = MomentFilter("first_seen_at", lookup_expr="gte")
    first_seen_before = MomentFilter("first_seen_at", lookup_expr="lt")
    last_seen_after = MomentFilter("last_seen_at", lookup_expr="gte")
    last_seen_before = MomentFilter("last_seen_at", lookup_expr="lt")

    def searched(self, text: str) -> Q:
        return serial_prefix("serial", text) | Q(hostname__istartswith=text) | Q(model__icontains=text)


class ComponentFilters(SearchedFilterSet):
    """Filters of components."""

    type = ChoicesFilter(choices=_choices(ComponentType))
    vendor = TextFilter()
    model = TextFilter()
    part_number = TextFilter()
    serial = SerialFilter()
    identifier = django_filters.CharFilter(
        method="filter_identifier", label="A WWN, NGUID, EUI-64, UUID or MAC address."
    )
    lot = CodeFilter(Lot, "lot")
    firmware = TextFilter()
    health = ChoicesFilter(choices=_choices(Health))
    status = ChoicesFilter(choices=_choices(Status))
    asset = KeyFilter("asset_id")
    asset_serial = django_filters.CharFilter(method="filter_asset_serial", label="The serial number of its asset.")
    slot = TextFilter()
    project = CodeFilter(Project, "asset__project")
    customer = CodeFilter(Customer, "asset__project__customer")
    location = PlaceFilter("asset__location")
    installed_after = MomentFilter("installed_at", lookup_expr="gte")
    installed_before = MomentFilter("installed_at", lookup_expr="lt")
    first_seen_after = MomentFilter("first_seen_at", lookup_expr="gte")
    first_seen_before = MomentFilter("first_seen_at", lookup_expr="lt")
    last_seen_after = MomentFilter("last_seen_at", lookup_expr="gte")
    last_seen_before = MomentFilter("last_seen_at", lookup_expr="lt")

    def searched(self, text: str) -> Q:
        return serial_prefix("serial", text) | Q(model__icontains=text)

    def filter_identifier(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrows `queryset` to the components that showed the identifier."""
        rows = ComponentIdentifier.objects.filter(value__in=identifier_spellings(value))
        return queryset.filter(pk__in=list(rows.values_list("component_id", flat=True)))

    def filter_asset_serial(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrows `queryset` to the components in assets with the serial number."""
        assets = Asset.objects.filter(serial=normalise(value))
        return queryset.filter(asset_id__in=list(assets.values_list("pk", flat=True)))


_PREFIX = re.compile(r"^(naa|eui|gpu)[.:\-\s]*|^0x")


def identifier_spellings(text: str) -> set[str]:
    """The forms in which an identifier that a person types may be kept: bare digits, a MAC's pairs, or as typed."""
    typed = text.strip().lower()
    bare = _PREFIX.sub("", typed)
    digits = re.sub(r"[\s:.\-]", "", bare)
    pairs = ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))
    return {typed, bare, digits, pairs}
