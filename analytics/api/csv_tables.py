"""Tables as CSV: a header, and numbers at full precision."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

from analytics.selectors.sources import written

# What spreadsheets take for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> Any:
    """A value as a cell; texts that a spreadsheet would compute get an apostrophe before them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """`row` in one level: what groups have in common by its own name, the fields of other objects after theirs."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == "group":
            found |= value
        elif isinstance(value, Mapping):
            found |= {f"{name}_{inner}": told for inner, told in value.items()}
        else:
            found[name] = value
    return found


def write_csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """The table; columns that a row has not are empty."""
    return "".join(csv_lines(columns, rows))


def csv_lines(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The table line by line, each as soon as its row is there."""
    names = list(columns)
    writer = csv.writer(_Through())
    yield writer.writerow(names)
    for row in map(flat, rows):
        yield writer.writerow([cell(row.get(name)) for name in names])


def csv_download(name: str, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> StreamingHttpResponse:
    """The table as a file, sent line by line: it may have more rows than memory should hold."""
    return StreamingHttpResponse(
        csv_lines(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


class _Through:
    """Gives what is written into it back to who writes."""

    def write(self, text: str) -> str:
        return text


class CsvRenderer(BaseRenderer):
    """Writes the answers of views that have a `table` method, which gives (columns, rows) for their data."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        context = renderer_context or {}
        view = context["view"]
        context["response"]["Content-Disposition"] = f'attachment; filename="{view.csv_name}.csv"'
        return write_csv(*view.table(data)).encode()
