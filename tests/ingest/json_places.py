"""Places within JSON values, and other values put there."""

from typing import Any

Place = tuple[str | int, ...]


def places(value: object, path: Place = ()) -> list[Place]:
    """The way to each value within `value`, and first to itself."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def put(value: Any, place: Place, new: object) -> Any:
    """A copy of `value` with `new` at that place; `value` itself where it has no such place."""
    if not place:
        return new
    step, *way = place
    if not _has(value, step):
        return value
    changed: Any = value.copy()
    changed[step] = put(value[step], tuple(way), new)
    return changed


def _has(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)
