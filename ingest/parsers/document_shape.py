"""The shape of a canonical document, and how much of a misshapen one can be kept."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from ingest.parsers.fields import trimmed
from registry.domain.vocabulary import MAX_CODE, MAX_HOSTNAME, MAX_SERIAL, MAX_TEXT, ComponentType, Health, Severity

FORMAT = "reanimator/v1"
_KIND = 16  # kinds of identifier are short words
_REASON = 300

Serial = Annotated[str, msgspec.Meta(max_length=MAX_SERIAL)] | None
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] | None
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Kind = Annotated[str, msgspec.Meta(min_length=1, max_length=_KIND)]


class Asset(msgspec.Struct, frozen=True, gc=False):
    vendor: Text = None
    model: Text = None
    serial: Serial = None
    hostname: Annotated[str, msgspec.Meta(max_length=MAX_HOSTNAME)] | None = None


class Component(msgspec.Struct, frozen=True, gc=False):
    type: ComponentType
    slot: Serial = None
    vendor: Text = None
    model: Text = None
    part_number: Text = None
    serial: Serial = None
    firmware: Text = None
    health: Health | None = None
    lot: Serial = None
    manufactured_on: date | None = None
    identifiers: dict[Kind, Text | list[Text]] | None = None
    measurements: dict[str, Any] | None = None


class Failed(msgspec.Struct, frozen=True, gc=False):
    """Which component a failure speaks of."""

    type: ComponentType | None = None
    vendor: Text = None
    serial: Serial = None
    slot: Serial = None


class Failure(msgspec.Struct, frozen=True, gc=False):
    component: Failed
    occurred_at: Moment
    severity: Severity
    mode: Text = None
    message: str | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    format: Literal["reanimator/v1"]
    components: list[Component]
    collected_at: Moment | None = None
    asset: Asset | None = None
    project: Annotated[str, msgspec.Meta(max_length=MAX_CODE)] | None = None
    coverage: list[ComponentType] | None = None
    failures: list[Failure] | None = None


# A component with one of these misshapen would be taken for another one; other fields can be left out.
VITAL_WITH_SERIAL = frozenset({"type", "serial"})
VITAL_WITHOUT_SERIAL = frozenset({"type", "model", "slot", "identifiers"})

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


def fitting(
    shape: type[_Shape], value: object, place: str, problems: list[str], vital: frozenset[str] = frozenset()
) -> _Shape | None:
    """As much of `value` as has `shape`; what has not is added to `problems` and left out.

    None when `value` is no object, or lacks or misshapes a field that is required or in `vital`.
    """
    if not isinstance(value, dict):
        problems.append(f"{place}: expected an object")
        return None
    said = {name: given for name, given in value.items() if not is_blank(given)}
    try:
        return msgspec.convert(said, shape)
    except msgspec.ValidationError:
        return _fitting_by_field(shape, said, place, problems, vital)


def _fitting_by_field(
    shape: type[_Shape], said: dict[str, Any], place: str, problems: list[str], vital: frozenset[str]
) -> _Shape | None:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        if field.name not in said:
            if field.required:
                problems.append(f"{place}.{field.name}: missing")
                return None
            continue
        try:
            found[field.name] = msgspec.convert(said[field.name], field.type)
        except msgspec.ValidationError as error:
            problems.append(f"{place}.{field.name}: {str(error)[:_REASON]}")
            if field.required or field.name in vital:
                return None
    return shape(**found)


def fitting_field(name: str, value: object, problems: list[str]) -> Any:
    """`value` as the field `name` of a document has it; None when it is blank, or misshapen, which is a problem."""
    if is_blank(value):
        return None
    try:
        return msgspec.convert(value, _DOCUMENT_FIELDS[name])
    except msgspec.ValidationError as error:
        problems.append(f"{name}: {str(error)[:_REASON]}")
        return None


def is_blank(value: object) -> bool:
    """Whether `value` says nothing: null and empty text are alike."""
    return value is None or value == ""


def tidy(text: str | None) -> str:
    """`text` on one line, trimmed; ``""`` for none."""
    if not text:
        return ""
    # The common case, at a tenth of the cost.
    return text.strip() if text.isprintable() and "  " not in text else trimmed(text)


def utc_moment(moment: datetime, place: str, problems: list[str]) -> datetime | None:
    """`moment` in UTC; None, and a problem, when that is before year 1 or after 9999."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        problems.append(f"{place}: out of range")
        return None


_DOCUMENT_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Document)}
