"""What every test of faults has: a product whose claims run out quickly, with a broker of its own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import services
from tests.faults import slow_parser


@pytest.fixture
def until_the_end() -> Iterator[ExitStack]:
    """Ends what was entered, last first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def environment(bundle_folder: Path, tmp_path: Path) -> dict[str, str]:
    """Of the product's processes, but for their database and broker."""
    parsers = tmp_path / "parsers"
    parsers.mkdir()
    slow_parser.install(parsers)
    return os.environ | {
        "BUNDLE_STORAGE_URL": f"file:{bundle_folder}",
        "LOG_FORMAT": "json",
        "STEP_SECONDS": "2",
        "SWEEP_SECONDS": "1",
        "PYTHONPATH": str(parsers),
        "SLOW_PARSER_SIGN": str(tmp_path / "sign"),
    }


@pytest.fixture
def broker(pytestconfig: pytest.Config) -> Iterator[ExitStack]:
    """What the test's own Redis runs in: it stops when this is closed."""
    if not services.installed("redis-server") and pytestconfig.getoption("engine") == "sqlite":
        pytest.skip("redis-server is not installed; the run on MariaDB needs it")
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def redis_here(broker: ExitStack, tmp_path: Path) -> str:
    """The address of a Redis of the test's own."""
    return broker.enter_context(services.redis_server(tmp_path))
