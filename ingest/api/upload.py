"""`POST /ingest/logbundle`: the way in for every bundle, streamed from the socket to the store."""

import base64
import binascii
import hashlib
import re
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import parse_header_parameters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from ingest import services
from ingest.api.bundle_shapes import ReceiptSerializer, bundle_shape
from registry.api.bodies import write_json
from registry.api.filters import moment_parameter, refuse_unknown, whole_key
from registry.api.permissions import UPLOADERS
from registry.api.refusals import LengthRequired, TooLarge, Unprocessable

HINTS = ("asset", "asset_serial", "project", "collected_at", "filename")
# What multipart adds around a file: boundaries, part headers, and a form field or two.
MULTIPART_ALLOWANCE = 1024**2
CHUNK = 64 * 1024


class UploadView(APIView):
    """Takes a bundle in: a raw body of any content type, or the part `file` of a multipart one.

    201 when it is new and its work is done, 202 when it is new and its work is queued, 200 when its bytes are known.
    """

    roles = {"POST": UPLOADERS}
    parser_classes = ()

    @extend_schema(
        operation_id="ingest_logbundle",
        parameters=[
            OpenApiParameter("asset", OpenApiTypes.INT, description="The asset's id, where the content does not say."),
            OpenApiParameter("asset_serial", description="The asset's serial number, where the content does not say."),
            OpenApiParameter("project", description="The project's code, where the content does not say."),
            OpenApiParameter("collected_at", OpenApiTypes.DATETIME, description="When it was collected, likewise."),
            OpenApiParameter(
                "filename", description="The file's name; else that of `Content-Disposition` or of the part."
            ),
            OpenApiParameter(
                "Content-Digest",
                location="header",
                description="RFC 9530, `sha-256=:…:`; nothing is kept when it is wrong.",
            ),
        ],
        request={
            "application/octet-stream": OpenApiTypes.BINARY,
            "multipart/form-data": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
        },
        responses={
            200: ReceiptSerializer,
            201: ReceiptSerializer,
            202: ReceiptSerializer,
            411: OpenApiResponse(description="The length of the body is not told"),
            422: OpenApiResponse(description="The bytes do not match their Content-Digest"),
            507: OpenApiResponse(description="There is no room left; nothing was kept"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Takes a bundle in."""
        hints = _hints(request)
        digest = _expected_digest(request.headers.get("Content-Digest", ""))
        source, name, expected = _content(request, digest)
        try:
            receipt = services.receive(
                cast(BinaryIO, source),
                filename=_base_name(request.query_params.get("filename") or name),
                content_type=request.content_type or "",
                hints=hints,
                expected_sha256=expected,
                user=request.user,
                now=timezone.now(),
            )
        except services.Refused as refusal:
            raise _answer(refusal) from refusal
        return _respond(receipt)


def _respond(receipt: services.Receipt) -> HttpResponse:
    bundle, status = receipt.bundle, 200
    if not receipt.duplicate:
        status = 202 if services.advance(bundle.pk) else 201
        bundle.refresh_from_db(fields=["status", "errors", "fault", "step", "due_at"])
    body = {**bundle_shape(bundle), "duplicate": receipt.duplicate}
    return HttpResponse(
        write_json(body),
        status=status,
        content_type="application/json",
        headers={"Location": f"/logbundles/{bundle.pk}"},
    )


def _answer(refusal: services.Refused) -> APIException:
    match refusal:
        case services.BundleTooLarge():
            return TooLarge(str(refusal))
        case services.DigestMismatch():
            return Unprocessable(str(refusal))
        case services.EmptyBundle():
            return ParseError(str(refusal))
    return ValidationError({refusal.field: [str(refusal)]} if refusal.field else [str(refusal)])


def _hints(request: Request) -> services.Hints:
    refuse_unknown(request, HINTS)
    asked = request.query_params
    asset = asked.get("asset", "")
    return services.Hints(
        asset_id=whole_key("asset", asset) if asset else None,
        asset_serial=asked.get("asset_serial", ""),
        project=asked.get("project", ""),
        collected_at=moment_parameter(request, "collected_at") if asked.get("collected_at") else None,
    )


_DIGEST = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):\s*")


def _expected_digest(header: str) -> str | None:
    """The SHA-256 that a `Content-Digest` header promises; other algorithms may be passed over (RFC 9530)."""
    expected = None
    for member in header.split(",") if header.strip() else []:
        found = _DIGEST.fullmatch(member)
        if found is None:
            raise ValidationError({"Content-Digest": ["`sha-256=:…:` with base64 between the colons is expected."]})
        if found[1] == "sha-256":
            expected = _digest_bytes(found[2]).hex()
    return expected


def _digest_bytes(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise ValidationError({"Content-Digest": ["A SHA-256 is 32 bytes in base64."]})
    return digest


def _content(request: Request, digest: str | None) -> tuple[Any, str, str | None]:
    """The stream of the bundle's bytes, its name, and the digest that it must have."""
    body = _Body(request)
    if not (request.content_type or "").lower().startswith("multipart/"):
        _, parameters = parse_header_parameters(request.headers.get("Content-Disposition", ""))
        return body, str(parameters.get("filename", "")), digest
    # Django's upload handlers read the parts from here, into a temporary file when they are large.
    request._request._stream = cast(BinaryIO, body)
    part = request._request.FILES.get("file")
    if part is None:
        raise ValidationError({"file": ["A multipart body needs a part `file` with a file name."]})
    whole_body_is_meant = digest is not None and body.digest.hexdigest() == digest
    return part, part.name or "", None if whole_body_is_meant else digest


class _Body:
    """The request's body as a stream that ends where it should: a connection that breaks off is no bundle."""

    def __init__(self, request: Request) -> None:
        meta = request.META
        self.digest = hashlib.sha256()
        self.multipart = (request.content_type or "").lower().startswith("multipart/")
        self.missing: int | None = None
        if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
            # Django gives such a body as empty; a server that marks its end lets it be read all the same.
            if not meta.get("wsgi.input_terminated"):
                raise LengthRequired
            self.stream = meta["wsgi.input"]
            return
        self.stream = request._request._stream
        self.missing = int(meta.get("CONTENT_LENGTH") or 0)
        if self.missing > settings.MAX_BUNDLE_BYTES + (MULTIPART_ALLOWANCE if self.multipart else 0):
            raise TooLarge(f"A bundle may have {settings.MAX_BUNDLE_BYTES} bytes at most.")

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, fewer only at the end."""
        piece: bytes = self.stream.read(size)
        if self.multipart:
            self.digest.update(piece)
        if self.missing is not None:
            self.missing -= len(piece)
            if not piece and size and self.missing > 0:
                raise ParseError("The body ended before its Content-Length.")
        return piece

    def readline(self, size: int = -1) -> bytes:
        """Some bytes: what follows the last part of a multipart body is read only to be thrown away."""
        return self.read(size if size > 0 else CHUNK)


def _base_name(name: str) -> str:
    """The last part of a path of either style, without what cannot be printed."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in last if letter.isprintable())
