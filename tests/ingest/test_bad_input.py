"""Whatever is sent has a clear answer, or a clear status on a bundle that is kept, and costs nothing else its data."""

import base64
import hashlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from ingest.models import Bundle, Observation
from registry.models import ApiToken, Asset, Component
from tests.builders import make_user
from tests.clients import client_as
from tests.ingest.bad_bundles import BAD_FILES, MIB, post, reasons, with_path_tricks
from tests.ingest.deliveries import document, smartctl, tar_of
from timeline.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

SIZE = 200 * MIB


@pytest.fixture
def client() -> APIClient:
    return client_as("engineer")


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_kept_and_says_what_is_wrong(client: APIClient, case: str) -> None:
    name, content, status, reason = BAD_FILES[case]

    answer = post(client, content, f"?filename={name}")

    bundle = answer.json()
    assert (answer.status_code, bundle["status"], bundle["observations"]) == (201, status, 0)
    assert client.get(f"/logbundles/{bundle['id']}/raw").getvalue() == content
    assert (reason in " ".join(reasons(client, bundle["id"]).get(name, []))) or status == "unrecognised"
    assert (status == "failed") == bool(reasons(client, bundle["id"]))


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_costs_no_other_member_its_data(client: APIClient, case: str) -> None:
    name, content, status, _ = BAD_FILES[case]

    bundle = post(
        client, tar_of({"1.json": document("SRV-A", "DSK-1"), name: content, "z/sda.json": smartctl("DSK-2")})
    )

    assert bundle.json()["status"] == ("partial" if status == "failed" else "parsed")
    assert set(Component.objects.values_list("serial", "asset__serial")) == {("DSK-1", "SRV-A"), ("DSK-2", "SRV-A")}


@pytest.mark.django_db(transaction=True)
def test_200_mb_of_zeros_are_a_bundle_that_nobody_recognises(live_server: Any, bundle_folder: Path) -> None:
    _, secret = ApiToken.objects.create(make_user(), name="collector", role="collector")
    headers = {"Authorization": f"Token {secret}", "Content-Length": str(SIZE), "Content-Type": "image/x-raw"}
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=100)

    connection.request("POST", "/ingest/logbundle?filename=zeros", _pieces(200), headers)
    answer = connection.getresponse()

    bundle = json.load(answer)
    connection.close()
    assert (answer.status, bundle["status"], bundle["size"]) == (201, "unrecognised", SIZE)
    assert [path.stat().st_size for path in bundle_folder.rglob("*") if path.is_file()] == [SIZE]


