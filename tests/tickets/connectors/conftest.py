"""Trackers that run for one test, and connectors to them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.tickets.connectors.servers import SECRET, FakeJira, FakeRedmine, served
from tickets.connectors import Kind
from tickets.models import Connector

VARIABLE = "CONNECTOR_JIRA_TOKEN"


@pytest.fixture
def jira() -> Iterator[FakeJira]:
    """A Jira without issues."""
    server = FakeJira()
    with served(server):
        yield server


@pytest.fixture
def redmine() -> Iterator[FakeRedmine]:
    """A Redmine without issues."""
    server = FakeRedmine()
    with served(server):
        yield server


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connector]:
    """Sets up a connector to a running tracker, whose secret is in the environment."""
    monkeypatch.setenv(VARIABLE, SECRET)

    def to(server: FakeJira | FakeRedmine, **fields: Any) -> Connector:
        kind = Kind.JIRA if isinstance(server, FakeJira) else Kind.REDMINE
        usual = {"name": kind.value, "kind": kind, "base_url": server.address, "secret_variable": VARIABLE}
        return Connector.objects.create(**{**usual, **fields})

    return to
