"""Redmine, by its REST API."""

from collections.abc import Mapping as AnyMapping
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import parse_qsl

from tickets.connectors.interface import Account, Asked, Patience
from tickets.connectors.paging import Batch, Found, Place
from tickets.connectors.reading import Misread, failures_of, first_text, links_of, member, moment, needed_moment, word
from tickets.connectors.web import Site, TrackerFault
from tickets.domain.told import ToldTicket

PAGE = 100  # Redmine gives no more


class Redmine:
    """One Redmine, as the owner of one API key sees it."""

    def __init__(self, asked: Asked, account: Account, patience: Patience | None = None) -> None:
        headers = {}
        if account.secret and account.username:
            headers["Authorization"] = f"Basic {account.basic()}"
        elif account.secret:
            headers["X-Redmine-API-Key"] = account.secret
        self.asked = asked
        self._site = Site(asked.address, headers, account, patience)
        self._is_anonymous = not account.secret

    @property
    def clock(self) -> datetime | None:
        """Redmine's own time when it answered last."""
        return self._site.clock

    def open(self) -> str:
        """Signs in, and learns which statuses are the last; who that is."""
        self._closed_statuses  # noqa: B018  # every run needs them, and a refusal should come first
        if self._is_anonymous:
            return "anonymous"
        user = member(self._site.get("/users/current.json"), "user")
        return first_text(member(user, "login")) or "somebody"

    def bound(self, moment: datetime) -> datetime:
        """The second, which is what Redmine keeps."""
        return moment.replace(microsecond=0)

    def search(self, since: datetime, place: Place) -> Batch:
        """A page of issues."""
        params = dict(parse_qsl(self.asked.filter, keep_blank_values=True))
        if self.asked.project:
            params["project_id"] = self.asked.project
        params |= {
            "status_id": "*",
            "updated_on": f">={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "sort": "updated_on,id",
            "offset": str(place.offset),
            "limit": str(PAGE),
        }
        answer = self._site.get("/issues.json", **params)
        issues = answer.get("issues") if isinstance(answer, dict) else None
        total = answer.get("total_count") if isinstance(answer, dict) else None
        if not isinstance(issues, list) or not isinstance(total, int):
            raise TrackerFault("The answer has no list of issues: is this the address of a Redmine?")
        return Batch([_found(one) for one in issues], more=place.offset + len(issues) < total, total=total)

    def read(self, body: AnyMapping[str, Any]) -> ToldTicket:
        """An issue as a ticket, else `Misread`."""
        mapping, key = self.asked.mapping, body.get("id")
        if not isinstance(key, int):
            raise Misread("no issue: `id` is missing")
        opened_at = needed_moment(body.get("created_on"), "created_on")
        updated_at = needed_moment(body.get("updated_on"), "updated_on")
        is_closed = mapping.is_closed(word(body.get("status")), self._has_ended(body))
        lookup = partial(self.value, body)
        links = links_of(mapping.fields, lookup, self.asked.placeholders)
        return ToldTicket(
            external_id=str(key),
            opened_at=opened_at,
            updated_at=updated_at,
            # Redmine keeps `closed_on` when an issue is opened again.
            closed_at=(moment(body.get("closed_on")) or updated_at) if is_closed else None,
            title=first_text(body.get("subject")),
            description=first_text(body.get("description")),
            status=word(body.get("status")),
            severity=word(lookup(mapping.fields.severity)) if mapping.fields.severity else "",
            url=f"{self._site.address}/issues/{key}",
            links=links,
            failures=failures_of(mapping.fields, lookup, links, opened_at),
            raw={**body, "reading": {"mapping": mapping.digest, "closed": is_closed}},
        )

    def value(self, body: AnyMapping[str, Any], field: str) -> Any:
        """What an issue says in a field of its own, or in a custom one, by its name or as ``cf_<id>``."""
        custom = body.get("custom_fields")
        for one in custom if isinstance(custom, list) else ():
            if isinstance(one, dict) and field in (one.get("name"), f"cf_{one.get('id')}"):
                return one.get("value")
        return member(body, field)

    @cached_property
    def _closed_statuses(self) -> frozenset[int]:
        answer = member(self._site.get("/issue_statuses.json"), "issue_statuses")
        if not isinstance(answer, list):
            raise TrackerFault("The answer has no list of statuses: is this the address of a Redmine?")
        return frozenset(one["id"] for one in answer if isinstance(one, dict) and one.get("is_closed") and "id" in one)

    def _has_ended(self, body: AnyMapping[str, Any]) -> bool:
        return member(body, "status.id") in self._closed_statuses


def _found(issue: Any) -> Found:
    body = issue if isinstance(issue, dict) else {}
    return Found(str(body.get("id", "")), moment(body.get("updated_on")), body)
