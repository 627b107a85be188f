"""Refusals that DRF has no exception for."""

from typing import Any

from rest_framework.exceptions import APIException


class Conflict(APIException):
    """409: what is asked for contradicts what is there. `members` are added to the problem document."""

    status_code = 409
    default_code = "conflict"
    default_detail = "This contradicts what is there."

    def __init__(self, detail: str | None = None, *, field: str = "", **members: Any) -> None:
        super().__init__(detail)
        self.field = field
        self.members = members


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
