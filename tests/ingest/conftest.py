"""What several modules of ingest's tests ask for by name."""

from collections.abc import Callable

import pytest

from tests.ingest.tally import read_by_tally


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Begins with the first version of the parser of tallies; called, it brings the second."""
    read_by_tally(monkeypatch, 1)
    return lambda: read_by_tally(monkeypatch, 2)
