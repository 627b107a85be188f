"""Every failure is a problem document with the request's id."""

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import IntegrityError
from django.test import Client
from rest_framework.exceptions import Throttled
from rest_framework.test import APIClient

from registry.api.views import CustomerViewSet
from tests.builders import make_customer
from tests.clients import client_as, post_raw

pytestmark = pytest.mark.django_db

KEYS = {"type", "title", "status", "detail", "instance", "request_id"}


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    """Checks the form that all problem documents have, and gives the document."""
    document: dict[str, Any] = answer.json()
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert document.keys() >= KEYS
    assert document["status"] == status
    assert document["request_id"] == answer.headers["X-Request-ID"]
    return document


def raising(error: Exception) -> Any:
    """A method that raises `error`."""

    def method(view: Any) -> Any:
        raise error

    return method


@pytest.fixture
def admin() -> APIClient:
    return client_as("admin")


@pytest.mark.parametrize("address", ["/nowhere", "/assets/", "/assets/one", "/Assets", "/administration", "/assets/-1"])
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_address(settings: Any, address: str, debug: bool):
    settings.DEBUG = debug

    document = assert_problem(Client().get(address), 404)

    assert document["instance"] == address


def test_a_row_that_is_not_there(admin: APIClient):
    assert_problem(admin.get("/assets/4711"), 404)


def test_a_method_that_is_not_offered(admin: APIClient):
    assert_problem(admin.delete("/customers"), 405)


def test_a_method_that_is_not_offered_to_anybody():
    assert_problem(APIClient().post("/health"), 405)


def test_no_token():
    assert_problem(APIClient().get("/assets"), 401)


def test_the_wrong_role():
    assert_problem(client_as("connector").get("/assets"), 403)


@pytest.mark.parametrize(
    "body", ["", "{", "[1,", '{"code": NaN}', b"\xff\xfe", '{"code": "\\ud800"}', "[" * 10_000, b"\x1f\x8b\x08"]
)
def test_a_body_that_is_not_json(admin: APIClient, body: str | bytes):
    answer = post_raw(admin, "/customers", body)

    assert_problem(answer, 400)


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null", "[{}]"])
def test_json_that_is_no_object(admin: APIClient, body: str):
    answer = post_raw(admin, "/customers", body)

    assert_problem(answer, 400)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x"])
def test_a_media_type_that_is_not_read(admin: APIClient, content_type: str):
    answer = post_raw(admin, "/customers", "code=ACME", content_type)

    assert_problem(answer, 415)


def test_a_representation_that_is_not_there(admin: APIClient):
    assert_problem(admin.get("/customers", headers={"accept": "image/png"}), 406)


def test_a_body_that_is_too_large(admin: APIClient, settings: Any):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = admin.post("/customers", {"code": "ACME", "name": "x" * 200})

    assert_problem(answer, 413)


def test_fields_that_are_not_accepted_are_told_by_name(admin: APIClient):
    document = assert_problem(admin.post("/customers", {"code": "", "name": "x" * 201}), 400)

    assert document["errors"].keys() == {"code", "name"}


def test_a_refused_host():
    answer = Client().get("/health", headers={"host": "evil.example"})

    assert_problem(answer, 400)


ANSWERS = [
    (PermissionDenied(), 403),
    (SuspiciousOperation("odd"), 400),
    (Throttled(wait=7), 429),
    (IntegrityError(1062, "Duplicate entry 'ACME' for key 'code'"), 409),
    (IntegrityError("UNIQUE constraint failed: registry_customer.code"), 409),
]


@pytest.mark.parametrize(("error", "status"), ANSWERS, ids=repr)
def test_an_exception_that_is_an_answer(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
):
    monkeypatch.setattr(CustomerViewSet, "get_queryset", raising(error))

    answer = admin.get("/customers")

    assert_problem(answer, status)


def test_a_throttled_client_learns_when_to_come_back(admin: APIClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(CustomerViewSet, "get_queryset", raising(Throttled(wait=7)))

    assert admin.get("/customers").headers["Retry-After"] == "7"


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), IntegrityError("CHECK constraint failed: secret")])
def test_a_bug_says_nothing_of_the_inside(monkeypatch: pytest.MonkeyPatch, error: Exception):
    client = client_as("admin")
    client.raise_request_exception = False
    monkeypatch.setattr(CustomerViewSet, "get_queryset", raising(error))

    answer = client.get("/customers")

    assert_problem(answer, 500)
    assert b"secret" not in answer.content
    assert b"Traceback" not in answer.content


def test_a_bug_is_logged_with_its_traceback_and_the_request_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    client = client_as("admin")
    client.raise_request_exception = False
    monkeypatch.setattr(CustomerViewSet, "get_queryset", raising(ZeroDivisionError("a bug")))

    answer = client.get("/customers")

    logged: Any = next(record for record in caplog.records if "request_failed" in record.getMessage())
    assert logged.exc_info[0] is ZeroDivisionError
    assert answer.headers["X-Request-ID"] in logged.getMessage()


def test_the_admin_keeps_its_own_pages():
    answer = Client().get("/admin/nowhere/", follow=True)

    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_admin_adds_its_slash():
    assert Client().get("/admin").headers["Location"] == "/admin/"


def test_a_browser_at_the_root_is_led_to_the_admin():
    answer = Client().get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, settings.LOGIN_REDIRECT_URL)


def test_deleting_what_others_refer_to(admin: APIClient):
    customer = make_customer()
    admin.post("/projects", {"code": "ACME-EU", "customer": customer.pk})

    document = assert_problem(admin.delete(f"/customers/{customer.pk}"), 409)

    assert "history" in document["detail"]
