"""The registry over HTTP: list, create, get, patch, delete."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from registry.models import Asset, Component
from tests.builders import (
    NOON,
    make_asset,
    make_component,
    make_customer,
    make_installation,
    make_location,
    make_lot,
    make_observation,
    make_project,
)
from tests.clients import client_as, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


@pytest.fixture
def admin() -> APIClient:
    return client_as("admin")


def test_a_customer_is_created_and_read_back(engineer: APIClient):
    created = engineer.post("/customers", {"code": "ACME", "name": "ACME Industries"})

    assert created.status_code == 201
    assert engineer.get(f"/customers/{created.json()['id']}").json() == created.json()


def test_a_code_that_is_taken_is_a_conflict_which_names_the_field(engineer: APIClient):
    make_customer(code="ACME")

    answer = engineer.post("/customers", {"code": "ACME"})

    assert answer.status_code == 409
    assert list(answer.json()["errors"]) == ["code"]


@pytest.mark.parametrize("reference", ["id", "code", "object"])
def test_a_project_names_its_customer_by_id_code_or_object(engineer: APIClient, reference: str):
    customer = make_customer(code="ACME")
    named: Any = {"id": customer.pk, "code": "ACME", "object": {"id": customer.pk, "code": "ACME"}}[reference]

    answer = engineer.post("/projects", {"code": "ACME-EU", "customer": named})

    assert answer.status_code == 201
    assert answer.json()["customer"] == {"id": customer.pk, "code": "ACME"}


@pytest.mark.parametrize("reference", [4711, "NOBODY", 10**30, True, None, [1], 1.5, "\u0000"])
def test_a_reference_to_nothing_is_a_field_error(engineer: APIClient, reference: Any):
    answer = engineer.post("/projects", {"code": "ACME-EU", "customer": reference})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["customer"]


def test_an_asset_is_shown_with_its_references(engineer: APIClient):
    project, rack = make_project(code="ACME-EU"), make_location(name="Rack 12", kind="rack")
    asset = make_asset(serial="7XK2M93", tag="acme-00417", project=project, location=rack, first_seen_at=NOON)

    shown = engineer.get(f"/assets/{asset.pk}").json()

    assert shown == {
        "id": asset.pk,
        "vendor": "Dell Inc.",
        "model": "PowerEdge R750",
        "serial": "7XK2M93",
        "serial_source": "system",
        "hostname": "db-17",
        "tag": "ACME-00417",
        "status": "active",
        "project": {"id": project.pk, "code": "ACME-EU"},
        "location": {"id": rack.pk, "name": "Rack 12"},
        "first_seen_at": "2026-03-01T12:00:00Z",
        "last_seen_at": None,
    }


def test_a_component_is_shown_with_all_its_fields(engineer: APIClient):
    asset, lot = make_asset(serial="7XK2M93"), make_lot(code="SAM-2025-W14")
    macs = [["mac", "0c:42:a1:3d:bd:e0"], ["mac", "0c:42:a1:3d:bd:e1"], ["wwn", "5000c500a1b2c3d4"]]
    component = make_component(
        serial="S5FNNA0R500123", asset=asset, lot=lot, slot="Bay 3", firmware="EPK98B5Q", health="ok", identifiers=macs
    )

    shown = engineer.get(f"/components/{component.pk}").json()

    assert shown == {
        "id": component.pk,
        "type": "disk",
        "vendor": "Samsung",
        "model": "MZWLJ7T6HALA-00AU3",
        "part_number": "",
        "serial": "S5FNNA0R500123",
        "identifiers": {"mac": ["0c:42:a1:3d:bd:e0", "0c:42:a1:3d:bd:e1"], "wwn": "5000c500a1b2c3d4"},
        "lot": {"id": lot.pk, "code": "SAM-2025-W14"},
        "firmware": "EPK98B5Q",
        "health": "ok",
        "status": "installed",
        "asset": {"id": asset.pk, "serial": "7XK2M93", "hostname": "db-17"},
        "slot": "Bay 3",
        "installed_at": "2026-03-01T12:00:00Z",
        "first_seen_at": None,
        "last_seen_at": None,
        "manufactured_on": None,
        "replaced": None,
        "replaced_by": None,
    }


def test_an_asset_is_declared_under_its_normalised_serial(engineer: APIClient):
    answer = engineer.post("/assets", {"vendor": "Dell Inc.", "serial": " 7xk2m93 ", "hostname": "db-17"})

    assert answer.status_code == 201
    assert answer.json()["serial"] == "7XK2M93"


def test_an_asset_that_exists_is_a_conflict_which_names_it(engineer: APIClient):
    known = make_asset(serial="7XK2M93")

    answer = engineer.post("/assets", {"vendor": "Dell", "serial": "7xk2m93"})

    assert answer.status_code == 409
    assert answer.json()["existing"] == {"id": known.pk}


@pytest.mark.parametrize("serial", ["To Be Filled By O.E.M.", "0000000000", "", "   "])
def test_a_placeholder_declares_nothing(engineer: APIClient, serial: str):
    answer = engineer.post("/components", {"type": "disk", "vendor": "Samsung", "serial": serial})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["serial"]
    assert not Component.objects.exists()


def test_a_component_is_declared_unplaced(engineer: APIClient):
    answer = engineer.post("/components", {"type": "disk", "vendor": "Samsung", "serial": "S5FNNA0R500123"})

    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["asset"]) == ("unplaced", None)


def test_what_operators_edit_of_an_asset_is_patched(engineer: APIClient):
    asset, project, rack = make_asset(), make_project(), make_location()
    changes = {"hostname": "db-18", "status": "retired", "model": "R760", "project": project.pk, "location": rack.pk}

    answer = engineer.patch(f"/assets/{asset.pk}", changes)

    assert answer.status_code == 200
    asset.refresh_from_db()
    assert (asset.hostname, asset.status, asset.model) == ("db-18", "retired", "R760")
    assert (asset.project, asset.location) == (project, rack)


def test_a_tag_is_kept_and_found_as_a_label_reads(engineer: APIClient):
    asset = make_asset()

    answer = engineer.patch(f"/assets/{asset.pk}", {"tag": " acme  417 "})

    assert answer.json()["tag"] == "ACME 417"
    assert found(engineer, "/assets", tag="Acme 417") == [asset.pk]


def test_a_reference_is_taken_away_with_null(engineer: APIClient):
    asset = make_asset(project=make_project())

    answer = engineer.patch(f"/assets/{asset.pk}", {"project": None})

    assert answer.json()["project"] is None


@pytest.mark.parametrize("field", ["firmware", "health", "status", "asset", "slot", "installed_at", "last_seen_at"])
def test_what_evidence_tells_of_a_component_cannot_be_set(engineer: APIClient, field: str):
    component = make_component()

    answer = engineer.patch(f"/components/{component.pk}", {field: "x", "manufactured_on": "2025-04-02"})

    assert answer.status_code == 400
    assert answer.json()["errors"] == {field: ["This field is derived from evidence and cannot be set."]}
    component.refresh_from_db()
    assert component.manufactured_on is None


@pytest.mark.parametrize(("path", "field"), [("assets", "serial"), ("components", "serial"), ("components", "type")])
def test_what_names_a_thing_cannot_be_changed(engineer: APIClient, path: str, field: str):
    row = make_asset() if path == "assets" else make_component()

    answer = engineer.patch(f"/{path}/{row.pk}", {field: "other"})

    assert answer.status_code == 400
    assert "identity" in answer.json()["errors"][field][0]


def test_a_field_that_does_not_exist_is_refused(engineer: APIClient):
    answer = engineer.post("/customers", {"code": "ACME", "colour": "red"})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["colour"]


def test_lot_and_date_of_manufacture_are_patched(engineer: APIClient):
    component, lot = make_component(), make_lot(code="SAM-2025-W14")

    answer = engineer.patch(f"/components/{component.pk}", {"lot": "SAM-2025-W14", "manufactured_on": "2025-04-02"})

    assert answer.json()["lot"] == {"id": lot.pk, "code": "SAM-2025-W14"}
    assert answer.json()["manufactured_on"] == "2025-04-02"


@pytest.mark.parametrize("path", ["customers", "projects", "locations", "lots", "assets", "components"])
def test_what_nothing_refers_to_is_deleted(admin: APIClient, path: str):
    makers: dict[str, Any] = {
        "customers": make_customer,
        "projects": make_project,
        "locations": make_location,
        "lots": make_lot,
        "assets": make_asset,
        "components": make_component,
    }
    row = makers[path]()

    assert admin.delete(f"/{path}/{row.pk}").status_code == 204
    assert admin.get(f"/{path}/{row.pk}").status_code == 404


def test_an_asset_with_history_is_not_deleted(admin: APIClient):
    installation = make_installation()

    answer = admin.delete(f"/assets/{installation.asset_id}")

    assert answer.status_code == 409
    assert "history" in answer.json()["detail"]
    assert Asset.objects.filter(pk=installation.asset_id).exists()


def test_a_component_that_was_observed_is_not_deleted(admin: APIClient):
    observation = make_observation()

    assert admin.delete(f"/components/{observation.component_id}").status_code == 409


def test_a_place_with_places_in_it_is_not_deleted(admin: APIClient):
    site = make_location()
    make_location(parent=site)

    assert admin.delete(f"/locations/{site.pk}").status_code == 409


def test_a_place_cannot_lie_within_itself(engineer: APIClient):
    site = make_location()
    rack = make_location(parent=site)

    answer = engineer.patch(f"/locations/{site.pk}", {"parent": rack.pk})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["parent"]


def test_two_roots_of_one_name_are_refused(engineer: APIClient):
    make_location(name="Frankfurt")

    assert engineer.post("/locations", {"name": "Frankfurt", "kind": "site"}).status_code == 400


def test_there_is_no_put(admin: APIClient):
    customer = make_customer()

    answer = admin.put(f"/customers/{customer.pk}", {"code": "X"})

    assert answer.status_code == 405
    assert "PUT" not in answer.headers["Allow"]


@pytest.mark.parametrize("key", ["0", "4711", str(2**63 - 1), str(2**63), "9" * 60])
def test_an_id_that_nothing_has_is_not_found(engineer: APIClient, key: str):
    assert engineer.get(f"/assets/{key}").status_code == 404
