"""Whether the server lives, and whether it can do its work."""

import logging
from collections.abc import Callable, Mapping
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.models import Run
from ingest.storage import READINESS
from reanimator.celery import app

log = logging.getLogger(__name__)


class LivenessSerializer(serializers.Serializer):
    """The server answers."""

    status = serializers.ChoiceField(choices=["ok"])


class ReadinessSerializer(serializers.Serializer):
    """What the server needs, and whether it is there."""

    status = serializers.ChoiceField(choices=["ok", "failing"])
    checks = serializers.DictField(child=serializers.ChoiceField(choices=["ok", "failing"]))
    warnings = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="What operators should see to; the server is ready."
    )


def database_answers() -> None:
    """Raises when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def storage_takes_files() -> None:
    """Raises when the bundle storage cannot be written."""
    storage = storages["bundles"]
    name = storage.save(f"{READINESS}/{uuid4().hex}", ContentFile(b"ready"))
    storage.delete(name)


def broker_answers() -> None:
    """Raises when the broker does not answer."""
    with app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)


def checks() -> Mapping[str, Callable[[], None]]:
    """What is checked, by name; the broker only where one is configured."""
    needed = {"database": database_answers, "storage": storage_takes_files}
    return {**needed, "broker": broker_answers} if settings.CELERY_BROKER_URL else needed


def warnings() -> dict[str, str]:
    """What went wrong without keeping the server from its work, by name; nothing when the database does not answer."""
    try:
        failed = list(Run.objects.filter(status=Run.Status.FAILED).order_by("id").values_list("standard", flat=True))
    except DatabaseError:
        return {}
    return {"reliability": f"nightly runs failed: {', '.join(failed)}"} if failed else {}


class OpenView(APIView):
    """Open to everybody, and asks nothing of the database by itself."""

    authentication_classes = ()
    permission_classes = ()


class Liveness(OpenView):
    """Liveness."""

    @extend_schema(
        operation_id="health",
        tags=["health"],
        responses=LivenessSerializer,
        examples=[OpenApiExample("Alive", value={"status": "ok"}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Answers as long as the process serves at all."""
        return Response({"status": "ok"})


class Readiness(OpenView):
    """Readiness."""

    @extend_schema(
        operation_id="health_ready",
        tags=["health"],
        responses={200: ReadinessSerializer, 503: ReadinessSerializer},
        examples=[
            OpenApiExample(
                "Ready",
                value={"status": "ok", "checks": {"database": "ok", "storage": "ok"}},
                response_only=True,
                status_codes=["200"],
            ),
            OpenApiExample(
                "Database away",
                value={"status": "failing", "checks": {"database": "failing", "storage": "ok"}},
                response_only=True,
                status_codes=["503"],
            ),
        ],
    )
    def get(self, request: Request) -> Response:
        """Tells of the database, the bundle storage, and the broker where one is configured; and what to see to."""
        found = {name: _outcome(name, check) for name, check in checks().items()}
        failing = "failing" in found.values()
        answer = {"status": "failing" if failing else "ok", "checks": found}
        if found["database"] == "ok" and (told := warnings()):
            answer["warnings"] = told
        return Response(answer, status=503 if failing else 200)


def _outcome(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:  # whatever it is, that is the answer
        log.exception("not ready: %s", name)
        return "failing"
    return "ok"
