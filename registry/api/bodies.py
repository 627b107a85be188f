"""JSON in and out: bounded when read, tolerant of large numbers when written."""

import json
from typing import Any

import orjson
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from drf_orjson_renderer.renderers import ORJSONRenderer
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from registry.api.refusals import TooLarge


def write_json(value: Any) -> bytes:
    """`value` as JSON; times end in ``Z``."""
    try:
        return orjson.dumps(value, default=ORJSONRenderer.default, option=orjson.OPT_UTC_Z)
    except TypeError:
        # orjson refuses integers above 64 bits and lone surrogates, which tools do print in measurements.
        return json.dumps(value, cls=DjangoJSONEncoder).encode()


class JSONRenderer(ORJSONRenderer):
    """Writes JSON."""

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else write_json(data)


class JSONParser(BaseParser):
    """Reads a JSON body of at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"A JSON body may have at most {limit} bytes.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
