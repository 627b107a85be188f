"""Jira: Server, Data Center and Cloud, by version 2 of its REST API."""

from collections.abc import Mapping as AnyMapping
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickets.connectors.interface import Account, Asked, Patience
from tickets.connectors.paging import Batch, Found, Place
from tickets.connectors.reading import Misread, failures_of, first_text, links_of, member, moment, needed_moment, word
from tickets.connectors.web import Site, TrackerFault
from tickets.domain.told import ToldTicket

PAGE = 100
_USUAL = (
    "summary",
    "description",
    "status",
    "issuetype",
    "priority",
    "labels",
    "created",
    "updated",
    "resolution",
    "resolutiondate",
    "statuscategorychangedate",
)
_GONE = 410


class Jira:
    """One Jira, as one account sees it."""

    def __init__(self, asked: Asked, account: Account, patience: Patience | None = None) -> None:
        headers = {}
        if account.secret:
            scheme = f"Basic {account.basic()}" if account.username else f"Bearer {account.secret}"
            headers["Authorization"] = scheme
        self.asked = asked
        self._site = Site(asked.address, headers, account, patience)
        self._is_anonymous = not account.secret
        self._path = "/rest/api/2/search"

    @property
    def clock(self) -> datetime | None:
        """Jira's own time when it answered last."""
        return self._site.clock

    def open(self) -> str:
        """Signs in; who that is."""
        return f"{self._myself.get('displayName') or 'anonymous'}, {self._zone.key}"

    def bound(self, moment: datetime) -> datetime:
        """The minute, which is what JQL resolves; an hour that the clocks repeat is not told apart from its second."""
        local = moment.astimezone(self._zone).replace(second=0, microsecond=0)
        while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            local = (local.astimezone(moment.tzinfo) - timedelta(hours=1)).astimezone(self._zone)
        return local.astimezone(moment.tzinfo)

    def search(self, since: datetime, place: Place) -> Batch:
        """A page of issues; Cloud, where this search is gone, has one that counts by tokens."""
        try:
            return self._page(since, place)
        except TrackerFault as fault:
            if fault.status != _GONE or self._path.endswith("/jql"):
                raise
        self._path += "/jql"
        return self._page(since, place)

    def read(self, body: AnyMapping[str, Any]) -> ToldTicket:
        """An issue as a ticket, else `Misread`."""
        mapping, fields = self.asked.mapping, body.get("fields")
        key = body.get("key")
        if not isinstance(fields, dict) or not isinstance(key, str):
            raise Misread("no issue: `key` or `fields` is missing")
        opened_at = needed_moment(fields.get("created"), "created")
        updated_at = needed_moment(fields.get("updated"), "updated")
        status = word(member(fields, "status"))
        is_closed = mapping.is_closed(status, member(fields, "status.statusCategory.key") == "done")
        lookup = partial(member, fields)
        links = links_of(mapping.fields, lookup, self.asked.placeholders)
        return ToldTicket(
            external_id=key,
            opened_at=opened_at,
            updated_at=updated_at,
            closed_at=_closed_at(fields, updated_at) if is_closed else None,
            title=first_text(fields.get("summary")),
            description=first_text(fields.get("description")),
            status=status,
            severity=word(lookup(mapping.fields.severity)) if mapping.fields.severity else "",
            url=f"{self._site.address}/browse/{key}",
            links=links,
            failures=failures_of(mapping.fields, lookup, links, opened_at),
            raw={**body, "reading": {"mapping": mapping.digest, "closed": is_closed}},
        )

    def value(self, body: AnyMapping[str, Any], field: str) -> Any:
        """What an issue says in a field."""
        return member(body.get("fields"), field)

    @cached_property
    def _myself(self) -> dict[str, Any]:
        if self._is_anonymous:
            return {}
        answer = self._site.get("/rest/api/2/myself")
        return answer if isinstance(answer, dict) else {}

    @cached_property
    def _zone(self) -> ZoneInfo:
        """The zone in which Jira takes the times of a query: the account's."""
        name = self.asked.mapping.time_zone or first_text(self._myself.get("timeZone"))
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise TrackerFault("Jira does not tell the account's time zone: set `time_zone` in the mapping.") from None

    @cached_property
    def _fields(self) -> str:
        mapped = (field.partition(".")[0] for field in self.asked.mapping.fields.named.values())
        return ",".join(dict.fromkeys((*_USUAL, *mapped)))

    def _jql(self, since: datetime) -> str:
        projects = ", ".join(f'"{code.strip()}"' for code in self.asked.project.split(",") if code.strip())
        conditions = [
            f"project in ({projects})" if projects else "",
            f"({self.asked.filter})" if self.asked.filter else "",
            f'updated >= "{since.astimezone(self._zone):%Y-%m-%d %H:%M}"',
        ]
        return " AND ".join(filter(None, conditions)) + " ORDER BY updated ASC, key ASC"

    def _page(self, since: datetime, place: Place) -> Batch:
        counts_by_token = self._path.endswith("/jql")
        where = {"nextPageToken": place.token} if place.token else {}
        if not counts_by_token:
            where = {"startAt": str(place.offset)}
        answer = self._site.get(self._path, jql=self._jql(since), fields=self._fields, maxResults=str(PAGE), **where)
        issues = answer.get("issues") if isinstance(answer, dict) else None
        if not isinstance(issues, list):
            raise TrackerFault("The answer has no list of issues: is this the address of a Jira?")
        found = [_found(issue) for issue in issues]
        if counts_by_token:
            token = str(answer.get("nextPageToken") or "")
            return Batch(found, more=bool(token) and not answer.get("isLast"), token=token)
        total = answer.get("total")
        if not isinstance(total, int):
            raise TrackerFault("The answer does not tell how many issues there are: is this the address of a Jira?")
        return Batch(found, more=place.offset + len(found) < total, total=total)


def _found(issue: Any) -> Found:
    body = issue if isinstance(issue, dict) else {}
    return Found(str(body.get("key", "")), moment(member(body, "fields.updated")), body)


def _closed_at(fields: AnyMapping[str, Any], updated_at: datetime) -> datetime:
    """Workflows may end an issue without resolving it."""
    return moment(fields.get("resolutiondate")) or moment(fields.get("statuscategorychangedate")) or updated_at