def _pieces(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield bytes(MIB)


# what contradicts itself


def test_a_wrong_digest_is_refused_and_nothing_kept(client: APIClient, bundle_folder: Path) -> None:
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    answer = post(client, document("SRV-A", "DSK-1"), **{"Content-Digest": f"sha-256=:{wrong}:"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["request_id"]
    assert (Bundle.objects.count(), Component.objects.count()) == (0, 0)
    assert not [path for path in bundle_folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("serial", ["", "To Be Filled By O.E.M.", "0123456789", "          "])
def test_an_asset_without_a_serial_is_held_and_the_answer_says_so(client: APIClient, serial: str) -> None:
    answer = post(client, document(serial, "DSK-1"), "?filename=a.json")

    bundle = answer.json()
    assert (answer.status_code, bundle["status"], bundle["observations"]) == (201, "parsed", 1)
    assert (bundle["held"], bundle["assets"]) == (["asset"], [])
    assert bundle["errors"] == ["a.json does not tell its asset: set the bundle's asset"]
    assert (Asset.objects.count(), Event.objects.count()) == (0, 0)


def test_a_held_bundle_derives_when_an_operator_tells_its_asset(client: APIClient) -> None:
    post(client, document("SRV-A", "DSK-1"))
    held = post(client, smartctl("DSK-2"), "?filename=sda.json").json()

    answer = client.patch(f"/logbundles/{held['id']}", {"asset": Asset.objects.get().id}, format="json")

    assert (answer.status_code, answer.json()["held"], answer.json()["errors"]) == (200, [], [])
    assert Component.objects.get(serial="DSK-2").asset == Asset.objects.get()


def test_a_time_to_come_is_held_as_a_clock_error(client: APIClient) -> None:
    moment = f"{timezone.now().year + 1}-06-01T00:00:00Z"

    answer = post(client, document("SRV-A", "DSK-1", collected_at=moment))

    bundle = answer.json()
    assert (answer.status_code, bundle["status"], bundle["observations"]) == (201, "parsed", 1)
    assert bundle["held"] == ["clock"]
    assert "after it was received: set the bundle's time" in bundle["errors"][0]
    assert Event.objects.count() == 0


def test_a_clock_error_derives_when_an_operator_tells_the_time(client: APIClient) -> None:
    bundle = post(client, document("SRV-A", "DSK-1", collected_at=f"{timezone.now().year + 1}-06-01T00:00:00Z")).json()

    answer = client.patch(f"/logbundles/{bundle['id']}", {"collected_at": "2026-03-01T10:00:00Z"}, format="json")

    assert (answer.status_code, answer.json()["held"], answer.json()["collected_at"]) == (
        200,
        [],
        "2026-03-01T10:00:00Z",
    )
    assert Event.objects.filter(type="INSTALLED").count() == 1


# values at the edge of what can be kept


@pytest.mark.parametrize(
    "field",
    [
        {"model": "NUL \u0000 and bell \u0007"},
        {"model": "\U0001f4be disk"},
        {"model": "\u202eright to left"},
        {"serial": "ÿ" * 128},
        {"serial": "ß" * 128},
        {"slot": "B" * 128, "model": "M" * 200},
        {"firmware": "F" * 200},
        {"manufactured_on": "0001-01-01"},
        {"measurements": {"n": 2**63 - 1, "f": 1e308, "e": [], "d": {"x": None}, "": True}},
        {"identifiers": {"wwn": ["x" * 200, "5000c500a1b2c3d4"], "mac": None, "serial": "S" * 200}},
    ],
    ids=[
        "nul",
        "emoji",
        "bidi",
        "long",
        "grows when folded",
        "slot",
        "firmware",
        "date",
        "measurements",
        "identifiers",
    ],
)
def test_strange_values_are_kept(client: APIClient, field: dict[str, Any]) -> None:
    disk = {"type": "disk", "slot": "Bay 1", "serial": "", "model": "X", **field}

    answer = post(client, document("SRV-A", components=[disk]))

    assert (answer.status_code, answer.json()["status"]) == (201, "parsed")
    assert (Bundle.objects.get().attempts, Observation.objects.count(), Component.objects.count()) == (0, 1, 1)
    assert client.get("/components").status_code == client.get("/observations").status_code == 200


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_times_of_long_ago_are_taken(client: APIClient, moment: str) -> None:
    answer = post(client, document("SRV-A", "DSK-1", collected_at=moment))

    asset = Asset.objects.get()
    assert (answer.status_code, Bundle.objects.get().attempts) == (201, 0)
    assert client.get(f"/assets/{asset.id}/timeline").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (document("SRV-A", "DSK-1").replace(b"Samsung", b"\\ud800"), "failed"),
        (document("SRV-A", "DSK-1", collected_at="9999-12-31T23:59:59-14:00"), "partial"),
        (document("SRV-A", "DSK-1", collected_at="yesterday"), "partial"),
        (document("SRV-A", components=[{"type": "disk", "serial": "D", "measurements": {"n": 2**80}}]), "partial"),
        (document("SRV-A", components=[{"type": "disk", "serial": "S" * 129}]), "partial"),
        (document("SRV-A", components=[{"type": "wheel", "serial": "W"}, {"type": "disk", "serial": "D"}]), "partial"),
        (document("SRV-A", components=[None, 1, "x", [], {"type": "disk", "serial": "D"}]), "partial"),
    ],
    ids=["half a letter", "end of time", "no time", "big number", "long serial", "unknown type", "no components"],
)
def test_values_that_cannot_be_kept_cost_themselves_and_are_named(client: APIClient, body: bytes, status: str) -> None:
    answer = post(client, body, "?filename=a.json")

    assert (answer.status_code, answer.json()["status"]) == (201, status)
    assert reasons(client, answer.json()["id"])["a.json"]


def test_a_good_bundle_after_all_that_is_read(client: APIClient) -> None:
    for name, content, _, _ in BAD_FILES.values():
        post(client, content, f"?filename={name}")
    post(client, with_path_tricks())

    answer = post(client, document("SRV-Z", "DSK-Z"))

    assert (answer.status_code, answer.json()["status"]) == (201, "parsed")
    assert not Bundle.objects.exclude(attempts=0).exists()
    assert Component.objects.get(asset__serial="SRV-Z").serial == "DSK-Z"
