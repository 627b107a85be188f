"""The floor: a web service in one file that does the least which Django can do with a document of 50 components.

It decodes the document, and stores one row a component by one `bulk_create` in one transaction. It asks for no token,
keeps no bytes, and compares nothing with what it has. What the product needs beyond this is what its own work costs.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import django
import msgspec
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from reanimator.environment import database

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": database(Path.cwd())},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF=__name__,
    USE_TZ=True,
)
django.setup()


class Sighting(models.Model):
    """One component in one document: 8 columns, with some 220 bytes of JSON."""

    asset = models.CharField(max_length=64)
    observed_at = models.DateTimeField()
    type = models.CharField(max_length=16)
    serial = models.CharField(max_length=64)
    slot = models.CharField(max_length=64)
    firmware = models.CharField(max_length=64)
    details = models.JSONField()

    objects: "models.Manager[Sighting]" = models.Manager()

    class Meta:
        app_label = "floor"
        indexes = (
            models.Index(fields=("serial", "observed_at"), name="sighting_of_serial"),
            models.Index(fields=("asset", "observed_at"), name="sighting_in_asset"),
        )

    def __str__(self) -> str:
        return self.serial


class Part(msgspec.Struct):
    """A component of a document, as far as it becomes columns or details."""

    type: str
    vendor: str
    model: str
    health: str
    serial: str = ""
    slot: str = ""
    firmware: str = ""
    part_number: str = ""
    lot: str = ""
    identifiers: dict[str, str] = {}
    measurements: dict[str, int] = {}


class Document(msgspec.Struct):
    """A document, as far as the floor reads it."""

    collected_at: datetime
    asset: dict[str, str]
    components: list[Part]


DECODER = msgspec.json.Decoder(Document)


@transaction.atomic
def store(request: HttpRequest) -> HttpResponse:
    """Stores the document's components."""
    document = DECODER.decode(request.body)
    Sighting.objects.bulk_create([_sighting(document, part) for part in document.components])
    return HttpResponse(b"{}", content_type="application/json", status=201)


def _sighting(document: Document, part: Part) -> Sighting:
    return Sighting(
        asset=document.asset["serial"],
        observed_at=document.collected_at,
        type=part.type,
        serial=part.serial,
        slot=part.slot,
        firmware=part.firmware,
        details=_details(part),
    )


def _details(part: Part) -> dict[str, Any]:
    return {
        "vendor": part.vendor,
        "model": part.model,
        "part_number": part.part_number,
        "health": part.health,
        "lot": part.lot,
        "identifiers": part.identifiers,
        "measurements": part.measurements,
    }


urlpatterns = [path("store", store)]

with connection.schema_editor() as editor:
    editor.create_model(Sighting)
connection.close()

application = get_wsgi_application()
