"""Tickets as a source tells them, and what is wrong with one."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from registry.domain.vocabulary import SEVERITIES, Severity
from tickets.domain.naming import Name
from tickets.domain.vocabulary import MAX_EXTERNAL_ID, MAX_MODE, MAX_URL, MAX_WORD

# Both engines store these, and no service case lies outside of them.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
USUAL_MODE = "self_reported"

_NOT_IN_A_WORD = re.compile(r"[^a-z0-9]+")
_WEB_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)  # anything else would be a link to click on, too


@dataclass(frozen=True, slots=True)
class ToldFailure:
    """A failure that a ticket tells: of a component by its name, or of what sat in `slot` of an asset, or of that."""

    occurred_at: datetime
    component: Name | None = None
    asset: Name | None = None
    component_type: str = ""
    slot: str = ""
    mode: str = USUAL_MODE
    severity: str = Severity.FATAL
    message: str = ""


@dataclass(frozen=True, slots=True)
class ToldTicket:
    """A ticket as its source tells it at `updated_at`; `raw` is all of it, as it was sent."""

    external_id: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    title: str = ""
    description: str = ""
    status: str = ""
    severity: str = ""
    url: str = ""
    links: tuple[Name, ...] = ()
    failures: tuple[ToldFailure, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, hash=False)


def mode_word(text: str) -> str:
    """A failure's mode as it is kept: lower case, words joined by underscores."""
    return _NOT_IN_A_WORD.sub("_", text.lower()).strip("_")[:MAX_MODE] or USUAL_MODE


def problems_of(ticket: ToldTicket) -> dict[str, list[str]]:
    """What is wrong with a ticket, by field; empty when it can be kept."""
    problems: dict[str, list[str]] = defaultdict(list)
    for name, problem in _problems(ticket):
        problems[name].append(problem)
    return dict(problems)


def _problems(ticket: ToldTicket) -> Iterator[tuple[str, str]]:
    if not ticket.external_id.strip():
        yield "external_id", "This may not be blank."
    for name, most in (("external_id", MAX_EXTERNAL_ID), ("status", MAX_WORD), ("severity", MAX_WORD)):
        if len(getattr(ticket, name)) > most:
            yield name, f"At most {most} characters are expected."
    if ticket.url and (len(ticket.url) > MAX_URL or not _WEB_ADDRESS.fullmatch(ticket.url)):
        yield "url", f"A web address of at most {MAX_URL} characters is expected."
    for name in ("opened_at", "closed_at", "updated_at"):
        yield from ((name, problem) for problem in _problems_of_time(getattr(ticket, name)))
    if ticket.closed_at is not None and ticket.closed_at < ticket.opened_at:
        yield "closed_at", "It lies before `opened_at`."
    for number, failure in enumerate(ticket.failures):
        yield from ((f"failures[{number}].{name}", problem) for name, problem in _problems_of_failure(failure))


def _problems_of_time(time: datetime | None) -> Iterator[str]:
    if time is not None and not EARLIEST <= time < LATEST:
        yield "This time lies outside of what can be stored."


def _problems_of_failure(failure: ToldFailure) -> Iterator[tuple[str, str]]:
    yield from (("occurred_at", problem) for problem in _problems_of_time(failure.occurred_at))
    if failure.severity not in SEVERITIES:
        yield "severity", f"One of {', '.join(sorted(SEVERITIES))} is expected."
    if failure.component is None and failure.asset is None:
        yield "component_serial", "A failure names a component or an asset."
