"""Trackers on loopback that speak the APIs of Jira and Redmine, for one test each."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from tests.builders import NOON

SECRET = "NjM4MTAxOTYzNzE2OmO7qRk8"

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Asked:
    """A request as it came in."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    """An answer with JSON, or with nothing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, b"" if body is None else json.dumps(body).encode()


@dataclass
class FakeServer:
    """What all trackers share: requests are kept, `mishaps` are answered first, `meanwhile` runs after each list."""

    address: str = ""
    now: datetime = NOON + timedelta(days=30)
    most: int = 100
    asked: list[Asked] = field(default_factory=list)
    mishaps: list[Answer | None] = field(default_factory=list)
    meanwhile: list[Callable[[], None] | None] = field(default_factory=list)
    everywhere: Callable[[Asked], Answer | None] = lambda _: None
    secret: str = SECRET
    list_path: ClassVar[str] = ""

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request."""
        self.asked.append(asked)
        if (told := self.everywhere(asked)) is not None:
            return told
        if not self.knows(asked):
            return answer(401, {"errorMessages": ["You are not authenticated."]})
        if self.mishaps and (mishap := self.mishaps.pop(0)) is not None:
            return mishap
        told = self.serve(asked)
        if asked.path.startswith(self.list_path) and self.meanwhile and (change := self.meanwhile.pop(0)):
            change()
        return told

    def knows(self, asked: Asked) -> bool:
        """Whether the credentials are right."""
        raise NotImplementedError

    def serve(self, asked: Asked) -> Answer:
        """The answer where nothing goes wrong."""
        raise NotImplementedError

    @property
    def lists(self) -> list[Asked]:
        """The requests for tickets."""
        return [one for one in self.asked if one.path.startswith(self.list_path)]


@dataclass
class FakeJira(FakeServer):
    """A Jira whose account is in `zone`, and which writes times in `offset`."""

    zone: str = "Europe/Berlin"
    offset: timedelta = timedelta(hours=1)
    is_cloud: bool = False
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    list_path: ClassVar[str] = "/rest/api/2/search"

    def put(self, key: str, updated: datetime, status: str = "Open", **fields: Any) -> None:
        """An issue, as it is from `updated` on."""
        category = {"Done": "done", "Resolved": "done", "Open": "new"}.get(status, "indeterminate")
        number = key.partition("-")[2]
        before = self.issues.get(key, {}).get("fields", {})
        self.issues[key] = {
            "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
            "id": f"10{number.zfill(4)}",
            "self": f"{self.address}/rest/api/2/issue/10{number.zfill(4)}",
            "key": key,
            "fields": {
                "summary": "Disk gone from bay 3",
                "description": "No light since the morning.\r\n",
                "issuetype": {"id": "10004", "name": "Incident", "subtask": False},
                "priority": {"self": f"{self.address}/rest/api/2/priority/2", "name": "High", "id": "2"},
                "labels": ["hardware"],
                "created": self.time(NOON - timedelta(days=1)),
                "resolution": None,
                "resolutiondate": None,
                **before,
                "updated": self.time(updated),
                "status": {
                    "name": status,
                    "id": "1",
                    "statusCategory": {"id": 2, "key": category, "name": category.title()},
                },
                **fields,
            },
        }

    def time(self, moment: datetime) -> str:
        """A time in the way of Jira."""
        local = (moment + self.offset).astimezone(UTC)
        sign = "-" if self.offset < timedelta(0) else "+"
        minutes = abs(int(self.offset.total_seconds())) // 60
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03}{sign}{minutes // 60:02}{minutes % 60:02}"

    def knows(self, asked: Asked) -> bool:
        basic = base64.b64encode(f"bot@example.com:{self.secret}".encode()).decode()
        return asked.headers.get("Authorization") in (f"Bearer {self.secret}", f"Basic {basic}") or not self.secret

    def serve(self, asked: Asked) -> Answer:
        if asked.path == "/rest/api/2/myself":
            return answer(200, {"name": "bot", "displayName": "Ticket Reader", "active": True, "timeZone": self.zone})
        if asked.path == "/rest/api/2/search" and self.is_cloud:
            return answer(410, {"errorMessages": ["The requested API has been removed."], "errors": {}})
        if asked.path in ("/rest/api/2/search", "/rest/api/2/search/jql"):
            return self._search(asked)
        return answer(404, {"errorMessages": ["null for uri"]})

    def _search(self, asked: Asked) -> Answer:
        found = self._matching(asked.params["jql"])
        start = int(asked.params.get("nextPageToken") or asked.params.get("startAt", "0"))
        size = min(self.most, int(asked.params["maxResults"]))
        names = asked.params["fields"].split(",")
        page = [
            {**one, "fields": {name: one["fields"][name] for name in names if name in one["fields"]}}
            for one in found[start : start + size]
        ]
        if not self.is_cloud:
            return answer(200, {"startAt": start, "maxResults": size, "total": len(found), "issues": page})
        end = start + len(page)
        return answer(
            200,
            {"issues": page, "isLast": end >= len(found), **({"nextPageToken": str(end)} if end < len(found) else {})},
        )

    def _matching(self, jql: str) -> list[dict[str, Any]]:
        """Those that match; the time of a query is in the account's zone, as Jira has it."""
        [text] = re.findall(r'updated >= "(\d{4}-\d\d-\d\d \d\d:\d\d)"', jql)
        assert jql.endswith(" ORDER BY updated ASC, key ASC")
        since = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(self.zone))
        named = re.findall(r"project in \(([^)]*)\)", jql)
        projects = re.findall(r'"([^"]+)"', named[0]) if named else None
        timed = [(datetime.fromisoformat(one["fields"]["updated"]), one) for one in self.issues.values()]
        chosen = [
            (time, one["key"], one)
            for time, one in timed
            if time >= since.astimezone(UTC) and (projects is None or one["key"].split("-")[0] in projects)
        ]
        return [one for _, _, one in sorted(chosen, key=lambda row: row[:2])]


