"""Pages of events, and what the timeline adds to the pages of assets and components."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from registry.admin.panels import Panel
from registry.models import Asset, Component
from tests.builders import NOON, make_asset, make_component, make_event, make_firmware_period, make_staff
from timeline.models import IdentityConflict

LATER = NOON + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


def panel(client: Client, row: Asset | Component, title: str) -> Panel:
    """One panel of the page of an asset or component."""
    page = client.get(reverse(f"admin:registry_{row._meta.model_name}_change", args=[row.pk]))
    panels: list[Panel] = page.context["panels"]
    return next(part for part in panels if part.title == title)


def test_an_assets_timeline_comes_newest_first(root):
    asset = make_asset()
    part = make_component(serial="S1")
    make_event(asset=asset, component=part, to_value="Bay 1")
    make_event(
        type="FIRMWARE_CHANGED", occurred_at=LATER, asset=asset, component=part, from_value="1.0", to_value="2.0"
    )

    shown = panel(root, asset, "Timeline").rows

    assert [strip_tags(row[3]) for row in shown] == ["1.0 → 2.0", "Bay 1"]


def test_an_event_says_since_when_it_may_have_been_so(root):
    asset = make_asset()
    make_event(type="REMOVED", asset=asset, component=make_component(), not_before=NOON - timedelta(days=7))

    assert "after 2026-02-22 12:00" in panel(root, asset, "Timeline").rows[0][0]


def test_a_move_is_on_both_assets_timelines_with_both_places(root):
    old, new = make_asset(hostname="db-01"), make_asset(hostname="db-02")
    make_event(
        type="MOVED", asset=new, from_asset=old, component=make_component(), from_value="Bay 3", to_value="Bay 1"
    )

    for asset in (old, new):
        text = panel(root, asset, "Timeline").rows[0][3]
        assert all(word in text for word in ("db-01", "Bay 3", "→", "db-02", "Bay 1"))


def test_a_move_within_an_asset_names_the_slots_alone(root):
    asset = make_asset(hostname="db-01")
    make_event(
        type="MOVED", asset=asset, from_asset=asset, component=make_component(), from_value="Bay 3", to_value="Bay 1"
    )

    assert strip_tags(panel(root, asset, "Timeline").rows[0][3]) == "Bay 3 → Bay 1"


def test_a_long_timeline_is_cut_and_leads_to_all_of_it(root):
    asset = make_asset()
    for _ in range(101):
        make_event(type="LOG_COLLECTED", asset=asset)

    shown = panel(root, asset, "Timeline")

    assert len(shown.rows) == 100
    assert shown.more is not None
    assert len(root.get(shown.more[0]).context["cl"].result_list) == 50
    assert shown.note == "the latest 100"


def test_an_assets_whole_timeline_has_the_moves_away_from_it_newest_first(root):
    asset = make_asset()
    make_event(type="LOG_COLLECTED", asset=asset)
    make_event(type="MOVED", occurred_at=LATER, asset=make_asset(), from_asset=asset, component=make_component())
    make_event(type="LOG_COLLECTED", asset=make_asset())

    page = root.get(reverse("admin:timeline_event_changelist"), {"places__asset__id__exact": asset.pk})

    assert [event.type for event in page.context["cl"].result_list] == ["MOVED", "LOG_COLLECTED"]


def test_a_components_page_shows_its_timeline_and_firmware(root):
    part = make_component()
    make_event(type="INSTALLED", asset=make_asset(hostname="db-17"), component=part, to_value="Bay 1")
    make_firmware_period(component=part, firmware="EPK98B5Q")

    assert "db-17" in panel(root, part, "Timeline").rows[0][2]
    assert panel(root, part, "Firmware").rows[0][0] == "EPK98B5Q"


@pytest.mark.parametrize("which", ["asset", "other_asset"])
def test_an_identity_conflict_is_shown_on_top_of_both_assets_pages(root, which):
    places = {"asset": make_asset(hostname="db-01"), "other_asset": make_asset(hostname="db-02")}
    IdentityConflict.objects.create(key="1", kind="alternation", name="disk S1", first_at=NOON, last_at=NOON, **places)

    page = root.get(reverse("admin:registry_asset_change", args=[places[which].pk]))

    [notice] = page.context["notices"]
    assert all(word in notice.text for word in ("disk S1", "db-01", "db-02", "in turn"))


def test_an_asset_without_conflict_has_no_notice(root):
    page = root.get(reverse("admin:registry_asset_change", args=[make_asset().pk]))

    assert page.context["notices"] == []


@pytest.mark.parametrize("typed", ["s5fnna0r5", "7xk2m93", "db-17"])
def test_an_event_is_found_by(root, typed):
    asset = make_asset(serial="7XK2M93", hostname="db-17")
    wanted = make_event(type="INSTALLED", asset=asset, component=make_component(serial="S5FNNA0R500123"))
    make_event(type="INSTALLED", asset=make_asset(hostname="web-01"), component=make_component())

    page = root.get(reverse("admin:timeline_event_changelist"), {"q": typed})

    assert list(page.context["cl"].result_list) == [wanted]
