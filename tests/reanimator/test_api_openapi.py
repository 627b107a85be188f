"""The OpenAPI document and its browser."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.validation import validate_schema

from ingest.api.bundle_shapes import EXAMPLE as BUNDLE
from ingest.api.contents import SIGNAL, SignalSerializer
from ingest.api.observations import EXAMPLE as OBSERVATION
from ingest.api.observations import ObservationSerializer
from tests.builders import make_component, make_event, make_installation, make_observation, make_signal
from tests.clients import client_as
from timeline.api.events import EXAMPLE as EVENT
from timeline.api.events import EventSerializer
from timeline.api.installations import EXAMPLE as INSTALLATION
from timeline.api.installations import InstallationSerializer

METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document that the server gives."""
    found: dict[str, Any] = Client().get("/schema").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation, with its method and path."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method} {path}", item[method]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]):
    validate_schema(document)

    assert document["openapi"].startswith("3.1")


def test_the_document_is_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO(), stderr=io.StringIO())


def test_json_and_yaml_are_the_same_document(document: dict[str, Any]):
    answer = Client().get("/schema?format=yaml")

    assert "yaml" in answer.headers["Content-Type"]
    assert yaml.safe_load(answer.content).keys() == document.keys()
    assert yaml.safe_load(answer.content)["paths"].keys() == document["paths"].keys()


def test_every_call_of_the_api_is_documented(document: dict[str, Any]):
    documented = {re.sub(r"{\w+}", "{}", path) for path in document["paths"]}

    served = {re.sub(r"<\w+:\w+>", "{}", f"/{route}") for route in _routes(get_resolver())}

    assert documented == served - {"/", "/schema", "/docs"}


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if route.startswith(("admin", "^")):
            continue
        if isinstance(entry, URLResolver):
            yield from _routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


def test_every_call_has_an_example_of_what_is_sent_and_answered(document: dict[str, Any]):
    bare = []
    for name, operation in operations(document):
        bodies = {"request": operation.get("requestBody", {})} | {
            status: answer for status, answer in operation["responses"].items() if status.startswith("2")
        }
        bare += [
            f"{name} {part}"
            for part, body in bodies.items()
            for kind, content in body.get("content", {}).items()
            if kind == "application/json" and not (content.get("examples") or content.get("example"))
        ]

    assert bare == []


def test_every_call_documents_its_problems(document: dict[str, Any]):
    for name, operation in operations(document):
        problems = {status for status in operation["responses"] if status >= "400"}
        expected = {"400", "405", "406"} | ({"401", "403"} if operation.get("security", [{}]) != [{}] else set())
        assert problems >= expected, name


def test_calls_ask_for_a_token_but_for_health(document: dict[str, Any]):
    assert document["components"]["securitySchemes"]["token"]["name"] == "Authorization"

    open_calls = {
        name for name, operation in operations(document) if {"token": []} not in operation.get("security", [])
    }

    assert open_calls == {"get /health", "get /health/ready"}


def test_the_ways_to_upload_are_documented(document: dict[str, Any]):
    upload = document["paths"]["/ingest/logbundle"]["post"]

    assert upload["requestBody"]["content"].keys() == {"application/octet-stream", "multipart/form-data"}
    assert {"200", "201", "202", "400", "401", "403", "413", "422"} <= upload["responses"].keys()
    assert {parameter["name"] for parameter in upload["parameters"]} == {
        "asset", "asset_serial", "project", "collected_at", "filename", "Content-Digest",
    }  # fmt: skip


@pytest.mark.django_db
def test_what_is_documented_is_what_is_answered():
    component = make_component()
    event = make_event(component=component)
    observation, installation = make_observation(component=component), make_installation(component=component)

    assert EventSerializer(event).data.keys() == EventSerializer().fields.keys() == EVENT.keys()
    assert ObservationSerializer(observation).data.keys() == ObservationSerializer().fields.keys() == OBSERVATION.keys()
    assert SignalSerializer(make_signal()).data.keys() == SignalSerializer().fields.keys() == SIGNAL.keys()
    assert (
        InstallationSerializer(installation).data.keys()
        == InstallationSerializer().fields.keys()
        == INSTALLATION.keys()
    )
    shown = client_as("viewer").get(f"/logbundles/{observation.snapshot.bundle_id}").json()
    assert shown.keys() == BUNDLE.keys()


def test_the_browser_of_the_document_asks_no_other_server():
    page = Client().get("/docs").content.decode()

    sources = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
    assert sources
    assert [source for source in sources if not source.startswith("/")] == []
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    for source in sources:
        assert finders.find(source.removeprefix(f"/{settings.STATIC_URL.strip('/')}/"))
