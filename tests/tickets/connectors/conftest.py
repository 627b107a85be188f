"""Trackers that run for one test."""

from collections.abc import Iterator

import pytest

from tests.tickets.connectors.servers import FakeJira, FakeRedmine, served


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
