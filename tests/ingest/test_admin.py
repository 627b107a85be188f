"""Pages of bundles and of what they say."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from ingest import services
from ingest.models import Bundle
from ingest.services import ImplausibleTime
from ingest.storage import storage_name
from tests.builders import (
    make_asset,
    make_bundle,
    make_component,
    make_file,
    make_observation,
    make_snapshot,
    make_staff,
)
from tests.ingest.deliveries import NOW, deliver, document
from timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


@pytest.fixture
def amended(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pages ask the service to amend, instead of amending it."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(services, "amend", lambda bundle, **values: calls.append({"bundle": bundle, **values}))
    return calls


def held_bundle(reason: str = "asset") -> Bundle:
    """A bundle that waits for an operator."""
    return make_snapshot(bundle=make_bundle(filename="smartctl.json"), held=reason).bundle


def found(client: Client, name: str, **query: str) -> list[str]:
    """What a list of the admin shows, as text."""
    return [str(row) for row in client.get(reverse(f"admin:{name}_changelist"), query).context["cl"].result_list]


def page_of(client: Client, bundle: Bundle) -> str:
    """A bundle's page."""
    return client.get(reverse("admin:ingest_bundle_change", args=[bundle.pk])).content.decode()


def test_a_bundles_page_shows_its_members_outcomes_and_errors(root):
    bundle = make_bundle()
    make_file(bundle=bundle, name="smartctl/sda.json", outcome="failed", errors=["not JSON: line 3 column 1"])

    page = page_of(root, bundle)

    assert "smartctl/sda.json" in page
    assert "not JSON: line 3 column 1" in page


def test_failed_members_come_first(root):
    bundle = make_bundle()
    make_file(bundle=bundle, name="ignored.txt", outcome="ignored")
    make_file(bundle=bundle, name="parsed.txt")
    make_file(bundle=bundle, name="failed.txt", outcome="failed")

    page = page_of(root, bundle)

    assert page.index("failed.txt") < page.index("parsed.txt") < page.index("ignored.txt")


def test_a_bundles_page_links_to_the_assets_it_speaks_of(root):
    asset = make_asset(hostname="db-17")
    bundle = make_bundle()
    make_snapshot(bundle=bundle, asset=asset)

    assert reverse("admin:registry_asset_change", args=[asset.pk]) in page_of(root, bundle)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("any", ["clock", "asset", "failed"]),
        ("asset", ["asset"]),
        ("clock", ["clock"]),
        ("failed", ["failed"]),
        ("", ["clock", "asset", "failed", "fine"]),
    ],
)
def test_bundles_that_need_attention_are_listed(root, wanted, names):
    make_snapshot(bundle=make_bundle(filename="fine"))
    make_bundle(filename="failed", status="failed")
    make_snapshot(bundle=make_bundle(filename="asset"), held="asset")
    make_snapshot(bundle=make_bundle(filename="clock"), held="clock")

    assert found(root, "ingest_bundle", attention=wanted) == names


@pytest.mark.parametrize("typed", ["ABCDEF01", "7xk2m93", "db-17", "bundle-x"])
def test_a_bundle_is_found_by(root, typed):
    bundle = make_bundle(sha256="abcdef01" * 8, filename="bundle-x.tar.gz")
    make_snapshot(bundle=bundle, asset=make_asset(serial="7XK2M93", hostname="db-17"))
    make_bundle(filename="other.json")

    assert found(root, "ingest_bundle", q=typed) == ["bundle-x.tar.gz"]


@pytest.mark.parametrize("typed", ["s5fnna0r5", "7xk2m93", "db-17"])
def test_an_observation_is_found_by(root, typed):
    asset = make_asset(serial="7XK2M93", hostname="db-17")
    part = make_component(serial="S5FNNA0R500123")
    make_observation(component=part, snapshot=make_snapshot(asset=asset))
    make_observation(snapshot=make_snapshot(asset=make_asset(hostname="web-01")))

    assert found(root, "ingest_observation", q=typed) == ["disk:S5FNNA0R500123 at 2026-03-01 12:00"]


