"""Bundles, their members and bytes, and observations."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from ingest.models import Bundle
from tests.builders import (
    NOON,
    make_asset,
    make_bundle,
    make_component,
    make_file,
    make_observation,
    make_snapshot,
)
from tests.clients import client_as, found, post_raw, walk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Any) -> None:
    """A bundle store of each test's own."""
    folder = {"BACKEND": "ingest.storage.BundleFolder", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "bundles": folder}


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


def send(client: APIClient, body: bytes, query: str = "") -> dict[str, Any]:
    """What a raw upload gives."""
    bundle: dict[str, Any] = post_raw(client, f"/ingest/logbundle{query}", body).json()
    return bundle


def document(**fields: Any) -> bytes:
    """A canonical document with one disk."""
    disk = {"type": "disk", "slot": "Bay 3", "vendor": "Samsung", "model": "MZWLJ7T6", "serial": "S5FNNA0R500123"}
    asset = {"vendor": "Dell Inc.", "serial": "7XK2M93", "hostname": "db-17"}
    usual = {"format": "reanimator/v1", "collected_at": "2026-03-01T10:00:00Z", "asset": asset, "components": [disk]}
    return json.dumps({**usual, **fields}).encode()


def test_a_bundle_is_shown_with_what_came_of_it(engineer: APIClient):
    asset = make_asset(serial="7XK2M93")
    snapshot = make_snapshot(asset=asset)
    make_observation(snapshot=snapshot)
    make_file(bundle=snapshot.bundle)
    make_file(bundle=snapshot.bundle, outcome="ignored")

    shown = engineer.get(f"/logbundles/{snapshot.bundle_id}").json()

    assert shown == {
        "id": snapshot.bundle_id,
        "sha256": snapshot.bundle.sha256,
        "size": 100,
        "filename": "db-17.json",
        "status": "parsed",
        "received_at": "2026-03-01T12:00:00Z",
        "collected_at": "2026-03-01T12:00:00Z",
        "held": [],
        "given_up": False,
        "assets": [{"id": asset.pk, "serial": "7XK2M93", "hostname": "db-17"}],
        "observations": 1,
        "files": 2,
        "signals": 0,
        "errors": [],
    }


def test_an_asset_of_several_snapshots_is_named_once(engineer: APIClient):
    bundle, asset = make_bundle(), make_asset()
    for day in range(3):
        make_snapshot(bundle=bundle, asset=asset, collected_at=NOON + timedelta(days=day))

    shown = engineer.get(f"/logbundles/{bundle.pk}").json()

    assert [named["id"] for named in shown["assets"]] == [asset.pk]
    assert shown["collected_at"] == "2026-03-03T12:00:00Z"


def test_bundles_are_listed_latest_first(engineer: APIClient):
    first, second = make_bundle(), make_bundle()

    assert found(engineer, "/logbundles") == [second.pk, first.pk]


def test_bundles_are_filtered(engineer: APIClient):
    make_bundle(received_at=NOON - timedelta(days=1))
    snapshot = make_snapshot(held="clock", bundle=make_bundle(status="partial", filename="x.zip"))
    bundle = snapshot.bundle
    queries: list[dict[str, Any]] = [
        {"sha256": bundle.sha256.upper()},
        {"status": "partial,failed"},
        {"asset": snapshot.asset_id},
        {"filename": "x.zip"},
        {"held": "clock"},
        {"received_after": "2026-03-01T12:00:00Z"},
    ]

    results = [found(engineer, "/logbundles", **query) for query in queries]

    assert results == [[bundle.pk]] * len(queries)
    assert found(engineer, "/logbundles", received_before="2026-02-01T00:00:00Z") == []


def test_members_are_shown_with_their_outcome(engineer: APIClient):
    bundle = make_bundle()
    member = make_file(bundle=bundle, outcome="failed", errors=["line 3: no value"], observations=0)

    shown = engineer.get(f"/logbundles/{bundle.pk}/files").json()["results"]

    assert shown == [
        {
            "id": member.pk,
            "name": "smartctl/sda.json",
            "size": 100,
            "outcome": "failed",
            "parser": "smartctl-json",
            "parser_version": 1,
            "observations": 0,
            "errors": ["line 3: no value"],
            "note": "",
        }
    ]


def test_members_are_filtered_and_paged(engineer: APIClient):
    bundle = make_bundle()
    parsed = [make_file(bundle=bundle).pk for _ in range(5)]
    make_file(bundle=bundle, outcome="ignored", parser="")
    make_file()

    rows = walk(engineer, f"/logbundles/{bundle.pk}/files?outcome=parsed&page_size=2")

    assert [row["id"] for row in rows] == parsed


def test_members_of_no_bundle_are_not_found(engineer: APIClient):
    assert engineer.get("/logbundles/4711/files").status_code == 404


def test_the_bytes_come_back_as_they_were_sent(engineer: APIClient):
    body = b"<script>alert(1)</script>\x00\xff"
    bundle = send(engineer, body, "?filename=r%C3%A4ck.html")

    answer = engineer.get(f"/logbundles/{bundle['id']}/raw")

    assert answer.getvalue() == body
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''r%C3%A4ck.html"
    assert answer.headers["Content-Length"] == str(len(body))
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert answer.headers["Content-Digest"] == f"sha-256=:{digest}:"


