"""Filters by query parameters; what is not known is refused, never ignored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from registry.domain.serials import normalise

ALWAYS_KNOWN = frozenset({"format"})
PAGING = frozenset({"page_size", "cursor"})
BIGGEST_KEY = 2**63 - 1


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Raises `ValidationError` when the query names a parameter that is not `known`."""
    unknown = request.query_params.keys() - set(known) - ALWAYS_KNOWN
    if unknown:
        raise ValidationError({name: ["This parameter is not known here."] for name in sorted(unknown)})


def moment(text: str) -> datetime:
    """The time that `text` (RFC 3339) names, in UTC; else `ValidationError`."""
    # A "+" that was not encoded arrives as a blank.
    found: datetime = serializers.DateTimeField(default_timezone=UTC).run_validation(text.replace(" ", "+"))
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValidationError(["This time lies outside of what can be stored."]) from error


def moment_parameter(request: Request, name: str, default: datetime | None = None) -> datetime:
    """The time in the query's parameter `name`; without one it is required when there is no `default`."""
    text = request.query_params.get(name, "")
    if not text and default is not None:
        return default
    if not text:
        raise ValidationError({name: ["This parameter is required."]})
    try:
        return moment(text)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error


def whole_key(name: str, text: str) -> int:
    """The id that the query's parameter `name` has as `text`; else `ValidationError`."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= BIGGEST_KEY):
        raise ValidationError({name: ["An id is expected."]})
    return int(text)


class _MomentField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            return moment(text) if text else None
        except ValidationError as error:
            raise DjangoValidationError([str(message) for message in error.detail]) from error


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(django_filters.Filter):
    """A time, RFC 3339."""

    field_class = _MomentField


@extend_schema_field(OpenApiTypes.INT)
class KeyFilter(django_filters.Filter):
    """The id of a row; one that does not exist matches nothing."""

    field_class = forms.IntegerField

    def __init__(self, field_name: str | None = None, **options: Any) -> None:
        super().__init__(field_name, min_value=0, max_value=BIGGEST_KEY, **options)


class TextFilter(django_filters.CharFilter):
    """A text, upper and lower case alike on every engine."""

    def __init__(self, field_name: str | None = None, **options: Any) -> None:
        super().__init__(field_name, lookup_expr="iexact", **options)


class SerialFilter(django_filters.CharFilter):
    """A serial number, compared as it is kept: trimmed, upper case, inner white space folded."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(qs, normalise(value) if value else value)
        return found


class ChoicesFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """One of some words, or several of them separated by commas."""


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.ChoiceFilter):
    """``true`` or ``false``; all else is refused."""

    def __init__(self, field_name: str | None = None, **options: Any) -> None:
        super().__init__(field_name, choices=[("true", "true"), ("false", "false")], **options)

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return super().filter(qs, value == "true") if value else qs


def serial_prefix(field: str, text: str) -> Q:
    """Rows whose `field` begins with the serial number `text`; a range, which indexes serve on both engines."""
    start = normalise(text)
    return Q(**{f"{field}__gte": start, f"{field}__lt": start + "\U0010ffff"})


class StrictFilterBackend(DjangoFilterBackend):
    """Filters a list by the view's `filterset_class`, and refuses parameters that neither it nor the view know.

    A view names further parameters of its own in `query_extras`.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        extras = frozenset(getattr(view, "query_extras", ()))
        if getattr(view, "detail", False):
            refuse_unknown(request, extras)
            return queryset
        filterset_class = self.get_filterset_class(view, queryset)
        filters = filterset_class.base_filters.keys() if filterset_class else set()
        ordering = {"ordering"} if getattr(view, "ordering_fields", ()) else set()
        refuse_unknown(request, extras | filters | PAGING | ordering)
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered
