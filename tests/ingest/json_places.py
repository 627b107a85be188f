"""Places within JSON values, and other values put there."""

from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**18,
    1.5e308,
    "",
    "x",
    "\x00\ufffd",
    "9" * 5000,
    [],
    {},
    [None],
    ["x", {}],
    {"id": 1},
)


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


def with_odd_values(value: Any, data: st.DataObject, most: int) -> Any:
    """A copy of `value` with up to so many values of the wrong kind within."""
    for _ in range(data.draw(st.integers(1, most))):
        if inner := places(value)[1:]:
            value = put(value, data.draw(st.sampled_from(inner)), data.draw(st.sampled_from(ODD_VALUES)))
    return value


def _has(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)