def test_the_bytes_come_back_as_they_were_sent_and_never_as_a_page(root):
    page = b"<script>alert(1)</script>"
    bundle = make_bundle(sha256=hashlib.sha256(page).hexdigest(), filename="page.html", content_type="text/html")
    storages["bundles"].save(storage_name(bundle.sha256), ContentFile(page))

    response = root.get(reverse("admin:ingest_bundle_download", args=[bundle.pk]))

    assert b"".join(response.streaming_content) == page
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="page.html"'


def test_the_bytes_are_not_for_those_who_may_not_see_bundles(client):
    client.force_login(make_staff("view_asset"))

    assert client.get(reverse("admin:ingest_bundle_download", args=[make_bundle().pk])).status_code == 403


def test_damaged_bytes_are_not_given_out(root):
    bundle = make_bundle(sha256=hashlib.sha256(b"as they came").hexdigest())
    storages["bundles"].save(storage_name(bundle.sha256), ContentFile(b"as they CAME"))

    assert root.get(reverse("admin:ingest_bundle_download", args=[bundle.pk])).status_code == 404


def test_a_bundle_whose_bytes_are_gone_is_not_found(root):
    assert root.get(reverse("admin:ingest_bundle_download", args=[make_bundle().pk])).status_code == 404


def test_a_held_bundles_page_leads_to_the_form(root):
    bundle = held_bundle()

    assert reverse("admin:ingest_bundle_amend", args=[bundle.pk]) in page_of(root, bundle)


def test_an_operator_gives_a_held_bundle_its_asset(root, amended):
    bundle, asset = held_bundle(), make_asset()

    response = root.post(
        reverse("admin:ingest_bundle_amend", args=[bundle.pk]),
        {"asset_hint": asset.pk, "collected_hint_0": "", "collected_hint_1": ""},
    )

    assert response.status_code == 302
    assert [(call["bundle"], call["asset_id"], call["collected_at"]) for call in amended] == [
        (bundle.pk, asset.pk, None)
    ]


def test_an_operator_gives_a_held_bundle_its_time(root, amended):
    bundle = held_bundle("clock")

    root.post(
        reverse("admin:ingest_bundle_amend", args=[bundle.pk]),
        {"asset_hint": "", "collected_hint_0": "2026-02-28", "collected_hint_1": "21:13:00"},
    )

    assert [call["collected_at"] for call in amended] == [datetime(2026, 2, 28, 21, 13, tzinfo=UTC)]


