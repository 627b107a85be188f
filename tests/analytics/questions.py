"""Questions of the API about reliability."""

import csv
import io
from typing import Any

from rest_framework.test import APIClient

YEAR = {"from": "2026-01-01", "to": "2026-07-01"}


def ask(client: APIClient, what: str, **query: Any) -> Any:
    """The answer to a question about the first half of 2026."""
    answer = client.get(f"/analytics/{what}", {**YEAR, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(client: APIClient, what: str, **query: Any) -> dict[str, Any]:
    """What is wrong with a question, by field."""
    answer = client.get(f"/analytics/{what}", query)
    assert answer.status_code == 400, answer.content
    errors: dict[str, Any] = answer.json()["errors"]
    return errors


def table(client: APIClient, address: str, **query: Any) -> list[dict[str, str]]:
    """The rows of the answer as a table."""
    answer = client.get(address, {**query, "format": "csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
