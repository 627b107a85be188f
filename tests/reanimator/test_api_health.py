"""Liveness and readiness."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reanimator import health


@pytest.mark.django_db
def test_liveness_asks_nobody():
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert len(captured) == 0


@pytest.fixture
def folder(settings: Any, tmp_path: Any) -> Any:
    """A bundle store of this test's own."""
    options = {"location": str(tmp_path / "bundles")}
    settings.STORAGES = {**settings.STORAGES, "bundles": {"BACKEND": "ingest.storage.BundleFolder", "OPTIONS": options}}
    return tmp_path / "bundles"


@pytest.mark.django_db
def test_readiness_tells_of_database_and_storage(folder: Any):
    answer = Client().get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok", "storage": "ok"}})
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.django_db
def test_a_database_that_is_away_is_503(folder: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "database_answers", _away)

    answer = Client().get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "checks": {"database": "failing", "storage": "ok"}}
    assert b"secret" not in answer.content


def _away() -> None:
    raise OperationalError("no secret host")


@pytest.mark.django_db
def test_a_storage_that_cannot_be_written_is_503(folder: Any):
    folder.write_text("a file where the folder should be")

    answer = Client().get("/health/ready")

    assert answer.json()["checks"] == {"database": "ok", "storage": "failing"}


@pytest.mark.django_db
def test_a_broker_that_is_away_is_503(folder: Any, settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(health, "broker_answers", _away)

    answer = Client().get("/health/ready")

    assert answer.json()["checks"] == {"database": "ok", "storage": "ok", "broker": "failing"}
