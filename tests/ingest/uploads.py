"""Uploads of a bundle, and what they leave in the store."""

from typing import Any

from rest_framework.test import APIClient

from tests.clients import post_raw
from tests.ingest.deliveries import document

ADDRESS = "/ingest/logbundle"
DOCUMENT = document("7XK2M93", "S5FNNA0R500123")


def send(client: APIClient, body: bytes, query: str = "", content_type: str = "", **headers: str) -> Any:
    """The answer to a raw upload."""
    return post_raw(client, ADDRESS + query, body, content_type, **headers)


def kept_files(folder: Any) -> list[str]:
    """All files below `folder`."""
    return [path.name for path in folder.rglob("*") if path.is_file()]
