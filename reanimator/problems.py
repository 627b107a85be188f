"""Every failure as an RFC 9457 problem document; only the admin keeps its own pages."""

import re
from collections.abc import Callable, Iterator, Mapping
from errno import EDQUOT, EFBIG, ENOSPC
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from reanimator.openapi import CONTENT_TYPE
from registry.api.bodies import write_json
from registry.api.refusals import Conflict, NoRoom, TooLarge

HISTORY = "What has history cannot be deleted."


def problem(
    request: HttpRequest | Request,
    status: int,
    detail: str = "",
    *,
    errors: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> HttpResponse:
    """A problem document. `errors`: messages by field; `members`: what else the document holds."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or HTTPStatus(status).description or HTTPStatus(status).phrase,
        "instance": request.path,
        "request_id": getattr(request, "request_id", None),
        **({"errors": errors} if errors else {}),
        **members,
    }
    return HttpResponse(write_json(document), status=status, content_type=CONTENT_TYPE, headers=headers)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to an exception in an API view; None for those that are bugs, which Django logs and answers."""
    refusal = _as_refusal(error)
    if refusal is None:
        return None
    set_rollback()
    errors = dict(_by_field(refusal.detail)) if isinstance(refusal, exceptions.ValidationError) else {}
    general = errors.pop("", [])
    if isinstance(refusal, Conflict) and refusal.field:
        errors[refusal.field] = [str(refusal.detail)]
    detail = " ".join(general) if general else _summary(refusal, errors)
    return problem(
        context["request"],
        refusal.status_code,
        detail,
        errors=errors,
        headers=_headers(refusal),
        **getattr(refusal, "members", {}),
    )


_SQLITE_CLASH = re.compile(r"UNIQUE constraint failed: \w+\.(\w+)$")
_MARIADB_CLASH = re.compile(r"Duplicate entry .* for key '(?:\w+\.)?(\w+)'", re.DOTALL)
_MARIADB_DUPLICATE = 1062


def _clash(error: IntegrityError) -> Conflict | None:
    """The conflict behind a unique constraint that was hit; other constraints are bugs."""
    text = str(error.args[-1] if error.args else "")
    is_clash = "UNIQUE constraint failed" in text or error.args[:1] == (_MARIADB_DUPLICATE,)
    if not is_clash:
        return None
    found = _SQLITE_CLASH.search(text) or _MARIADB_CLASH.search(text)
    field = found[1] if found else ""
    # A constraint over several columns bears a name, not a field.
    return Conflict("Another one has this already.", field=field if "_" not in field else "")


def _full_disk(error: OSError) -> NoRoom | None:
    """The refusal when a disk, a quota or a limit on files is used up; other faults of the system are no answer."""
    return NoRoom() if error.errno in {ENOSPC, EDQUOT, EFBIG} else None


# The first kind that fits counts: a ProtectedError is an IntegrityError, a RequestDataTooBig a SuspiciousOperation.
_REFUSALS: tuple[tuple[type[Exception], Callable[[Any], exceptions.APIException | None]], ...] = (
    (exceptions.APIException, lambda error: error),
    (Http404, lambda _: exceptions.NotFound("There is nothing at this address.")),
    (PermissionDenied, lambda _: exceptions.PermissionDenied()),
    (ProtectedError, lambda _: Conflict(HISTORY)),
    (RequestDataTooBig, lambda _: TooLarge()),
    (MultiPartParserError, lambda error: exceptions.ParseError(str(error))),
    (SuspiciousOperation, lambda _: exceptions.ParseError("The request cannot be read.")),
    (DjangoValidationError, lambda error: exceptions.ValidationError(as_serializer_error(error))),
    (IntegrityError, _clash),
    (OSError, _full_disk),
)


def _as_refusal(error: Exception) -> exceptions.APIException | None:
    """What `error` means for the caller; None when it is a bug."""
    return next((answer(error) for kind, answer in _REFUSALS if isinstance(error, kind)), None)


def _by_field(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """The messages in DRF's nested error detail, by dotted path; those of no field under ``""``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from _by_field(inner, own)
    elif isinstance(detail, list) and any(isinstance(inner, Mapping | list) for inner in detail):
        for number, inner in enumerate(detail):
            if inner:
                yield from _by_field(inner, f"{path}.{number}" if path else str(number))
    else:
        yield path, [str(message) for message in (detail if isinstance(detail, list) else [detail])]


def _summary(refusal: exceptions.APIException, errors: Mapping[str, list[str]]) -> str:
    if isinstance(refusal, exceptions.ValidationError):
        return f"Not accepted: {', '.join(errors)}."
    return str(refusal.detail)


def _headers(refusal: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(refusal, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(refusal, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _has_own_pages(request: HttpRequest) -> bool:
    return request.path == "/admin" or request.path.startswith("/admin/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's 400."""
    if _has_own_pages(request):
        return defaults.bad_request(request, exception)
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return problem(request, status, "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's 403."""
    return defaults.permission_denied(request, exception) if _has_own_pages(request) else problem(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Django's 404, and the answer to every address that nothing else answers."""
    if _has_own_pages(request):
        return defaults.page_not_found(request, exception or Http404())
    return problem(request, 404, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's 500: says nothing of the inside; the log has the traceback under the same request id."""
    if _has_own_pages(request):
        return defaults.server_error(request)
    return problem(request, 500, "Something went wrong on the server. The log has more under this request id.")
