"""Which of a tracker's fields hold what, and which of its statuses end a ticket."""

import hashlib
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

# Part of what tickets are kept with: raise it when the reading changes, and a full sync stores them anew.
READING = 1

Field = Annotated[str, Meta(max_length=100, pattern=r"^[^,&=]*$")]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tracker's field for each thing a ticket may say; ``a.b`` is the member ``b`` of the field ``a``.

    A field may hold a text, a list, or an option. `failure_mode`: where it has a value, the ticket tells a failure
    of that mode, of the component it names, or of what sat in the `slot` of its asset, at `failed_at`, else at its
    opening.
    """

    project: Field = ""
    asset_serial: Field = ""
    asset_tag: Field = ""
    asset_hostname: Field = ""
    asset_vendor: Field = ""
    component_serial: Field = ""
    component_type: Field = ""
    component_vendor: Field = ""
    slot: Field = ""
    severity: Field = "priority"
    failure_mode: Field = ""
    failed_at: Field = ""

    @property
    def named(self) -> dict[str, str]:
        """Those that are told."""
        return {name: field for name in self.__struct_fields__ if (field := getattr(self, name))}


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a tracker's tickets are read. `time_zone`: the account's, where a tracker does not tell it (Jira)."""

    fields: Fields = msgspec.field(default_factory=Fields)
    statuses: dict[str, Literal["open", "closed"]] = {}
    time_zone: str = ""

    @property
    def digest(self) -> str:
        """A word for this way of reading."""
        text = f"{READING} ".encode() + msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(text).hexdigest()[:12]

    def is_closed(self, status: str, otherwise: bool) -> bool:
        """Whether a ticket of that status has ended; `otherwise` where only the tracker says so."""
        words = {name.casefold(): word for name, word in self.statuses.items()}
        return words.get(status.casefold(), "closed" if otherwise else "open") == "closed"


class BadMapping(ValueError):
    """A mapping that cannot be used, and why."""


def read_mapping(raw: Any) -> Mapping:
    """The mapping in `raw`, else `BadMapping`."""
    try:
        mapping = msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        raise BadMapping(str(error)) from None
    if mapping.time_zone:
        try:
            ZoneInfo(mapping.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadMapping(f"There is no time zone {mapping.time_zone!r} - at `$.time_zone`") from None
    return mapping
