"""Refusals that the framework has no exception for, and those of the services below."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.exceptions import APIException, ValidationError

from registry.services import AlreadyExists, FieldProblem, HasHistory


class Conflict(APIException):
    """409: what is asked for contradicts what is there. `members` are added to the problem document."""

    status_code = 409
    default_code = "conflict"
    default_detail = "This contradicts what is there."

    def __init__(self, detail: str | None = None, *, field: str = "", **members: Any) -> None:
        super().__init__(detail)
        self.field = field
        self.members = members


class LengthRequired(APIException):
    """411: the body's length is not told, and this server cannot do without."""

    status_code = 411
    default_code = "length_required"
    default_detail = "Send the body with its Content-Length."


class TooLarge(APIException):
    """413: the body is larger than the server takes."""

    status_code = 413
    default_code = "too_large"
    default_detail = "The body is too large."


class Unprocessable(APIException):
    """422: the body is not what its own description says."""

    status_code = 422
    default_code = "unprocessable"
    default_detail = "The body does not match its description."


class NoRoom(APIException):
    """507: a disk that is needed is full; sent again later, the same may succeed."""

    status_code = 507
    default_code = "no_room"
    default_detail = "There is no room left to keep this. Nothing of it was kept; send it again later."


@contextmanager
def refusals_answered() -> Iterator[None]:
    """Turns what the registry's services refuse into answers."""
    try:
        yield
    except FieldProblem as problem:
        raise ValidationError({problem.field: [str(problem)]}) from problem
    except AlreadyExists as problem:
        raise Conflict(str(problem), existing={"id": problem.existing_id}) from problem
    except HasHistory as problem:
        raise Conflict(str(problem)) from problem
