"""Tickets coming in."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.filters import refuse_unknown
from registry.domain.vocabulary import Role
from tickets import services
from tickets.api.shapes import SyncedSerializer, SyncSerializer
from tickets.api.sync_shape import Misread, Read, external_id_of, read_ticket
from tickets.domain.vocabulary import MAX_SOURCE

SYNCERS = frozenset({Role.CONNECTOR, Role.ENGINEER, Role.ADMIN})
OUTCOMES = ("created", "updated", "unchanged", "rejected")


class TicketSync(APIView):
    """Takes in the tickets of another system."""

    roles = {"POST": SYNCERS, "OPTIONS": SYNCERS}

    @extend_schema(operation_id="connectors_tickets_sync", request=SyncSerializer, responses=SyncedSerializer)
    def post(self, request: Request) -> Response:
        """Creates and updates tickets; says of each what became of it, and which of its links wait."""
        refuse_unknown(request, ())
        source, bodies = _body(request.data)
        read = [_read(body) for body in bodies]
        good = [one.ticket for one in read if isinstance(one, Read)]
        outcomes = iter(services.sync_tickets(source=source, tickets=good, now=timezone.now()))
        results = [_result(body, one, outcomes) for body, one in zip(bodies, read, strict=True)]
        counts = Counter(result["outcome"] for result in results)
        return Response({**{word: counts[word] for word in OUTCOMES}, "results": results})


def _body(data: Any) -> tuple[str, Sequence[Any]]:
    """The source and the tickets, each still to be read."""
    if not isinstance(data, dict):
        raise ValidationError(["An object with `source` and `tickets` is expected."])
    source, tickets = data.get("source"), data.get("tickets")
    problems = {}
    if not isinstance(source, str) or not 1 <= len(source.strip()) <= MAX_SOURCE:
        problems["source"] = [f"A name of 1 to {MAX_SOURCE} characters is expected."]
    if not isinstance(tickets, list):
        problems["tickets"] = ["A list is expected."]
    problems |= {name: ["This field is not known here."] for name in data.keys() - {"source", "tickets"}}
    if problems:
        raise ValidationError(problems)
    return str(source).strip(), tickets or ()


def _read(body: Any) -> Read | Misread:
    try:
        return read_ticket(body, settings.PLACEHOLDER_SERIALS)
    except Misread as misread:
        return misread


def _result(body: Any, read: Read | Misread, outcomes: Any) -> dict[str, Any]:
    if isinstance(read, Misread):
        return _shape(services.Outcome(external_id_of(body), services.REJECTED, errors=read.errors), {})
    return _shape(next(outcomes), read.notes)


def _shape(outcome: services.Outcome, notes: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "external_id": outcome.external_id,
        "outcome": outcome.outcome,
        "id": outcome.id,
        "errors": {**notes, **outcome.errors},
        "unresolved_links": outcome.unresolved,
    }
