"""The request's id in answers, logs and tasks."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from celery import shared_task
from django.conf import settings as project_settings
from django.test import Client
from django_structlog.celery.receivers import CeleryReceiver

from reanimator import logs
from registry.api.views import CustomerViewSet
from tests.builders import make_user
from tests.clients import client_as

pytestmark = pytest.mark.django_db

WELL_FORMED = ["abcd1234", "A.b_c-12", "5f0c7f4e-0c6c-4f6d-8f7f-0f6a4a0b5a53", "x" * 64]
MALFORMED = ["", "short", "x" * 65, "with blank", "new\nline12", "<script>alert", "ünïcödë-id", 'quote"quote']


@pytest.mark.parametrize("given", WELL_FORMED)
def test_a_well_formed_id_comes_back(given: str):
    answer = Client().get("/health", headers={"x-request-id": given})

    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", MALFORMED)
def test_a_malformed_id_is_replaced(given: str):
    answer = Client().get("/health", headers={"x-request-id": given})

    assert UUID(answer.headers["X-Request-ID"]).version == 4


def test_every_request_without_an_id_gets_one_of_its_own():
    ids = {Client().get("/health").headers["X-Request-ID"] for _ in range(3)}

    assert len(ids) == 3


@pytest.fixture
def json_lines() -> Iterator[Any]:
    """What the production configuration writes, as objects, read so far."""
    stream = io.StringIO()
    config = logs.logging_config("json", "INFO")
    config["handlers"]["stderr"]["stream"] = stream
    logs.configure(config)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure(project_settings.LOGGING)


def test_a_request_is_one_json_line_with_id_user_and_token(json_lines: Any):
    user = make_user()

    client_as("viewer", user=user).get("/assets", headers={"x-request-id": "abcd1234"})

    (line,) = json_lines()
    assert line["event"] == "request_finished"
    assert (line["request_id"], line["user_id"], line["token"]) == ("abcd1234", user.pk, f"token of {user.username}")
    assert (line["code"], line["request"], line["level"]) == (200, "GET /assets", "info")
    assert line["timestamp"].endswith("Z")


def test_a_malformed_id_never_reaches_the_log(json_lines: Any):
    answer = Client().get("/health", headers={"x-request-id": "<script>alert"})

    (line,) = json_lines()
    assert line["request_id"] == answer.headers["X-Request-ID"]


def test_lines_of_the_standard_library_bear_the_id_too(json_lines: Any, monkeypatch: pytest.MonkeyPatch):
    def talk(view: Any) -> Any:
        logging.getLogger("registry").warning("said in passing")
        return CustomerViewSet.queryset

    monkeypatch.setattr(CustomerViewSet, "get_queryset", talk)

    client_as("viewer").get("/customers", headers={"x-request-id": "abcd1234"})

    said = next(line for line in json_lines() if line["event"] == "said in passing")
    assert (said["request_id"], said["logger"]) == ("abcd1234", "registry")
    assert said["token"].startswith("token of")


def test_a_bug_is_one_json_line_with_its_traceback(json_lines: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(CustomerViewSet, "queryset", "a bug")
    client = client_as("viewer")
    client.raise_request_exception = False

    answer = client.get("/customers")

    (line,) = [line for line in json_lines() if line["event"] == "request_failed"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert "AttributeError" in line["exception"]


def test_nothing_of_one_request_is_left_for_the_next(json_lines: Any):
    client_as("viewer").get("/assets")

    Client().get("/health")

    assert json_lines()[-1].get("token") is None
    assert json_lines()[-1]["user_id"] is None


@shared_task(name="tests.say")
def say() -> None:
    """Writes a line from within a task."""
    structlog.get_logger("tasks").warning("said in a task")


def test_a_task_that_runs_in_the_request_bears_its_id(json_lines: Any, monkeypatch: pytest.MonkeyPatch):
    def work(view: Any) -> Any:
        say.delay()
        return CustomerViewSet.queryset

    monkeypatch.setattr(CustomerViewSet, "get_queryset", work)

    client_as("viewer").get("/customers", headers={"x-request-id": "abcd1234"})

    said = next(line for line in json_lines() if line["event"] == "said in a task")
    assert said["request_id"] == "abcd1234"


def test_a_task_that_is_sent_to_a_worker_carries_the_id():
    headers: dict[str, Any] = {}
    structlog.contextvars.bind_contextvars(request_id="abcd1234", token="collector of Frankfurt")

    CeleryReceiver().receiver_before_task_publish(headers=headers)
    structlog.contextvars.clear_contextvars()

    assert headers["__django_structlog__"] == {"request_id": "abcd1234", "token": "collector of Frankfurt"}
