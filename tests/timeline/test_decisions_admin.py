"""Conflicts and decisions in the admin: listed, decided on, taken back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from registry.models import Component, IdentityDecision
from tests.builders import make_asset, make_component, make_staff
from tests.timeline.histories import bring, disk, document
from timeline.models import IdentityConflict

CONFLICTS = reverse("admin:timeline_identityconflict_changelist")
DECISIONS = reverse("admin:registry_identitydecision_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(client: Client) -> Client:
    """A client of someone who may look at everything and decide."""
    client.force_login(make_staff("view_*", "add_identitydecision", username="engineer"))
    return client


@pytest.fixture
def conflict() -> IdentityConflict:
    """One serial at two slots at once."""
    bring(document(0, "ALPHA", disk("S1", "Bay 1", model="PM1733"), disk("S1", "Bay 2", model="PM1733")))
    return IdentityConflict.objects.get()


def detail(row: Any, action: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])


def listed(client: Client, address: str, **filters: str) -> list[Any]:
    return list(client.get(address, filters).context["cl"].result_list)


def test_a_decision_says_what_it_means_before_it_is_made(engineer: Client, conflict: IdentityConflict) -> None:
    page = engineer.get(detail(conflict, "merge")).content.decode()

    assert "Both slots of ALPHA show one and the same part" in page
    assert not IdentityDecision.objects.exists()


@pytest.mark.parametrize(
    ("verb", "identities"),
    [
        ("merge", {"disk:S1"}),
        ("split", {"disk@ALPHA|BAY 1|PM1733", "disk@ALPHA|BAY 2|PM1733"}),
        ("ignore", {"disk@ALPHA|BAY 1|PM1733", "disk@ALPHA|BAY 2|PM1733"}),
    ],
)
def test_a_conflict_is_settled(
    engineer: Client,
    conflict: IdentityConflict,
    verb: str,
    identities: set[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        engineer.post(detail(conflict, verb), {"note": " looked at the labels "})

    decision = IdentityDecision.objects.get()
    assert set(Component.objects.values_list("identity", flat=True)) == identities
    assert (decision.note, str(decision.decided_by)) == ("looked at the labels", "engineer")
    assert listed(engineer, CONFLICTS) == []
    assert listed(engineer, CONFLICTS, state="decided") == listed(engineer, CONFLICTS, state="all") == [conflict]


def test_a_decision_is_taken_back_and_the_conflict_is_open_again(engineer: Client, conflict: IdentityConflict) -> None:
    engineer.post(detail(conflict, "ignore"), {"note": ""})
    decision = IdentityDecision.objects.get()

    engineer.post(detail(decision, "take_back"))

    decision.refresh_from_db()
    assert (decision.revoked_at is not None, str(decision.revoked_by)) == (True, "engineer")
    assert listed(engineer, CONFLICTS) == [conflict]
    assert listed(engineer, DECISIONS, state="in_force") == []


def test_two_components_are_merged_by_hand(engineer: Client, django_capture_on_commit_callbacks: Any) -> None:
    bring(document(0, "ALPHA", disk("S1"), disk("S2")))
    first, second = Component.objects.order_by("serial")
    address = reverse("admin:registry_identitydecision_merge_components")
    assert f'value="{first.pk}" selected' in engineer.get(address, {"keep": first.pk}).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        engineer.post(address, {"keep": first.pk, "other": second.pk, "note": ""})

    assert set(Component.objects.values_list("serial", flat=True)) == {"S1"}


@pytest.mark.parametrize("thing", ["components", "assets"])
def test_what_cannot_be_merged_is_refused_with_the_reason(engineer: Client, thing: str) -> None:
    row = {"components": make_component, "assets": make_asset}[thing]()

    page = engineer.post(
        reverse(f"admin:registry_identitydecision_merge_{thing}"), {"keep": row.pk, "other": row.pk, "note": ""}
    )

    assert "are to be merged" in page.content.decode()
    assert not IdentityDecision.objects.exists()


def test_a_viewer_looks_and_decides_nothing(client: Client, conflict: IdentityConflict) -> None:
    client.force_login(make_staff("view_*"))

    page = client.get(reverse("admin:timeline_identityconflict_change", args=[conflict.pk])).content.decode()
    refused = client.post(detail(conflict, "ignore"), {"note": ""})

    assert "They are one" not in page
    assert "Bay 2" in page
    assert refused.status_code == 403
    assert not IdentityDecision.objects.exists()


def test_a_things_page_says_what_was_decided_of_it(engineer: Client, conflict: IdentityConflict) -> None:
    engineer.post(detail(conflict, "merge"), {"note": ""})
    part = Component.objects.get(identity="disk:S1")

    page = engineer.get(reverse("admin:registry_component_change", args=[part.pk])).content.decode()

    assert "one part" in page
    assert f"?keep={part.pk}" in page


def test_a_conflict_that_is_settled_is_no_notice_any_more(engineer: Client, conflict: IdentityConflict) -> None:
    address = reverse("admin:registry_asset_change", args=[conflict.asset.pk])
    assert "Identity in doubt" in engineer.get(address).content.decode()

    engineer.post(detail(conflict, "ignore"), {"note": ""})

    assert "Identity in doubt" not in engineer.get(address).content.decode()


@pytest.mark.parametrize("key", ["no-number", "999"])
def test_the_page_of_a_decision_that_there_is_not_leads_away(engineer: Client, key: str) -> None:
    answer = engineer.get(reverse("admin:registry_identitydecision_change", args=[key]))

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
