"""What a query asks, as a question; what it asks wrongly, by field."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from analytics.domain.question import KEYS, Question
from analytics.domain.spells import EPOCH
from analytics.domain.windows import LIFETIME, start_of
from analytics.selectors.cohorts import paths_within
from registry.api.filters import moment, refuse_unknown
from registry.domain.vocabulary import ComponentType

USUAL_WINDOW = "365d"
WINDOW = ("from", "to", "window", "as_of")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TYPES = tuple(kind.value for kind in ComponentType)

WINDOW_PARAMETERS = [
    OpenApiParameter("from", OpenApiTypes.STR, description="Where the window starts: a date (midnight UTC) or a time."),
    OpenApiParameter("to", OpenApiTypes.STR, description="Where it ends, itself not included; `as_of` when left out."),
    OpenApiParameter(
        "window",
        OpenApiTypes.STR,
        description=f"In place of `from` and `to`: days (`30d`) or `{LIFETIME}`, ending at `as_of`. "
        f"`{USUAL_WINDOW}` when no window is named.",
    ),
    OpenApiParameter("as_of", OpenApiTypes.STR, description="What is later is not looked at; now when left out."),
]
FILTER_PARAMETERS = [
    OpenApiParameter(
        key,
        OpenApiTypes.STR,
        many=True,
        description="As in the groups (`unknown` where nobody knows it); repeat it for one of several."
        + (" An id of a location includes what lies within it." if key == "location" else ""),
        enum=_TYPES if key == "component_type" else None,
    )
    for key in KEYS
]
GROUP_PARAMETER = OpenApiParameter(
    "group_by", OpenApiTypes.STR, description=f"Some of {', '.join(KEYS)}, separated by commas; the total when empty."
)


class Problems:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    @contextmanager
    def of(self, field: str) -> Iterator[None]:
        """Notes what is raised in the block as a problem of `field`."""
        try:
            yield
        except ValidationError as error:
            self.found.setdefault(field, []).extend(map(str, error.detail))
        except ValueError as error:
            self.found.setdefault(field, []).append(f"{capfirst(str(error))}.")

    def refuse(self) -> None:
        """Raises `ValidationError` when there was any."""
        if self.found:
            raise ValidationError(self.found)


def question_asked(
    request: Request,
    *,
    now: datetime,
    customer: str | None,
    extras: Collection[str] = (),
    grouped: bool = True,
    usual_window: str = USUAL_WINDOW,
) -> Question:
    """The question in the query; `customer` alone is looked at where the caller is bound to one.

    Raises `ValidationError` for what is wrong and for parameters that are neither known nor `extras`.
    """
    refuse_unknown(request, {*WINDOW, *KEYS, *extras, *(("group_by",) if grouped else ())})
    problems = Problems()
    group_by: tuple[str, ...] = ()
    with problems.of("group_by"):
        group_by = _keys(request.query_params.get("group_by", ""))
    filters = _filters(request, problems)
    start, end, as_of = _window(request.query_params, problems, now, usual_window)
    problems.refuse()
    if customer is not None:
        filters["customer"] = tuple({customer} & set(filters.get("customer", (customer,))))
    return Question(
        group_by=group_by,
        start=start,
        end=end,
        as_of=min(as_of, end),
        filters=filters,
        silence_days=settings.SILENCE_DAYS,
    )


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for key in keys:
        if key not in KEYS:
            raise ValueError(f"{key!r} is nothing to group by; known: {', '.join(KEYS)}")
    if len(set(keys)) < len(keys):
        raise ValueError("a key is named twice")
    return keys


def _filters(request: Request, problems: Problems) -> dict[str, tuple[str, ...]]:
    told = {key: tuple(filter(None, request.query_params.getlist(key))) for key in KEYS}
    filters = {key: values for key, values in told.items() if values}
    if "component_type" in filters:
        with problems.of("component_type"):
            filters["component_type"] = _types(filters["component_type"])
    if "location" in filters:
        filters["location"] = tuple(name for text in filters["location"] for name in _places(text))
    return {key: tuple(sorted(set(values))) for key, values in filters.items()}


def _types(texts: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(word for text in texts for word in text.split(","))
    if wrong := [word for word in words if word not in _TYPES]:
        raise ValueError(f"{wrong[0]!r} is no type of component; known: {', '.join(_TYPES)}")
    return words


def _places(text: str) -> Collection[str]:
    return paths_within(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else [text]


def _window(
    query: Mapping[str, Any], problems: Problems, now: datetime, usual: str
) -> tuple[datetime, datetime, datetime]:
    # Up to the end of this second, so that what was told just now counts.
    latest = now.replace(microsecond=0) + timedelta(seconds=1 if now.microsecond else 0)
    start, end, as_of = EPOCH, latest, latest
    with problems.of("as_of"):
        as_of = end = _moment(query.get("as_of", "")) or latest
        if as_of > latest:
            raise ValueError("nothing is known of the future")
        if as_of <= EPOCH:
            raise ValueError("nothing is known of the time before 1970")
    named = bool(query.get("from") or query.get("to"))
    with problems.of("window"):
        if query.get("window") and named:
            raise ValueError("name either a window, or from and to")
        start = start_of(query.get("window") or usual, as_of)
    if named:
        start = EPOCH
        with problems.of("to"):
            end = _moment(query.get("to", "")) or as_of
        with problems.of("from"):
            start = max(EPOCH, _moment(query.get("from", "")) or EPOCH)
            if start >= end:
                raise ValueError("the window ends before it starts")
    return start, end, as_of


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    return moment(text)


def number(text: str, least: float, most: float) -> float:
    """The number that a text tells, between two bounds, both included; else `ValueError`."""
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not least <= found <= most:
        raise ValueError(f"a number from {least} to {most} is expected")
    return found
