"""The OpenAPI document."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """Describes a view."""


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The document with every operation's problem answers."""
    return result
