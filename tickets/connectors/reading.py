"""What a tracker's fields say: texts, times, names of things, failures."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from registry.domain.vocabulary import COMPONENT_TYPES
from tickets.connectors.mapping import Fields
from tickets.domain.naming import Name, clean_name
from tickets.domain.told import ToldFailure, mode_word
from tickets.domain.vocabulary import MAX_WORD, NameKind

Lookup = Callable[[str], Any]

_SEPARATORS = re.compile(r"[,;\n\r]+")
_LABELS = ("value", "name", "displayName", "key")
_ASSETS = (NameKind.ASSET_SERIAL, NameKind.ASSET_TAG, NameKind.ASSET_HOSTNAME)
_LONGEST_NAME = 255


class Misread(Exception):
    """A ticket that cannot be read, and why."""


def texts(value: Any, depth: int = 4) -> Iterator[str]:
    """The texts in a field: its own, those of a list, the label of an option."""
    if depth == 0:
        return
    if isinstance(value, str):
        if stripped := value.strip():
            yield stripped
    elif isinstance(value, list):
        for one in value:
            yield from texts(one, depth - 1)
    elif isinstance(value, dict):
        yield from texts(next((value[name] for name in _LABELS if value.get(name)), None), depth - 1)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def first_text(value: Any) -> str:
    """The first of a field's texts, or nothing."""
    return next(texts(value), "")


def member(body: Any, path: str) -> Any:
    """What lies at ``a.b`` in a ticket's fields, or None."""
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def moment(value: Any) -> datetime | None:
    """A time with an offset, in UTC; None where there is none."""
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def needed_moment(value: Any, name: str) -> datetime:
    """The same, where a ticket is none without it."""
    time = moment(value)
    if time is None:
        raise Misread(f"{name}: no time with an offset")
    return time


def word(value: Any) -> str:
    """A status or severity as it is kept."""
    return first_text(value)[:MAX_WORD]


def links_of(fields: Fields, lookup: Lookup, placeholders: Collection[str]) -> tuple[Name, ...]:
    """What a ticket is about, by all the names that its fields give."""
    kind, asset_vendor, component_vendor = _narrowing(fields, lookup)
    narrowed = {
        NameKind.PROJECT: ("", ""),
        NameKind.COMPONENT_SERIAL: (kind, component_vendor),
        **dict.fromkeys(_ASSETS, ("", asset_vendor)),
    }
    found = {
        name: None
        for by, narrowing in narrowed.items()
        for text in _listed(lookup, getattr(fields, by.value))
        if (name := clean_name(by, text, *narrowing, placeholders)) and len(name.name) <= _LONGEST_NAME
    }
    return tuple(found)


def failures_of(
    fields: Fields, lookup: Lookup, links: Collection[Name], opened_at: datetime
) -> tuple[ToldFailure, ...]:
    """The failures that a ticket tells: one for each component it names, else one in the slot of its asset."""
    mode = first_text(lookup(fields.failure_mode)) if fields.failure_mode else ""
    if not mode:
        return ()
    at = moment(lookup(fields.failed_at)) if fields.failed_at else None
    kind, _, _ = _narrowing(fields, lookup)
    asset = next((one for one in links if one.target == "asset"), None)
    slot = first_text(lookup(fields.slot)) if fields.slot else ""
    parts: list[Name | None] = [one for one in links if one.target == "component"]
    return tuple(
        ToldFailure(at or opened_at, part, asset, kind, slot, mode_word(mode))
        for part in parts or [None]
        if part or asset
    )


def _narrowing(fields: Fields, lookup: Lookup) -> tuple[str, str, str]:
    """Component's type, asset's vendor and component's vendor, where they are told."""
    kind, *vendors = (
        first_text(lookup(field)) if field else ""
        for field in (fields.component_type, fields.asset_vendor, fields.component_vendor)
    )
    kind = kind.lower()
    return (kind if kind in COMPONENT_TYPES else "", vendors[0][:200], vendors[1][:200])


def _listed(lookup: Lookup, field: str) -> Iterator[str]:
    for text in texts(lookup(field)) if field else ():
        yield from filter(None, (part.strip() for part in _SEPARATORS.split(text)))
