"""The failures that a bundle tells, where one looks at the bundle: over HTTP and on its page."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from ingest.admin import panels
from ingest.models import Bundle
from registry.models import Component
from tests.builders import make_bundle, make_signal, make_snapshot, make_staff
from tests.clients import client_as, found
from tests.ingest.deliveries import deliver, document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

ENTRY = {
    "component": {"type": "disk", "serial": "DSK-1"},
    "occurred_at": "2026-02-28T21:13:00Z",
    "mode": "media_error",
    "severity": "critical",
    "message": "unrecovered read error",
}
ELSEWHERE = {**ENTRY, "component": {"type": "disk", "serial": "DSK-9"}, "severity": "fatal"}


@pytest.fixture
def viewer() -> APIClient:
    return client_as("viewer")


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


def bundle_with(*failures: dict[str, Any]) -> Bundle:
    """A server's bundle with one disk, DSK-1, that tells these failures."""
    return deliver(document("7XK2M93", "DSK-1", failures=list(failures)))


def page_of(client: Client, bundle: Bundle) -> str:
    """A bundle's page."""
    return client.get(reverse("admin:ingest_bundle_change", args=[bundle.pk])).content.decode()


# over HTTP


def test_a_bundle_lists_the_failures_that_it_tells(viewer: APIClient) -> None:
    bundle = bundle_with(ENTRY)

    (told,) = viewer.get(f"/logbundles/{bundle.pk}/signals").json()["results"]

    disk, snapshot = Component.objects.get(serial="DSK-1"), bundle.snapshots.get()
    signal = snapshot.signals.get()
    assert told == {
        "id": signal.pk,
        "snapshot": snapshot.pk,
        "asset": {"id": snapshot.asset_id, "serial": "7XK2M93", "hostname": "db-17"},
        "component": {"id": disk.pk, "type": "disk", "serial": "DSK-1", "model": "MZWLJ7T6"},
        "type": "disk",
        "serial": "DSK-1",
        "identifiers": {},
        "slot": "",
        "kind": "entry",
        "mode": "media_error",
        "severity": "critical",
        "occurred_at": "2026-02-28T21:13:00Z",
        "collected_at": "2026-03-01T10:00:00Z",
        "message": "unrecovered read error",
        "code": "",
        "parser": "document",
    }


def test_a_part_that_the_bundle_does_not_show_is_named_as_its_source_names_it(viewer: APIClient) -> None:
    bundle = bundle_with(ELSEWHERE)
    snapshot = bundle.snapshots.get()
    make_signal(snapshot=snapshot, observation=None, lookup="disk~wwn~5000c500a1b2c3d4")
    make_signal(snapshot=snapshot, observation=None, lookup="", slot="DIMM A1", type="memory")

    told = viewer.get(f"/logbundles/{bundle.pk}/signals").json()["results"]

    assert [one["component"] for one in told] == [None, None, None]
    assert [(one["serial"], one["identifiers"], one["slot"]) for one in told] == [
        ("DSK-9", {}, ""),
        ("", {"wwn": "5000c500a1b2c3d4"}, ""),
        ("", {}, "DIMM A1"),
    ]


def test_the_failures_of_a_bundle_whose_asset_nobody_knows_are_listed(viewer: APIClient) -> None:
    supply = {"type": "psu", "serial": "P1", "health": "failed"}
    bundle = deliver(document(asset=None, components=[supply]))

    (told,) = viewer.get(f"/logbundles/{bundle.pk}/signals").json()["results"]

    assert (told["asset"], told["mode"], told["kind"], told["occurred_at"]) == (None, "self_reported", "state", None)


def test_a_bundle_says_how_many_failures_it_tells(viewer: APIClient) -> None:
    bundle, other = bundle_with(ENTRY, ELSEWHERE), deliver(document("SRV-B", "DSK-2"))

    one = viewer.get(f"/logbundles/{bundle.pk}").json()
    listed = viewer.get("/logbundles").json()["results"]

    assert one["signals"] == 2
    assert {row["id"]: row["signals"] for row in listed} == {bundle.pk: 2, other.pk: 0}


@pytest.mark.parametrize(
    "query", [{"severity": "fatal"}, {"kind": "entry"}, {"mode": "xid_79"}, {"type": "gpu"}], ids=str
)
def test_the_failures_of_a_bundle_are_filtered(viewer: APIClient, query: dict[str, str]) -> None:
    snapshot = make_snapshot()
    make_signal(snapshot=snapshot)
    wanted = make_signal(snapshot=snapshot, severity="fatal", kind="entry", mode="xid_79", type="gpu")
    make_signal(severity="fatal", kind="entry", mode="xid_79", type="gpu")

    assert found(viewer, f"/logbundles/{snapshot.bundle_id}/signals", **query) == [wanted.pk]


def test_the_failures_of_no_bundle_are_not_found(viewer: APIClient) -> None:
    assert viewer.get("/logbundles/4711/signals").status_code == 404


# on the bundle's page


def test_a_bundles_page_shows_what_failed_with_links_to_part_and_asset(root: Client) -> None:
    bundle = bundle_with(ENTRY)

    page = page_of(root, bundle)

    disk = Component.objects.get(serial="DSK-1")
    assert "Failure signals" in page
    assert "media_error" in page
    assert "unrecovered read error" in page
    assert reverse("admin:registry_component_change", args=[disk.pk]) in page
    assert reverse("admin:registry_asset_change", args=[disk.asset_id]) in page


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"lookup": "disk:DSK-9"}, "disk DSK-9, not in this bundle"),
        ({"lookup": "disk~wwn~5000c500a1b2c3d4"}, "disk wwn 5000c500a1b2c3d4, not in this bundle"),
        ({"lookup": "", "slot": "DIMM A1", "type": "memory"}, "memory DIMM A1, not in this bundle"),
    ],
    ids=["serial", "identifier", "slot"],
)
def test_a_bundles_page_names_the_failed_part_that_it_does_not_show(
    root: Client, fields: dict[str, str], shown: str
) -> None:
    snapshot = make_snapshot()
    make_signal(snapshot=snapshot, observation=None, **fields)

    assert shown in page_of(root, snapshot.bundle)


def test_a_bundle_that_tells_of_no_failure_has_no_list_of_them(root: Client) -> None:
    assert "Failure signals" not in page_of(root, deliver(document("SRV-B", "DSK-2")))


def test_a_bundles_page_shows_the_first_of_many_failures_and_says_so(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "MOST_SIGNALS", 2)
    snapshot = make_snapshot()
    for number in range(3):
        make_signal(snapshot=snapshot, mode=f"xid_{number}")

    page = page_of(root, snapshot.bundle)

    assert "the first 2" in page
    assert [f"xid_{number}" in page for number in range(3)] == [True, True, False]


def test_a_bundles_page_costs_the_same_queries_however_many_failures_it_shows(root: Client) -> None:
    few, many = make_bundle(), make_bundle()
    for bundle, number in ((few, 2), (many, 20)):
        for _ in range(number):
            make_signal(snapshot=make_snapshot(bundle=bundle))
    page_of(root, few)  # what is read once
    counts = []

    for bundle in (few, many):
        with CaptureQueriesContext(connection) as captured:
            page_of(root, bundle)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_failures_are_not_for_those_who_may_not_see_them(client: Client) -> None:
    client.force_login(make_staff("view_bundle"))
    snapshot = make_snapshot()
    make_signal(snapshot=snapshot)

    assert "Failure signals" not in page_of(client, snapshot.bundle)
