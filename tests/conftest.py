"""Chooses the engine before settings load, and offers what every test may ask for by name."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings

from reanimator.environment import bundle_storage
from tests import s3, services

FOLDER = pytest.StashKey[Path]()
SERVERS = {"db", "transactional_db", "redis_url", "on_mariadb"}
UNWANTED = ("CELERY_BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "LOG_FORMAT", "LOG_LEVEL")

# A busy machine is no failure; pytest's own timeout catches what hangs.
# The suite tries the same examples each time, so that it fails for a reason; HYPOTHESIS_PROFILE=explore looks for more.
hypothesis_settings.register_profile("house", deadline=None, print_blob=True, derandomize=True)
hypothesis_settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds --engine and sets Django up with it at once, since deeper conftest modules may import models."""
    parser.addoption(
        "--engine",
        choices=("sqlite", "mariadb"),
        default="sqlite",
        help="database to test on; mariadb is a private server, started and stopped by the run",
    )
    config = pluginmanager.get_plugin("pytestconfig")
    assert isinstance(config, pytest.Config)
    folder = tempfile.TemporaryDirectory(prefix="reanimator-tests-")
    config.add_cleanup(folder.cleanup)
    config.stash[FOLDER] = Path(folder.name)
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # it inherits the environment, with the one server's address
    if settings.configured:
        raise pytest.UsageError("Settings are loaded already: unset DJANGO_SETTINGS_MODULE, tests set it themselves.")
    _set_environment(Path(folder.name), parser.parse_known_args(config.invocation_params.args).engine)
    django.setup()


def _set_environment(folder: Path, engine: str) -> None:
    for name in UNWANTED:
        os.environ.pop(name, None)
    database = services.mariadb_url(folder) if engine == "mariadb" else f"sqlite:///{folder}/unused.sqlite3"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "reanimator.settings",
        "DATABASE_URL": database,
        "BUNDLE_STORAGE_URL": f"file:{folder}/bundles",
        # While settings load; the tests themselves run with DEBUG off, as Django's own runner has it.
        "DEBUG": "true",
    }


def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the private MariaDB where it was asked for."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a terminated run tidies up like an interrupted one
    config = session.config
    is_worker = hasattr(config, "workerinput")
    if config.getoption("engine") == "mariadb" and not is_worker and not config.getoption("collectonly"):
        until_the_end = ExitStack()
        config.add_cleanup(until_the_end.close)
        try:
            until_the_end.enter_context(services.mariadb(config.stash[FOLDER]))
        except services.ServiceError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what an engine may change, so that `-m servers` leaves out on the second one what it cannot."""
    for item in items:
        if isinstance(item, pytest.Function) and _asks_for_servers(item):
            item.add_marker("servers")


def _asks_for_servers(item: pytest.Function) -> bool:
    in_database = item.cls is not None and issubclass(item.cls, TransactionTestCase)
    return in_database or bool(item.get_closest_marker("django_db")) or not SERVERS.isdisjoint(item.fixturenames)


def pytest_report_header(config: pytest.Config) -> str:
    """Names the engine above the results."""
    return f"engine: {config.getoption('engine')}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    pytestconfig: pytest.Config, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keeps SQLite's test database in a file: in memory it has other locks than in production."""
    if pytestconfig.getoption("engine") == "sqlite":
        settings.DATABASES["default"]["TEST"]["NAME"] = str(pytestconfig.stash[FOLDER] / "test.sqlite3")


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """A private Redis for tests that run real workers; empty when the first of them starts."""
    if not services.installed("redis-server") and pytestconfig.getoption("engine") == "sqlite":
        pytest.skip("redis-server is not installed; the run on MariaDB needs it")
    folder = pytestconfig.stash[FOLDER] / "redis"
    folder.mkdir()
    with services.redis_server(folder) as url:
        yield url


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The DATABASE_URL under which other processes (workers, servers) reach the test database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"mysql://root:@/{name}?" + urlencode({"unix_socket": connection.settings_dict["OPTIONS"]["unix_socket"]})


@pytest.fixture
def bundle_folder(settings: Any, tmp_path: Path) -> Path:
    """An empty bundle store of the test's own."""
    folder = tmp_path / "bundles"
    storage = {"BACKEND": "ingest.storage.BundleFolder", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "bundles": storage}
    return folder


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A private S3 server for tests of object storage."""
    with s3.s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bundle_bucket(settings: Any, monkeypatch: pytest.MonkeyPatch, s3_endpoint: str) -> Iterator[s3.Bucket]:
    """An empty bucket of the test's own as bundle store, named by the environment as an operator names it."""
    with s3.bucket(s3_endpoint) as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        settings.STORAGES = {**settings.STORAGES, "bundles": bundle_storage(Path())}
        yield bucket
