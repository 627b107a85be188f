"""Keyset pages: a page starts where the last one ended, so none is skipped or doubled while others write.

Both engines sort NULL below every value. The conditions here do the same, which keeps plain column orderings
that indexes serve; ``NULLS LAST`` would sort the whole table on MariaDB.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Field, Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param


class Cursor(NamedTuple):
    """A place in an ordering: the row with these `values`; the page lies after it, or before it when `backward`."""

    ordering: tuple[str, ...]
    values: tuple[Any, ...]
    backward: bool

    @classmethod
    def at(cls, row: Model, ordering: tuple[str, ...], backward: bool) -> "Cursor":
        """The place of `row`."""
        return cls(ordering, tuple(getattr(row, name.lstrip("-")) for name in ordering), backward)

    def encode(self) -> str:
        """The cursor as clients see it: opaque."""
        values = [value.isoformat() if isinstance(value, datetime) else value for value in self.values]
        return urlsafe_b64encode(orjson.dumps([",".join(self.ordering), values, self.backward])).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, model: type[Model], ordering: tuple[str, ...]) -> "Cursor":
        """The cursor in `text`, which must have been made for `model` and `ordering`; else `ValueError`."""
        made_for, values, backward = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if made_for != ",".join(ordering) or len(values) != len(ordering) or not isinstance(backward, bool):
            raise ValueError("made for another list")
        fields = [_column(model, name) for name in ordering]
        return cls(ordering, tuple(map(_value, fields, values)), backward)


def _column(model: type[Model], name: str) -> "Field[Any, Any]":
    field = model._meta.get_field(name.lstrip("-"))
    if not isinstance(field, Field):
        raise FieldDoesNotExist(name)
    return field


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    if value is None and field.null:
        return None
    if not isinstance(value, str | int | float):
        raise TypeError(field.name)
    known = field.to_python(value)
    if isinstance(known, datetime):
        if known.tzinfo is None:
            raise ValueError("a time without a zone")
        return known.astimezone(UTC)
    return known


def beyond(cursor: Cursor, model: type[Model]) -> Q:
    """The rows of `model` on the cursor's far side."""
    condition, ties = Q(), Q()
    for name, value in zip(cursor.ordering, cursor.values, strict=True):
        column = name.lstrip("-")
        upward = name.startswith("-") == cursor.backward
        further = _further(column, value, upward, nullable=_column(model, name).null)
        if further is not None:
            condition |= ties & further
        ties &= Q(**{f"{column}__isnull": True}) if value is None else Q(**{column: value})
    return condition & _start(cursor, model)


def _further(column: str, value: Any, upward: bool, *, nullable: bool) -> Q | None:
    if value is None:
        return Q(**{f"{column}__isnull": False}) if upward else None
    if upward:
        return Q(**{f"{column}__gt": value})
    below = Q(**{f"{column}__lt": value})
    return below | Q(**{f"{column}__isnull": True}) if nullable else below


def _start(cursor: Cursor, model: type[Model]) -> Q:
    """The first column's bound by itself, which lets the engines begin in the middle of an index."""
    name, value = cursor.ordering[0], cursor.values[0]
    upward = name.startswith("-") == cursor.backward
    if value is None or (not upward and _column(model, name).null):
        return Q()
    return Q(**{f"{name.lstrip('-')}__{'gte' if upward else 'lte'}": value})


def opposite(ordering: Sequence[str]) -> tuple[str, ...]:
    """`ordering` from its other end."""
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in ordering)


def in_pieces(queryset: QuerySet[Any], ordering: tuple[str, ...], size: int = 1000) -> Iterator[list[Any]]:
    """All rows in that order, which ends in a column without ties; `size` at a time, more than memory should hold."""
    rest = queryset.order_by(*ordering)
    while piece := list(rest[:size]):
        yield piece
        cursor = Cursor.at(piece[-1], ordering, backward=False)
        rest = queryset.filter(beyond(cursor, queryset.model)).order_by(*ordering)