def test_bytes_that_the_client_has_are_not_sent_again(engineer: APIClient):
    bundle = send(engineer, b"hello")
    etag = f'"{bundle["sha256"]}"'

    answer = engineer.get(f"/logbundles/{bundle['id']}/raw", headers={"if-none-match": etag})

    assert (answer.status_code, answer.headers["ETag"]) == (304, etag)


def test_an_operator_names_the_asset_of_a_bundle(engineer: APIClient):
    asset = make_asset(serial="7XK2M93")
    bundle = send(engineer, document(asset={"serial": "To Be Filled By O.E.M."}))
    assert (bundle["held"], bundle["assets"]) == (["asset"], [])

    answer = engineer.patch(f"/logbundles/{bundle['id']}", {"asset": asset.pk})

    assert answer.status_code == 200
    assert [named["id"] for named in answer.json()["assets"]] == [asset.pk]
    assert answer.json()["held"] == []


def test_an_operator_sets_the_time_of_a_bundle(engineer: APIClient):
    bundle = send(engineer, document(collected_at="2099-01-01T00:00:00Z"))
    assert bundle["held"] == ["clock"]

    answer = engineer.patch(f"/logbundles/{bundle['id']}", {"collected_at": "2026-03-01T10:00:00Z"})

    assert (answer.json()["held"], answer.json()["collected_at"]) == ([], "2026-03-01T10:00:00Z")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asset": 4711}, "asset"),
        ({"asset": "7XK2M93"}, "asset"),
        ({"asset": 2**64}, "asset"),
        ({"collected_at": "2099-01-01T00:00:00Z"}, "collected_at"),
        ({"status": "parsed"}, "status"),
        ({}, None),
    ],
)
def test_what_an_operator_cannot_tell_is_refused(engineer: APIClient, changes: dict[str, Any], field: str | None):
    bundle = make_bundle()

    answer = engineer.patch(f"/logbundles/{bundle.pk}", changes)

    assert answer.status_code == 400
    assert list(answer.json().get("errors", {})) == ([field] if field else [])


def test_a_bundle_cannot_be_deleted_or_made_here(engineer: APIClient):
    bundle = make_bundle()

    assert engineer.delete(f"/logbundles/{bundle.pk}").status_code == 405
    assert engineer.post("/logbundles", {}).status_code == 405
    assert Bundle.objects.count() == 1


def test_an_observation_is_shown_as_the_bundle_tells_it(engineer: APIClient):
    component = make_component(serial="S5FNNA0R500123")
    observation = make_observation(
        component=component,
        firmware="EPK98B5Q",
        health="ok",
        measurements={"power_on_hours": 18231, "data_units_written": 2**70},
        claims={"model": [2, "MZWLJ7T6"], "part_number": [0, "PN1"], "identifiers": []},
    )
    asset = observation.asset
    assert asset is not None

    shown = engineer.get("/observations").json()["results"]

    assert shown == [
        {
            "id": observation.pk,
            "bundle": observation.snapshot.bundle_id,
            "snapshot": observation.snapshot_id,
            "asset": {"id": asset.pk, "serial": asset.serial, "hostname": "db-17"},
            "component": {
                "id": component.pk,
                "type": "disk",
                "serial": "S5FNNA0R500123",
                "model": "MZWLJ7T6HALA-00AU3",
            },
            "type": "disk",
            "observed_at": "2026-03-01T12:00:00Z",
            "slot": "Bay 1",
            "firmware": "EPK98B5Q",
            "health": "ok",
            "vendor": "Samsung",
            "model": "MZWLJ7T6",
            "part_number": "PN1",
            "serial": "S5FNNA0R500123",
            "parsers": ["document"],
            "measurements": {"power_on_hours": 18231, "data_units_written": 2**70},
        }
    ]


def test_an_observation_whose_asset_nobody_knows_is_shown_without(engineer: APIClient):
    bundle = send(engineer, document(asset={"serial": "N/A"}))

    shown = engineer.get("/observations", {"bundle": bundle["id"]}).json()["results"]

    assert [row["asset"] for row in shown] == [None]


def test_observations_are_filtered(engineer: APIClient):
    make_observation(
        component=make_component(type="memory"), snapshot=make_snapshot(collected_at=NOON - timedelta(days=1))
    )
    observation = make_observation()
    queries: list[dict[str, Any]] = [
        {"bundle": observation.snapshot.bundle_id},
        {"asset": observation.asset_id},
        {"component": observation.component_id},
        {"type": "disk"},
        {"observed_after": "2026-03-01T12:00:00Z"},
        {"observed_after": "2026-03-01T12:00:00Z", "observed_before": "2026-03-01T12:00:01Z"},
    ]

    results = [found(engineer, "/observations", **query) for query in queries]

    assert results == [[observation.pk]] * len(queries)
    assert found(engineer, "/observations", observed_before="2026-02-01T00:00:00Z") == []


def test_a_components_observations_are_listed_first_to_last(engineer: APIClient):
    component = make_component()
    later = make_observation(component=component, snapshot=make_snapshot(collected_at=NOON + timedelta(days=1)))
    earlier = make_observation(component=component)
    make_observation()

    assert found(engineer, f"/components/{component.pk}/observations") == [earlier.pk, later.pk]
    assert found(engineer, f"/components/{component.pk}/observations", ordering="-observed_at") == [
        later.pk,
        earlier.pk,
    ]
    assert engineer.get("/components/4711/observations").status_code == 404


def test_observations_are_only_read(engineer: APIClient):
    observation = make_observation()

    assert engineer.post("/observations", {}).status_code == 405
    assert engineer.patch(f"/observations/{observation.pk}", {}).status_code == 405
