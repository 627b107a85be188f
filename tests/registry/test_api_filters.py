"""Filters and search of the registry's lists."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.builders import (
    NOON,
    make_asset,
    make_component,
    make_customer,
    make_location,
    make_lot,
    make_project,
)
from tests.clients import client_as, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> APIClient:
    return client_as("viewer")


@pytest.fixture
def asset() -> Any:
    """The asset that each query must find, beside another that it must not."""
    make_asset(serial="OTHER1", vendor="HPE", model="DL380", hostname="web-1", status="spare", last_seen_at=NOON)
    site = make_location(name="Frankfurt", kind="site")
    rack = make_location(name="Rack 12", kind="rack", parent=site)
    project = make_project(pk=2001, code="ACME-EU", customer=make_customer(pk=3001, code="ACME"))
    return make_asset(
        serial="7XK2M93",
        project=project,
        location=rack,
        hostname="db-17.example",
        last_seen_at=NOON + timedelta(days=1),
        first_seen_at=NOON,
    )


ASSET_QUERIES: list[dict[str, Any]] = [
    {"serial": " 7xk2m93 "},
    {"vendor": "dell inc."},
    {"model": "POWEREDGE r750"},
    {"hostname": "DB-17.example"},
    {"status": "active"},
    {"status": "active,retired"},
    {"project": "ACME-EU"},
    {"project": "2001"},
    {"customer": "ACME"},
    {"customer": "3001"},
    {"last_seen_after": "2026-03-01T12:00:01Z"},
    {"last_seen_after": "2026-03-01T14:00:01+02:00"},
    {"first_seen_before": "2026-03-01T12:00:01Z"},
    {"search": "7xk"},
    {"search": "db-1"},
    {"search": "edge"},
]


@pytest.mark.parametrize("query", ASSET_QUERIES, ids=str)
def test_a_filter_finds_the_asset_and_no_other(viewer: APIClient, asset: Any, query: dict[str, Any]):
    assert found(viewer, "/assets", **query) == [asset.pk]


def test_a_place_finds_what_lies_within_it(viewer: APIClient, asset: Any):
    site = asset.location.parent

    assert found(viewer, "/assets", location=site.pk) == [asset.pk]


def test_a_span_has_its_start_and_not_its_end(viewer: APIClient):
    make_asset(last_seen_at=NOON)

    assert len(found(viewer, "/assets", last_seen_after="2026-03-01T12:00:00Z")) == 1
    assert found(viewer, "/assets", last_seen_before="2026-03-01T12:00:00Z") == []


@pytest.fixture
def component(asset: Any) -> Any:
    """The component that each query must find, beside another that it must not."""
    make_component(type="memory", serial="1A2B3C4D", vendor="Micron", model="36ASF4G72PZ", health="warning")
    return make_component(
        serial="S5FNNA0R500123",
        part_number="MZ-WLJ7T60",
        lot=make_lot(pk=5001, code="SAM-2025-W14"),
        asset=asset,
        slot="Bay 3",
        firmware="EPK98B5Q",
        health="ok",
        identifiers=[["wwn", "5000c500a1b2c3d4"], ["mac", "0c:42:a1:3d:bd:e0"]],
        last_seen_at=NOON,
    )


COMPONENT_QUERIES: list[dict[str, Any]] = [
    {"type": "disk"},
    {"type": "disk,fan"},
    {"vendor": "SAMSUNG"},
    {"model": "mzwlj7t6hala-00au3"},
    {"part_number": "MZ-WLJ7T60"},
    {"serial": "s5fnna0r500123"},
    {"lot": "SAM-2025-W14"},
    {"lot": "5001"},
    {"status": "installed"},
    {"asset_serial": "7xk2m93"},
    {"slot": "bay 3"},
    {"firmware": "EPK98B5Q"},
    {"health": "ok"},
    {"identifier": "5000c500a1b2c3d4"},
    {"identifier": "naa.5000C500A1B2C3D4"},
    {"identifier": "0x5000c500a1b2c3d4"},
    {"identifier": "0C-42-A1-3D-BD-E0"},
    {"identifier": "0c42a13dbde0"},
    {"project": "ACME-EU"},
    {"customer": "ACME"},
    {"last_seen_after": "2026-03-01T12:00:00Z"},
    {"installed_before": "2026-03-01T12:00:01Z"},
    {"search": "s5fnna"},
    {"search": "wlj7t6"},
]


@pytest.mark.parametrize("query", COMPONENT_QUERIES, ids=str)
def test_a_filter_finds_the_component_and_no_other(viewer: APIClient, component: Any, query: dict[str, Any]):
    assert found(viewer, "/components", **query) == [component.pk]


def test_components_are_found_by_asset_and_by_place(viewer: APIClient, component: Any):
    assert found(viewer, "/components", asset=component.asset_id) == [component.pk]
    assert found(viewer, "/components", location=component.asset.location_id) == [component.pk]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/customers", {"code": "ACME"}),
        ("/customers", {"search": "cm"}),
        ("/projects", {"customer": "ACME"}),
        ("/projects", {"search": "-eu"}),
        ("/locations", {"kind": "rack"}),
        ("/locations", {"name": "rack 12"}),
        ("/locations", {"root": "false"}),
        ("/lots", {"code": "SAM-2025-W14"}),
    ],
)
def test_the_small_lists_are_filtered(viewer: APIClient, component: Any, path: str, query: dict[str, Any]):
    assert len(found(viewer, path, **query)) == 1


def test_a_filter_that_matches_nothing_gives_an_empty_list(viewer: APIClient, component: Any):
    assert found(viewer, "/components", lot="NOBODY") == []
    assert found(viewer, "/components", asset=2**63 - 1) == []


REFUSED = [
    ("/assets", {"colour": "red"}, "colour"),
    ("/assets", {"serial_number": "7XK2M93"}, "serial_number"),
    ("/assets", {"status": "broken"}, "status"),
    ("/assets", {"last_seen_after": "yesterday"}, "last_seen_after"),
    ("/assets", {"last_seen_after": "0001-01-01T00:00:00+14:00"}, "last_seen_after"),
    ("/assets", {"location": "here"}, "location"),
    ("/components", {"asset": "7XK2M93"}, "asset"),
    ("/components", {"asset": str(2**63)}, "asset"),
    ("/components", {"type": "disk,wheel"}, "type"),
    ("/components", {"serial": "a\u0000b"}, "serial"),
    ("/locations", {"root": "perhaps"}, "root"),
]


@pytest.mark.parametrize(("path", "query", "field"), REFUSED)
def test_what_cannot_be_understood_is_refused_by_name(viewer: APIClient, path: str, query: dict[str, Any], field: str):
    answer = viewer.get(path, query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_an_unknown_parameter_is_refused_for_a_single_row_too(viewer: APIClient):
    asset = make_asset()

    assert viewer.get(f"/assets/{asset.pk}?colour=red").status_code == 400


def test_serials_that_only_begin_alike_are_not_the_same(viewer: APIClient):
    make_component(serial="S5FNNA0R500123X")

    assert found(viewer, "/components", serial="S5FNNA0R500123") == []