@dataclass
class FakeRedmine(FakeServer):
    """A Redmine; old ones do not say with an issue whether its status is the last."""

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    list_path: ClassVar[str] = "/issues.json"
    statuses: ClassVar[dict[str, int]] = {"New": 1, "In Progress": 2, "Closed": 5}

    def put(self, number: int, updated: datetime, status: str = "New", **fields: Any) -> None:
        """An issue, as it is from `updated` on."""
        self.issues[number] = {
            "id": number,
            "project": {"id": 3, "name": "Operations"},
            "tracker": {"id": 1, "name": "Incident"},
            "priority": {"id": 4, "name": "Urgent"},
            "author": {"id": 7, "name": "Ada Lovelace"},
            "subject": "PSU dead",
            "description": "No power on feed B.",
            "start_date": "2026-02-28",
            "done_ratio": 0,
            "custom_fields": [],
            "created_on": "2026-02-28T12:00:00Z",
            "closed_on": None,
            **self.issues.get(number, {}),
            "status": {"id": self.statuses[status], "name": status},
            "updated_on": f"{updated:%Y-%m-%dT%H:%M:%SZ}",
            **fields,
        }

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("X-Redmine-API-Key") == self.secret

    def serve(self, asked: Asked) -> Answer:
        match asked.path:
            case "/users/current.json":
                return answer(200, {"user": {"id": 9, "login": "reader", "firstname": "R", "lastname": "R"}})
            case "/issue_statuses.json":
                known = [
                    {"id": number, "name": name, "is_closed": name == "Closed"}
                    for name, number in self.statuses.items()
                ]
                return answer(200, {"issue_statuses": known})
            case "/issues.json":
                return self._list(asked.params)
        return answer(404)

    def _list(self, params: dict[str, str]) -> Answer:
        assert (params["status_id"], params["sort"]) == ("*", "updated_on,id")
        since = params["updated_on"].removeprefix(">=")
        found = sorted(
            (one for one in self.issues.values() if one["updated_on"] >= since),
            key=lambda one: (one["updated_on"], one["id"]),
        )
        offset, limit = int(params["offset"]), min(self.most, int(params["limit"]))
        page = found[offset : offset + limit]
        return answer(200, {"issues": page, "total_count": len(found), "offset": offset, "limit": limit})


@contextmanager
def served(server: FakeServer) -> Iterator[FakeServer]:
    """The server, running on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            status, headers, body = server.answer(Asked(parts.path, params, dict(self.headers)))
            self.send_response_only(status)
            usual = {"Date": format_datetime(server.now, usegmt=True), "Content-Type": "application/json"}
            for name, value in {**usual, **headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Says nothing of clients that did not wait."""

    http = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.address = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def keys(pages: Sequence[Any]) -> list[str]:
    """The ids of the tickets on pages, in their order."""
    return [ticket.external_id for page in pages for ticket in page.tickets]
