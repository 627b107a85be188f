"""JSON from strangers: read strictly, with every refusal named by its place, and asked for values without trust."""

from typing import Any

import orjson

from ingest.domain.report import MemberError
from ingest.parsers.fields import trimmed

MAX_DEPTH = 200
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def load_json(content: bytes) -> Any:
    """The value in `content`; raises `MemberError` with line, column and reason when it is no JSON.

    Nested deeper than `MAX_DEPTH` is refused as well, so that what reads the value may recurse. Of
    repeated keys the last one stands.
    """
    document = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        value = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise MemberError(_reason(document, error)) from error
    # Counting is far cheaper than walking, and clears nearly every small document.
    if document.count(b"{") + document.count(b"[") > MAX_DEPTH:
        _refuse_deep(value)
    return value


def _reason(document: bytes, error: orjson.JSONDecodeError) -> str:
    """What is wrong and where; the offset in bytes, since that is what finds the place in a file."""
    try:
        text = document.decode()
    except UnicodeDecodeError as wrong:  # of which orjson tells no place
        line = document.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - document.rfind(b"\n", 0, wrong.start)
        return f"not JSON: invalid UTF-8 at line {line} column {column} (byte {wrong.start})"
    offset = len(text[: error.pos].encode())
    return f"not JSON: {error.msg} at line {error.lineno} column {error.colno} (byte {offset})"


def _refuse_deep(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            return
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    raise MemberError(f"JSON nested deeper than {MAX_DEPTH} levels")


def node_at(value: Any, *path: str) -> dict[str, Any]:
    """The object under the keys of `path`, or an empty one where there is none."""
    found = _at(value, path)
    return found if isinstance(found, dict) else {}


def nodes_at(value: Any, *path: str) -> list[dict[str, Any]]:
    """The objects in the list under the keys of `path`; what else is in it, or in its place, is left out."""
    found = _at(value, path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text_at(value: Any, *path: str) -> str:
    """The text under the keys of `path`, trimmed; ``""`` where there is none."""
    found = _at(value, path)
    return trimmed(found) if isinstance(found, str) else ""


def number_at(value: Any, *path: str) -> int | float | None:
    """The number under the keys of `path`; None where there is none."""
    found = _at(value, path)
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def flag_at(value: Any, *path: str) -> bool | None:
    """The truth value under the keys of `path`; None where there is none."""
    found = _at(value, path)
    return found if isinstance(found, bool) else None


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