def test_what_the_service_refuses_is_shown_at_its_field(root, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise ImplausibleTime("2027 lies in the future.")

    monkeypatch.setattr(services, "amend", refuse)

    response = root.post(
        reverse("admin:ingest_bundle_amend", args=[held_bundle("clock").pk]),
        {"asset_hint": "", "collected_hint_0": "2027-02-28", "collected_hint_1": "00:00:00"},
    )

    assert "2027 lies in the future." in str(response.context["form"].errors["collected_hint"])


def test_a_bundle_that_lacks_nothing_is_not_amended(root, amended):
    bundle = make_bundle()
    make_snapshot(bundle=bundle, asset=make_asset())

    response = root.post(reverse("admin:ingest_bundle_amend", args=[bundle.pk]), {"asset_hint": make_asset().pk})

    assert response.status_code == 403
    assert amended == []


def test_a_viewer_amends_nothing(client, amended):
    client.force_login(make_staff("view_*"))

    response = client.post(
        reverse("admin:ingest_bundle_amend", args=[held_bundle().pk]), {"asset_hint": make_asset().pk}
    )

    assert response.status_code == 403
    assert amended == []


def test_a_components_page_shows_what_the_latest_bundles_measured(root):
    part = make_component()
    bundle = make_bundle(filename="march.json")
    make_observation(component=part, snapshot=make_snapshot(bundle=bundle), measurements={"power_on_hours": 18231})

    page = root.get(reverse("admin:registry_component_change", args=[part.pk])).content.decode()

    assert "power_on_hours 18231" in page
    assert "march.json" in page


# reading again


def delivered() -> Bundle:
    """A bundle with a disk, and a timeline that lacks the disk's event."""
    bundle = deliver(document("SRV-A", "D1"), "db-17.json")
    Event.objects.filter(type="INSTALLED").delete()
    return bundle


@pytest.mark.usefixtures("bundle_folder")
def test_an_operator_sees_what_reading_again_would_change_before_it_does(root):
    bundle = delivered()
    address = reverse("admin:ingest_bundle_reparse", args=[bundle.pk])

    shown = root.get(address).content.decode()

    assert "events: 1 added, 0 removed" in shown
    assert not Event.objects.filter(type="INSTALLED").exists()
    answer = root.post(address, follow=True)
    assert "Events added: 1, removed: 0." in answer.content.decode()
    assert Event.objects.filter(type="INSTALLED").exists()


@pytest.mark.usefixtures("bundle_folder")
def test_selected_bundles_are_read_again_after_a_look(root):
    bundle, gone = delivered(), make_bundle(filename="gone.json", parsed_at=NOW)
    wish = {"action": "reparse_selected", "_selected_action": [bundle.pk, gone.pk]}

    shown = root.post(reverse("admin:ingest_bundle_changelist"), wish).content.decode()

    assert "INSTALLED" in shown
    assert "The bytes are not in the storage." in shown
    assert not Event.objects.filter(type="INSTALLED").exists()
    answer = root.post(reverse("admin:ingest_bundle_changelist"), {**wish, "apply": "yes"}, follow=True)
    assert "Read again: 1. Events added: 1, removed: 0." in answer.content.decode()
    assert Event.objects.filter(type="INSTALLED").exists()


def test_more_than_a_page_of_bundles_is_left_to_the_command(root, monkeypatch):
    monkeypatch.setattr("ingest.admin.reparsing.MOST_AT_ONCE", 1)
    wish = {"action": "reparse_selected", "_selected_action": [make_bundle().pk, make_bundle().pk]}

    answer = root.post(reverse("admin:ingest_bundle_changelist"), wish, follow=True)

    assert "manage.py reparse" in answer.content.decode()


def test_reading_again_is_not_for_those_who_may_only_look(client):
    client.force_login(make_staff("view_bundle"))
    bundle = make_bundle(parsed_at=NOW)

    assert client.get(reverse("admin:ingest_bundle_reparse", args=[bundle.pk])).status_code == 403


def test_bundles_that_an_older_version_read_are_filtered(root):
    old, _ = make_bundle(filename="old.json"), make_bundle(filename="new.json")
    make_file(bundle=old, parser="document", parser_version=0)

    assert found(root, "ingest_bundle", outdated="yes") == ["old.json"]


# bundles that were given up


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """What the pages ask the service to try again, instead of trying it."""
    calls: list[list[int]] = []

    def note(ids: Iterable[int], **_: object) -> int:
        calls.append(list(ids))
        return len(calls[-1])

    monkeypatch.setattr(services, "try_again", note)
    return calls


def given_up_bundle() -> Bundle:
    return make_bundle(status="failed", step="parse", due_at=None, fault="parse: ValueError: x", filename="lost.json")


def test_what_was_given_up_is_found_with_its_reason(root):
    bundle = given_up_bundle()
    make_bundle()

    assert found(root, "ingest_bundle", attention="given_up") == ["lost.json"]
    assert found(root, "ingest_bundle", attention="any") == ["lost.json"]
    page = page_of(root, bundle)
    assert "parse, given up" in page
    assert "Given up: parse: ValueError: x" in page


def test_an_operator_has_one_bundle_tried_again(root, tried):
    bundle = given_up_bundle()
    address = reverse("admin:ingest_bundle_try_again", args=[bundle.pk])
    assert address in page_of(root, bundle)

    answer = root.get(address)

    assert (answer.status_code, tried) == (302, [[bundle.pk]])


def test_an_operator_has_several_bundles_tried_again(root, tried):
    bundles = [given_up_bundle(), given_up_bundle()]

    root.post(
        reverse("admin:ingest_bundle_changelist"),
        {"action": "try_again_selected", "_selected_action": [bundle.pk for bundle in bundles]},
    )

    assert [sorted(ids) for ids in tried] == [[bundle.pk for bundle in bundles]]


def test_what_was_not_given_up_cannot_be_tried_again(root):
    bundle = make_bundle()

    assert reverse("admin:ingest_bundle_try_again", args=[bundle.pk]) not in page_of(root, bundle)


def test_who_may_only_look_tries_nothing_again(client: Client, tried):
    client.force_login(make_staff("view_bundle"))
    bundle = given_up_bundle()

    answer = client.get(reverse("admin:ingest_bundle_try_again", args=[bundle.pk]))

    assert (answer.status_code, tried) == (403, [])
