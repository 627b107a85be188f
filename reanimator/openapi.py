"""What the OpenAPI document says beyond what the views tell: tags, tokens, problems.

Imports no view: the framework loads this module while it defines its first one.
"""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

CONTENT_TYPE = "application/problem+json"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457: what went wrong.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "object",
            "description": "Messages by field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
FIELD_ERRORS = {
    "detail": "Not accepted: page_size.",
    "errors": {"page_size": ["A whole number from 1 to 200 is expected."]},
}
USUAL = {"400": "Not accepted", "405": "Method not allowed", "406": "No such representation"}
WITH_TOKEN = {"401": "No valid token", "403": "The role does not allow this"}
WITH_BODY = {"409": "Contradicts what is there", "413": "Too large", "415": "Media type not read here"}
METHODS = ("get", "post", "patch", "put", "delete")


class TokenScheme(OpenApiAuthenticationExtension):
    """How clients show who they are."""

    target_class = "reanimator.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token rea_…`: the word, a blank, and the secret that `manage.py apitoken create` printed.",
        }


class Schema(AutoSchema):
    """Describes a view, under the tag of the first word of its address."""

    def get_tags(self) -> list[str]:
        return [self.path.lstrip("/").split("/")[0]]


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The document with every operation's problem answers."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    for path, item in result["paths"].items():
        for method in METHODS:
            if method in item:
                _add(item[method], path, method)
    return result


def _add(operation: dict[str, Any], path: str, method: str) -> None:
    known = dict(USUAL)
    if any(operation.get("security", [])):
        known |= WITH_TOKEN
    if "{" in path:
        known["404"] = "There is none"
    if method == "delete":
        known["409"] = "It has history"
    if "requestBody" in operation:
        known |= WITH_BODY
    for status, description in known.items():
        operation["responses"].setdefault(status, {"description": description})
    for status, response in operation["responses"].items():
        if status >= "400" and "content" not in response:
            response["content"] = {CONTENT_TYPE: _problem(int(status), response["description"])}


def _problem(status: int, description: str) -> dict[str, Any]:
    example = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": f"{description}.",
        "instance": "/components",
        "request_id": "5f0c7f4e0c6c4f6d8f7f0f6a4a0b5a53",
    }
    more = FIELD_ERRORS if status == HTTPStatus.BAD_REQUEST else {}
    return {"schema": {"$ref": "#/components/schemas/Problem"}, "example": {**example, **more}}
