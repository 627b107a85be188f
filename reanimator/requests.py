"""A name for every request, for its log lines, its answer and the tasks it starts."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bind_contextvars

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Keeps the caller's well-formed `X-Request-ID` or makes one, and gives it back in the answer.

    Stands first, so that no answer lacks it. It also replaces the header of the request: there django-structlog
    finds the id, binds it to all log lines, and hands it to Celery's tasks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        request.request_id = request_id  # type: ignore[attr-defined]  # where answers look for it
        bind_contextvars(ip=request.META.get("REMOTE_ADDR"))
        response = self.get_response(request)
        response[HEADER] = request_id
        return response
