"""JSON from a tracker's web server: asked again where that may help, and faults told without secrets."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError

_PASSING = (429, 500, 502, 503, 504)
_LONGEST_REASON = 200
_NEEDLESS_TO_HIDE = 4  # so short a secret would be found in any text


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how long, a server is asked again; `longest`: seconds of pause, whatever it asks for."""

    retries: int = 4
    backoff: float = 1.0
    longest: int = 60
    connect_seconds: float = 10
    read_seconds: float = 60


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks; with a secret alone it is a token."""

    username: str = ""
    secret: str = field(default="", repr=False)

    @property
    def can_travel(self) -> bool:
        """Whether a header may hold the secret. Otherwise the HTTP client would refuse it, and print it."""
        return self.secret.isascii() and self.secret.isprintable()

    def basic(self) -> str:
        """Name and secret as HTTP's basic scheme sends them."""
        return base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()


class TrackerFault(Exception):
    """What went wrong with a tracker, in words for operators; `retry_after`: seconds it asks to be left alone."""

    def __init__(self, reason: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after


class Site:
    """One tracker's server. `clock`: the time by its own clock when it answered last."""

    def __init__(
        self, address: str, headers: Mapping[str, str], account: Account, patience: Patience | None = None
    ) -> None:
        if not account.can_travel:
            raise TrackerFault("The secret has characters that no request may have.")
        patience = patience or USUAL
        self.address = address.rstrip("/")
        self.clock: datetime | None = None
        self._secrets = [text for text in (account.secret, account.basic()) if len(text) >= _NEEDLESS_TO_HIDE]
        self._headers = {"Accept": "application/json", "User-Agent": "reanimator", **headers}
        self._retry = Retry(
            total=patience.retries,
            redirect=False,
            status_forcelist=_PASSING,
            backoff_factor=patience.backoff,
            backoff_max=patience.longest,
            retry_after_max=patience.longest,
            raise_on_status=False,
        )
        self._timeout = Timeout(connect=patience.connect_seconds, read=patience.read_seconds)
        self._pool = PoolManager()

    def get(self, path: str, **params: str) -> Any:
        """The JSON at `path`, else `TrackerFault`."""
        try:
            answer = self._pool.request(
                "GET",
                self.address + path,
                fields=params,
                headers=self._headers,
                # A redirect is a wrong address, or a sign-in page; and credentials are for the host named alone.
                redirect=False,
                retries=self._retry,
                timeout=self._timeout,
            )
        except HTTPError as error:
            cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
            raise TrackerFault(self.clean(f"No answer: {cause}")) from None
        self.clock = _time_of(answer)
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            return _json(answer.data)
        except (ValueError, RecursionError):
            raise TrackerFault("The answer is no JSON: is this the address of the tracker itself?") from None

    def clean(self, text: str) -> str:
        """`text` on one line, cut, and without the secret, should the server have sent it back."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())[:_LONGEST_REASON]

    def _refusal(self, answer: BaseHTTPResponse) -> TrackerFault:
        words = f"Status {answer.status}"
        if 300 <= answer.status < 400:
            target = urlsplit(answer.headers.get("Location", ""))
            words += f": redirected to {target.scheme}://{target.hostname}{target.path}, which is not followed"
        elif answer.status in (401, 403):
            words += ": the tracker refuses these credentials"
        elif answer.status == 429:
            words += ": the tracker asks for fewer requests"
        elif said := _said(answer):
            words += f": {said}"
        return TrackerFault(self.clean(words), status=answer.status, retry_after=self._pause(answer))

    def _pause(self, answer: BaseHTTPResponse) -> float | None:
        text = answer.headers.get("Retry-After", "").strip()
        return float(text) if text.isdecimal() and len(text) < 7 else None


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        # Half of a character that takes two, as cut texts have it: it must not cost the whole page.
        return orjson.loads(json.dumps(json.loads(data), ensure_ascii=False).encode(errors="replace"))


def _time_of(answer: BaseHTTPResponse) -> datetime | None:
    try:
        time = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _said(answer: BaseHTTPResponse) -> str:
    """The messages in the way of Jira (`errorMessages`) and Redmine (`errors`); no other text is passed on."""
    try:
        body = orjson.loads(answer.data)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(body, dict):
        return ""
    told = [body.get("errorMessages"), body.get("errors")]
    return " ".join(str(line) for lines in told if isinstance(lines, list) for line in lines)