class KeysetPagination(BasePagination):
    """Pages of ``{"next", "previous", "results"}``, ordered as the view or the caller says, at last by primary key.

    A view names its own order in `ordering` and what callers may order by in `ordering_fields` (none by default).
    `ordering_columns` gives the column that a public name stands for, where they differ; `unique_column` is one that
    has no ties within the list, so that its index alone gives the order.
    """

    default_size = 50
    most = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.view = request, view
        size = self._size()
        self.ordering = self._ordering(queryset.model, view)
        self.cursor = self._cursor(queryset.model)
        backward = self.cursor is not None and self.cursor.backward
        if self.cursor is not None:
            queryset = queryset.filter(beyond(self.cursor, queryset.model))
        rows = self.fetch(queryset, opposite(self.ordering) if backward else self.ordering, size + 1)
        self.more = len(rows) > size
        self.rows = rows[:size]
        if backward:
            self.rows.reverse()
        return self.rows

    def fetch(self, queryset: Any, order: tuple[str, ...], number: int) -> list[Any]:
        """The first rows of the order."""
        return list(queryset.order_by(*order)[:number])

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next(), "previous": self._previous(), "results": data})

    def _next(self) -> str | None:
        backward = self.cursor is not None and self.cursor.backward
        if not self.rows or not (backward or self.more):
            return None
        return self._link(Cursor.at(self.rows[-1], self.ordering, backward=False))

    def _previous(self) -> str | None:
        if not self.rows or self.cursor is None or (self.cursor.backward and not self.more):
            return None
        return self._link(Cursor.at(self.rows[0], self.ordering, backward=True))

    def _link(self, cursor: Cursor) -> str:
        return replace_query_param(
            remove_query_param(self.request.build_absolute_uri(), "cursor"), "cursor", cursor.encode()
        )

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", "")
        if not text:
            return self.default_size
        if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= self.most):
            raise ValidationError({"page_size": [f"A whole number from 1 to {self.most} is expected."]})
        return int(text)

    def _ordering(self, model: type[Model], view: Any) -> tuple[str, ...]:
        allowed: Sequence[str] = getattr(view, "ordering_fields", ())
        columns = getattr(view, "ordering_columns", {})
        asked = [name for name in self.request.query_params.get("ordering", "").split(",") if name]
        unknown = [name for name in asked if name.removeprefix("-") not in allowed]
        if unknown:
            expected = ", ".join(allowed) or "nothing"
            raise ValidationError({"ordering": [f"{unknown[0]!r} is no field to order by; known: {expected}."]})
        names = [_translated(name, columns) for name in asked] or list(getattr(view, "ordering", ("id",)))
        primary = model._meta.pk.name
        settled = {primary, getattr(view, "unique_column", primary)}
        if settled.isdisjoint(name.removeprefix("-") for name in names):
            # In the direction of the rest, so that one index serves both.
            names.append(f"-{primary}" if names[-1].startswith("-") else primary)
        return tuple(names)

    def _cursor(self, model: type[Model]) -> Cursor | None:
        text = self.request.query_params.get("cursor", "")
        if not text:
            return None
        try:
            return Cursor.decode(text, model, self.ordering)
        except (ValueError, TypeError, OverflowError, DjangoValidationError) as error:
            raise ValidationError({"cursor": ["This cursor does not belong to this list and ordering."]}) from error

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        following = "https://reanimator.example/components?cursor=WyJpZCIsWzc3XSxmYWxzZV0"
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "example": following},
                "previous": {**link, "example": None},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.default_size}
        parameters = [
            _parameter("page_size", "Rows a page.", size),
            _parameter("cursor", "Where the page begins: taken from `next` or `previous`.", {"type": "string"}),
        ]
        fields = getattr(view, "ordering_fields", ())
        if fields:
            usual = ",".join(getattr(view, "public_ordering", getattr(view, "ordering", ("id",))))
            words = f"Fields to order by, separated by commas, with `-` for descending: {', '.join(fields)}."
            parameters.append(_parameter("ordering", words, {"type": "string", "default": usual}))
        return parameters


def _translated(name: str, columns: dict[str, str]) -> str:
    bare = name.removeprefix("-")
    sign = "-" if name.startswith("-") else ""
    return sign + columns.get(bare, bare)


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "required": False, "in": "query", "description": description, "schema": schema}
