"""Takes in tickets from their source."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import IntegrityError, transaction

from registry.models import FOREVER
from registry.models.bulk import insert_rows, update_rows
from registry.transactions import again_on_deadlock
from tickets.domain.removals import resolution_of
from tickets.domain.told import ToldTicket, problems_of
from tickets.domain.vocabulary import MAX_TITLE
from tickets.models import Ticket, TicketLink
from tickets.selectors import Directory
from tickets.services.follow import follow_changes
from tickets.services.links import links_of, store_links
from tickets.services.suggestions import names_in, store_suggestions
from tickets.services.told_failures import names_of, note_failures, store_told_failures
from timeline.services.changes import note_changes

CREATED, UPDATED, UNCHANGED, REJECTED = "created", "updated", "unchanged", "rejected"

_MOST_AT_ONCE = 1000
_MOST_TEXT_AT_ONCE = 4_000_000  # characters: far below what MariaDB takes in one packet
_ATTEMPTS = 3

_TOLD_BEFORE = ("updated_at", "digest", "closed_at")
_SAID = (
    "title",
    "description",
    "status",
    "severity",
    "url",
    "opened_at",
    "closed_at",
    "ends_at",
    "updated_at",
    "raw",
    "digest",
    "received_at",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket. `unresolved`: its links that wait, as {kind of name: name}."""

    external_id: str
    outcome: str
    id: int | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unresolved: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class _Version:
    """A ticket as its source told it at a time, with its content."""

    ticket: ToldTicket
    raw: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    updated_at: datetime
    digest: str
    closed_at: datetime | None


def sync_tickets(*, source: str, tickets: Sequence[ToldTicket], now: datetime) -> list[Outcome]:
    """Takes in the tickets of one source; gives what became of each, in their order. One bad ticket costs only itself.

    A ticket older than the known one changes nothing, nor does the same one again. In order, one batch after another,
    each in a transaction of its own: what was cut off is sent again.
    """
    problems = [problems_of(ticket) for ticket in tickets]
    good = [_version(ticket) for ticket, wrong in zip(tickets, problems, strict=True) if not wrong]
    done = iter([outcome for batch in _batches(good) for outcome in _take_in(source, batch, now)])
    follow_changes(now=now)
    return [
        Outcome(ticket.external_id, REJECTED, errors=wrong) if wrong else next(done)
        for ticket, wrong in zip(tickets, problems, strict=True)
    ]


def _version(ticket: ToldTicket) -> _Version:
    try:
        raw = orjson.dumps(ticket.raw, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # integers above 64 bits
        raw = json.dumps(ticket.raw, sort_keys=True)
    return _Version(ticket, raw, hashlib.sha256(raw.encode()).hexdigest()[:32])


def _batches(versions: Sequence[_Version]) -> Iterator[list[_Version]]:
    batch: list[_Version] = []
    size = 0
    for version in versions:
        if batch and (len(batch) == _MOST_AT_ONCE or size + len(version.raw) > _MOST_TEXT_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(version)
        size += len(version.raw)
    if batch:
        yield batch


def _take_in(source: str, batch: Sequence[_Version], now: datetime) -> list[Outcome]:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _store(source, batch, now)
        except IntegrityError:
            # Someone else brought one of these tickets at this very moment; now it is there to be compared with.
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


@again_on_deadlock
def _store(source: str, batch: Sequence[_Version], now: datetime) -> list[Outcome]:
    with transaction.atomic():
        known = _lock_known(source, {version.ticket.external_id for version in batch})
        outcomes, news = _decide(batch, known)
        ids = {external_id: row.id for external_id, row in known.items()}
        if news:
            ids |= _write_tickets(source, news, known, now)
            ended = {row.id for row in known.values() if row.closed_at is not None}
            _write_around(source, {ids[name]: version.ticket for name, version in news.items()}, ended, now)
        waiting = _unresolved(set(ids.values()))
    return [
        Outcome(name, outcome, ids[name], unresolved=waiting.get(ids[name], ()))
        for name, outcome in zip((version.ticket.external_id for version in batch), outcomes, strict=True)
    ]


def _lock_known(source: str, external_ids: set[str]) -> dict[str, _Known]:
    rows = Ticket.objects.select_for_update().filter(source=source, external_id__in=external_ids).order_by("id")
    return {name: _Known(*told) for name, *told in rows.values_list("external_id", "id", *_TOLD_BEFORE)}


def _decide(batch: Sequence[_Version], known: Mapping[str, _Known]) -> tuple[list[str], dict[str, _Version]]:
    """The outcome of each version as if they came one after another, and the last word on each ticket that is news."""
    state = {name: (row.updated_at, row.digest) for name, row in known.items()}
    outcomes: list[str] = []
    news: dict[str, _Version] = {}
    for version in batch:
        name, told = version.ticket.external_id, (version.ticket.updated_at, version.digest)
        before = state.get(name)
        if before is not None and (told[0] < before[0] or told == before):
            outcomes.append(UNCHANGED)
            continue
        outcomes.append(CREATED if before is None else UPDATED)
        state[name] = told
        news[name] = version
    return outcomes, news


def _write_tickets(
    source: str, news: Mapping[str, _Version], known: Mapping[str, _Known], now: datetime
) -> dict[str, int]:
    new = [(source, name, *_columns(version, now)) for name, version in news.items() if name not in known]
    changed = [(known[name].id, *_columns(version, now)) for name, version in news.items() if name in known]
    insert_rows(Ticket, ("source", "external_id", *_SAID), new)
    update_rows(Ticket, _SAID, changed)
    if not new:
        return {}
    rows = Ticket.objects.filter(source=source, external_id__in=[row[1] for row in new])
    return dict(rows.values_list("external_id", "id"))


def _columns(version: _Version, now: datetime) -> tuple[Any, ...]:
    ticket = version.ticket
    return (
        " ".join(ticket.title.split())[:MAX_TITLE],
        ticket.description,
        ticket.status,
        ticket.severity,
        ticket.url,
        ticket.opened_at,
        ticket.closed_at,
        ticket.closed_at or FOREVER,
        ticket.updated_at,
        version.raw,
        version.digest,
        now,
    )


def _write_around(source: str, tickets: Mapping[int, ToldTicket], ended: Collection[int], now: datetime) -> None:
    """Writes the links, proposals and failures of tickets that are news; `ended`: those that were closed before."""
    mentions = {key: (names_in(f"{one.title}\n{one.description}"), one.opened_at) for key, one in tickets.items()}
    names = {name for words, _ in mentions.values() for name in words}
    for ticket in tickets.values():
        names.update(ticket.links, names_of(ticket))
    directory = Directory(names)
    known = links_of(tickets.keys())
    linked = store_links(tickets, known, directory)
    store_suggestions(mentions, known, linked, directory)
    resolved = [key for key, one in tickets.items() if key in ended or resolution_of(one.raw)]
    before = {link.target.thing for key in resolved for link in known.get(key, ()) if link.counts}
    things = before.union(*(linked[key] for key in resolved))
    note_changes(components={component for _, _, component in things if component is not None})
    note_failures(store_told_failures(tickets, source, directory, now))


def _unresolved(tickets: set[int]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    rows = TicketLink.objects.unresolved().filter(ticket__in=tickets).order_by("id")
    for ticket, by, name, candidates in rows.values_list("ticket_id", "by", "name", "candidates"):
        found.setdefault(ticket, []).append({by: name, "reason": "ambiguous" if candidates > 1 else "unknown"})
    return found
