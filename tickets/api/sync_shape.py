"""What a connector sends: read by msgspec, which takes a thousand tickets in milliseconds."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from registry.domain.vocabulary import ComponentType, Severity
from tickets.domain.naming import Name, clean_name
from tickets.domain.told import USUAL_MODE, ToldFailure, ToldTicket, mode_word
from tickets.domain.vocabulary import NameKind

Time = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(max_length=255)]
Serial = Annotated[str, Meta(max_length=128)]


class NamedBody(msgspec.Struct, frozen=True):
    """Names of an asset or a component."""

    asset_serial: Serial | None = None
    asset_tag: Serial | None = None
    asset_hostname: Text | None = None
    asset_vendor: Annotated[str, Meta(max_length=200)] = ""
    component_serial: Serial | None = None
    component_type: ComponentType | None = None
    component_vendor: Annotated[str, Meta(max_length=200)] = ""

    def told(self, kind: NameKind) -> str | None:
        """What it says under the kind's own name."""
        text: str | None = getattr(self, kind.value, None)
        return text

    def name(self, kinds: Collection[NameKind], placeholders: Collection[str]) -> Name | None:
        """The first name of these kinds that names something."""
        for kind in kinds:
            is_part = kind == NameKind.COMPONENT_SERIAL
            vendor = self.component_vendor if is_part else self.asset_vendor
            part = self.component_type.value if is_part and self.component_type else ""
            found = clean_name(
                kind, self.told(kind) or "", part, "" if kind == NameKind.PROJECT else vendor, placeholders
            )
            if found:
                return found
        return None


class LinkBody(NamedBody, frozen=True):
    """What a ticket is about, by one name."""

    project: Annotated[str, Meta(max_length=64)] | None = None


class FailureBody(NamedBody, frozen=True):
    """A failure that a ticket tells; at the ticket's opening when it does not say when."""

    slot: Annotated[str, Meta(max_length=200)] = ""
    occurred_at: Time | None = None
    mode: str = USUAL_MODE
    severity: Severity = Severity.FATAL
    message: str = ""


class TicketBody(msgspec.Struct, frozen=True):
    """A ticket."""

    external_id: str
    opened_at: Time
    updated_at: Time
    closed_at: Time | None = None
    title: str | None = None
    description: str | None = None
    status: str | None = None
    severity: str | None = None
    url: str | None = None
    links: tuple[LinkBody, ...] = ()
    failures: tuple[FailureBody, ...] = ()


ASSET_KINDS = (NameKind.ASSET_SERIAL, NameKind.ASSET_TAG, NameKind.ASSET_HOSTNAME)
LINK_KINDS = (*ASSET_KINDS, NameKind.COMPONENT_SERIAL, NameKind.PROJECT)


_NAMES_NOTHING = "A blank or a placeholder, which names nothing: left out."


class Misread(Exception):
    """A ticket that is not of the shape; `errors` says what is wrong, by field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Read:
    """A ticket, and by field what of it was passed over."""

    ticket: ToldTicket
    notes: dict[str, list[str]]


def read_ticket(raw: Any, placeholders: Collection[str]) -> Read:
    """The ticket in `raw`, else `Misread`. Links whose name is blank or a placeholder are left out."""
    try:
        body = msgspec.convert(raw, TicketBody)
    except msgspec.ValidationError as error:
        raise Misread(_by_field(str(error))) from error
    problems = dict(_problems_of_links(body))
    if problems:
        raise Misread(problems)
    opened_at = _utc(body.opened_at)
    links = [link.name(LINK_KINDS, placeholders) for link in body.links]
    notes = {f"links[{number}]": [_NAMES_NOTHING] for number, link in enumerate(links) if link is None}
    ticket = ToldTicket(
        external_id=body.external_id.strip(),
        opened_at=opened_at,
        updated_at=_utc(body.updated_at),
        closed_at=_utc(body.closed_at) if body.closed_at else None,
        title=body.title or "",
        description=body.description or "",
        status=(body.status or "").strip(),
        severity=(body.severity or "").strip(),
        url=(body.url or "").strip(),
        links=tuple(link for link in links if link),
        failures=tuple(_failure(failure, opened_at, placeholders) for failure in body.failures),
        raw=raw,
    )
    return Read(ticket, notes)


def _failure(body: FailureBody, opened_at: datetime, placeholders: Collection[str]) -> ToldFailure:
    return ToldFailure(
        occurred_at=_utc(body.occurred_at) if body.occurred_at else opened_at,
        component=body.name((NameKind.COMPONENT_SERIAL,), placeholders),
        asset=body.name(ASSET_KINDS, placeholders),
        component_type=body.component_type.value if body.component_type else "",
        slot=" ".join(body.slot.split()),
        mode=mode_word(body.mode),
        severity=body.severity.value,
        message=body.message,
    )


def _utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar; refused later, as all years so far off
        return time.replace(tzinfo=UTC)


def _problems_of_links(body: TicketBody) -> Iterator[tuple[str, list[str]]]:
    for number, link in enumerate(body.links):
        told = [kind.value for kind in LINK_KINDS if link.told(kind) is not None]
        if len(told) != 1:
            yield f"links[{number}]", [f"One of {', '.join(LINK_KINDS)} is expected."]


def _by_field(message: str) -> dict[str, list[str]]:
    """msgspec's message, which ends in the place of the fault (`$.links[0].asset_serial`), by field."""
    text, _, place = message.partition(" - at `$")
    if place:
        return {place.rstrip("`").lstrip("."): [f"{text}."]}
    missing = text.partition("required field `")[2].rstrip("`")
    return {missing or "ticket": [f"{text}."]}


def external_id_of(raw: Any) -> str:
    """What a ticket that cannot be read calls itself."""
    name = raw.get("external_id") if isinstance(raw, Mapping) else None
    return name if isinstance(name, str) else ""
