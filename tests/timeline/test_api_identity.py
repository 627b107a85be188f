"""Identity conflicts and decisions over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from registry.models import Asset, Component, IdentityDecision
from tests.clients import client_as, found
from tests.timeline.histories import bring, disk, document
from timeline.models import IdentityConflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


@pytest.fixture
def conflict() -> IdentityConflict:
    """One serial at two assets in turn."""
    for day, where in enumerate(("ALPHA", "BETA", "ALPHA", "BETA")):
        bring(document(day, where, disk("S1", "Bay 1"), coverage=[]))
    return IdentityConflict.objects.get()


def test_an_open_conflict_says_what_is_in_doubt(engineer: APIClient, conflict: IdentityConflict) -> None:
    (shown,) = engineer.get("/identity-conflicts", {"open": "true"}).json()["results"]

    assert (shown["id"], shown["kind"], shown["name"], shown["decided"]) == (
        conflict.pk, "alternation", "disk:S1", None,
    )  # fmt: skip
    assert (shown["asset"]["serial"], shown["other_asset"]["serial"]) == ("ALPHA", "BETA")
    assert engineer.get(f"/identity-conflicts/{conflict.pk}").json() == shown


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"kind": "alternation"}, 1),
        ({"kind": "two_slots"}, 0),
        ({"asset": "BETA"}, 1),
        ({"asset": "GAMMA"}, 0),
        ({"open": "false"}, 0),
        ({"after": "2026-03-05T00:00:00Z"}, 0),
    ],
)
def test_conflicts_are_filtered(
    engineer: APIClient, conflict: IdentityConflict, query: dict[str, Any], count: int
) -> None:
    bring(document(0, "GAMMA"))
    if "asset" in query:
        query = {"asset": Asset.objects.get(serial=query["asset"]).pk}

    assert len(found(engineer, "/identity-conflicts", **query)) == count


def test_a_conflict_is_settled_and_the_decision_taken_back(
    engineer: APIClient, conflict: IdentityConflict, django_capture_on_commit_callbacks: Any
) -> None:
    told = {"conflict": conflict.pk, "decision": "split", "note": "other label"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = engineer.post("/identity-decisions", told, format="json")
    after = set(Component.objects.values_list("identity", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        revoked = engineer.post(f"/identity-decisions/{answer.json()['id']}/revoke")

    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["asset"]) == ("split_asset", "BETA")
    assert answer.json()["names"] == [{"name": "disk:S1", "vendor": "SAMSUNG"}]
    assert after == {"disk:S1", "disk:S1|at BETA"}
    assert revoked.json()["revoked_at"] is not None
    assert set(Component.objects.values_list("identity", flat=True)) == {"disk:S1"}
    assert found(engineer, "/identity-decisions", revoked="false") == []


def test_an_ignored_conflict_is_open_no_more(engineer: APIClient, conflict: IdentityConflict) -> None:
    engineer.post("/identity-decisions", {"conflict": conflict.pk, "decision": "ignore"}, format="json")

    assert found(engineer, "/identity-conflicts", open="true") == []
    assert engineer.get("/identity-conflicts").json()["results"][0]["decided"] == "ignore"


def test_components_and_assets_are_merged(engineer: APIClient, django_capture_on_commit_callbacks: Any) -> None:
    bring(document(0, "ALPHA", disk("S1"), disk("S2")), document(0, "BETA"))
    parts = list(Component.objects.order_by("serial").values_list("id", flat=True))
    servers = list(Asset.objects.order_by("serial").values_list("id", flat=True))

    with django_capture_on_commit_callbacks(execute=True):
        engineer.post("/identity-decisions", {"components": parts}, format="json")
        engineer.post("/identity-decisions", {"assets": [{"id": key} for key in servers]}, format="json")

    assert set(Component.objects.values_list("serial", flat=True)) == {"S1"}
    assert set(Asset.objects.values_list("serial", flat=True)) == {"ALPHA"}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 400),
        ({"conflict": 1}, 400),
        ({"conflict": 10**9, "decision": "split"}, 400),
        ({"decision": "split", "components": []}, 400),
        ({"components": [], "assets": []}, 400),
        ({"components": []}, 409),
        ({"assets": []}, 409),
        ({"because": "so"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(engineer: APIClient, told: dict[str, Any], status: int) -> None:
    assert engineer.post("/identity-decisions", told, format="json").status_code == status
    assert not IdentityDecision.objects.exists()


@pytest.mark.parametrize(("role", "reads", "decides"), [("viewer", 200, 403), ("collector", 403, 403)])
def test_only_those_who_may_decide_do(role: str, reads: int, decides: int, conflict: IdentityConflict) -> None:
    client = client_as(role)

    assert client.get("/identity-conflicts").status_code == reads
    told = {"conflict": conflict.pk, "decision": "ignore"}
    assert client.post("/identity-decisions", told, format="json").status_code == decides
