"""Callers of the API."""

from datetime import timedelta
from typing import Any

from rest_framework.test import APIClient

from registry.models import ApiToken
from tests.builders import make_user


def client_as(role: str, *, user: Any = None, lifetime: timedelta | None = None) -> APIClient:
    """A client with a token of that role."""
    user = user or make_user()
    _, secret = ApiToken.objects.create(user, expiry=lifetime, name=f"token of {user.username}", role=role)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def post_raw(
    client: Any, address: str, body: bytes | str, content_type: str = "application/json", **headers: str
) -> Any:
    """The answer to a body that is sent as it is."""
    return client.generic("POST", address, body, content_type=content_type, headers=headers)


def found(client: APIClient, address: str, **query: Any) -> list[int]:
    """The ids that a list gives."""
    return [row["id"] for row in client.get(address, query).json()["results"]]


def walk(client: APIClient, address: str) -> list[Any]:
    """All rows of a list, page by page along `next`."""
    rows: list[Any] = []
    link: str | None = address
    while link:
        page = client.get(link).json()
        rows += page["results"]
        link = page["next"]
    return rows
