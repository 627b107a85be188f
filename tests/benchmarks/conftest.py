"""What benchmarks need to run."""

import pytest

from tests import services


@pytest.fixture
def on_mariadb(pytestconfig: pytest.Config) -> None:
    """Leaves out what runs the benchmarks themselves, but in the run on MariaDB."""
    if pytestconfig.getoption("engine") != "mariadb":
        pytest.skip("benchmarks run on MariaDB alone")
    assert services.installed("mariadbd")
