"""Who is who becomes clear over time, and the timelines follow."""

from typing import Any

import pytest

from ingest.models import Bundle, Observation, Snapshot
from ingest.services import amend
from registry.models import Asset, Component, VendorAlias
from registry.services import delete_alias, save_alias
from registry.services.declare import declare_asset, declare_component
from tests.timeline.digest import asset_identities, events_of, identities, natural_outcome
from tests.timeline.histories import RECEIVED, bring, disk, document, moment
from timeline.models import Event
from timeline.services import assert_installed, derive_waiting

pytestmark = pytest.mark.django_db

WWN = "5000c500a1b2c301"


def test_a_component_gains_its_vendor_when_a_later_bundle_names_it() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="")))
    before = Component.objects.get().id

    bring(document(1, "ALPHA", disk("S1", vendor="Samsung")))

    assert (Component.objects.get().id, Component.objects.get().vendor) == (before, "Samsung")


def test_an_unknown_vendor_is_never_a_second_component() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="Samsung")))
    bring(document(1, "BETA", disk("S1", vendor="")))

    component = Component.objects.get()
    assert (component.identity, component.vendor) == ("disk:S1", "Samsung")
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_maker_that_a_model_tells_is_no_second_vendor(order: tuple[int, int]) -> None:
    told = [
        document(0, "ALPHA", disk("S1", vendor="", model="ST8000NM0055")),
        document(1, "BETA", disk("S1", vendor="Dell", model="ST8000NM0055")),
    ]

    for number in order:
        bring(told[number])

    assert (Component.objects.get().identity, Component.objects.get().vendor) == ("disk:S1", "Dell")
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]


def test_the_maker_that_a_model_tells_stays_when_identities_are_settled() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="", model="ST8000NM0055", wwn=WWN)))
    assert Component.objects.get().vendor == "Seagate"

    bring(document(1, "BETA", disk("S2", vendor="", model="ST8000NM0055", wwn=WWN)))

    assert list(Component.objects.values_list("vendor", flat=True)) == ["Seagate", "Seagate"]


def test_a_serial_of_two_vendors_is_two_components() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="Samsung")))
    first = Component.objects.get().id

    bring(document(1, "BETA", disk("S1", vendor="Seagate")))

    assert identities() == {"disk:S1|SAMSUNG", "disk:S1|SEAGATE"}
    assert events_of("disk:S1|SAMSUNG") == events_of("disk:S1|SEAGATE") == ["INSTALLED"]
    assert Component.objects.get(vendor="Samsung").id == first


def test_two_vendors_parts_with_one_serial_in_one_bundle_are_two_components() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="")))

    bring(
        document(1, "ALPHA", disk("S1", vendor="Samsung")),
        document(1, "BETA", disk("S1", vendor="Seagate")),
    )

    assert identities() == {"disk:S1|SAMSUNG", "disk:S1|SEAGATE"}
    assert events_of("disk:S1|SAMSUNG") == ["INSTALLED"]


def test_an_alias_makes_two_vendors_parts_one_again() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="Samsung")))
    bring(document(1, "BETA", disk("S1", vendor="Samsung of Elsewhere")))
    assert len(identities()) == 2
    VendorAlias.objects.create(spelling="SAMSUNG OF ELSEWHERE", vendor="Samsung")

    bring(document(2, "BETA", disk("S1", vendor="Samsung")))

    assert identities() == {"disk:S1"}
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]
    assert Component.objects.get().vendor == "Samsung"


def test_a_disk_known_by_its_world_wide_name_gains_its_serial() -> None:
    bring(document(0, "ALPHA", disk(wwn=WWN)))
    assert identities() == {f"disk~wwn~{WWN}"}

    bring(document(1, "BETA", disk("S1", wwn=WWN)))

    component = Component.objects.get()
    assert (component.identity, component.serial) == ("disk:S1", "S1")
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]


def test_one_bundle_may_show_by_name_what_it_shows_by_serial_elsewhere() -> None:
    bring(document(0, "ALPHA", disk(wwn=WWN)), document(1, "BETA", disk("S1", wwn=WWN)))

    assert identities() == {"disk:S1"}
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]


def test_a_world_wide_name_on_two_disks_names_neither() -> None:
    bring(document(0, "ALPHA", disk("S1", wwn=WWN)))
    bring(document(1, "BETA", disk(wwn=WWN)))
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]

    bring(document(2, "GAMMA", disk("S2", wwn=WWN)))

    assert identities() == {"disk:S1", "disk:S2", f"disk~wwn~{WWN}"}
    assert events_of("disk:S1") == events_of("disk:S2") == ["INSTALLED"]


def test_a_positional_component_never_moves_between_assets() -> None:
    bring(document(0, "ALPHA", disk(slot="Bay 1", model="M1")))
    bring(document(1, "BETA", disk(slot="Bay 1", model="M1")))

    assert identities() == {"disk@ALPHA|BAY 1|M1", "disk@BETA|BAY 1|M1"}


def test_another_model_in_the_slot_is_another_component() -> None:
    bring(document(0, "ALPHA", disk(slot="Bay 1", model="M1")))
    bring(document(1, "ALPHA", disk(slot="Bay 1", model="M2")))

    assert events_of("disk@ALPHA|BAY 1|M1") == ["INSTALLED", "REMOVED"]
    assert events_of("disk@ALPHA|BAY 1|M2") == ["INSTALLED"]


def test_a_placeholder_is_no_serial() -> None:
    bring(document(0, "ALPHA", disk("To Be Filled By O.E.M.", "Bay 1", model="M1")))

    assert identities() == {"disk@ALPHA|BAY 1|M1"}


def test_an_asset_gains_its_vendor() -> None:
    bring(document(0, "ALPHA", named={"vendor": ""}))
    bring(document(1, "ALPHA", named={"vendor": "HPE"}))

    assert (asset_identities(), Asset.objects.get().vendor) == ({"ALPHA"}, "HPE")


def test_a_serial_of_two_vendors_is_two_assets_with_parts_of_their_own() -> None:
    bring(document(0, "ALPHA", disk(slot="Bay 1"), named={"vendor": "Dell", "hostname": "first"}))
    first = Asset.objects.get().id

    bring(document(1, "ALPHA", disk(slot="Bay 1"), named={"vendor": "Lenovo"}))

    assert asset_identities() == {"ALPHA|DELL", "ALPHA|LENOVO"}
    assert identities() == {"disk@ALPHA|DELL|BAY 1|", "disk@ALPHA|LENOVO|BAY 1|"}
    assert Asset.objects.get(vendor="Dell").id == first
    assert Asset.objects.get(vendor="Lenovo").hostname == ""


def test_an_alias_makes_two_assets_one_again() -> None:
    bring(document(0, "ALPHA", disk("S1"), named={"vendor": "Dell"}))
    bring(document(1, "ALPHA", disk("S1"), named={"vendor": "Wyse"}))
    assert len(asset_identities()) == 2
    VendorAlias.objects.create(spelling="WYSE", vendor="Dell")

    bring(document(2, "ALPHA", disk("S1"), named={"vendor": "Dell"}))

    assert asset_identities() == {"ALPHA"}
    assert events_of("disk:S1") == ["INSTALLED"]


def test_an_alias_is_followed_at_once(django_capture_on_commit_callbacks: Any) -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="Acme Drives"), named={"vendor": "Dell"}))
    bring(document(1, "ALPHA", disk("S1", vendor="Acme"), named={"vendor": "Wyse"}))
    bring(document(1, "BETA", named={"vendor": "Wyse"}))
    assert (len(identities()), len(asset_identities())) == (2, 3)

    with django_capture_on_commit_callbacks(execute=True):
        save_alias(VendorAlias(spelling="Acme Drives", vendor="Acme"))
        save_alias(VendorAlias(spelling="Wyse", vendor="Dell"))

    assert (identities(), asset_identities()) == ({"disk:S1"}, {"ALPHA", "BETA"})
    assert set(Asset.objects.values_list("vendor", flat=True)) == {"Dell"}
    assert events_of("disk:S1") == ["INSTALLED"]


def test_an_alias_taken_away_parts_what_it_bound(django_capture_on_commit_callbacks: Any) -> None:
    alias = VendorAlias(spelling="Wyse", vendor="Dell")
    save_alias(alias)
    bring(document(0, "ALPHA", named={"vendor": "Dell"}))
    bring(document(1, "ALPHA", named={"vendor": "Wyse"}))
    assert asset_identities() == {"ALPHA"}

    with django_capture_on_commit_callbacks(execute=True):
        delete_alias(alias)

    assert asset_identities() == {"ALPHA|DELL", "ALPHA|WYSE"}


def test_what_was_asserted_of_a_component_holds_for_the_one_it_turns_out_to_be() -> None:
    bring(document(0, "ALPHA", disk(wwn=WWN)), document(0, "BETA"))
    bring(document(1, "ALPHA", coverage=["disk"]))
    by_name, beta = Component.objects.get(), Asset.objects.get(serial="BETA")
    assert_installed(component_id=by_name.id, asset_id=beta.id, slot="Bay 1", at=moment(2))

    bring(document(3, "BETA", disk("S1", wwn=WWN)))

    assert events_of("disk:S1") == ["INSTALLED", "REMOVED", "INSTALLED"]
    assert Component.objects.get().open_installation.installed_at == moment(2)


def test_bundles_find_what_a_person_entered() -> None:
    component = declare_component(type="disk", vendor="Samsung", serial="S1", model="PM1733")
    asset = declare_asset(vendor="Dell", serial="ALPHA")

    bring(document(0, "ALPHA", disk("S1")))

    component.refresh_from_db()
    assert (component.asset, component.model, component.status) == (asset, "PM1733", "installed")


def test_another_vendors_part_does_not_take_over_what_a_person_entered() -> None:
    declared = declare_component(type="disk", vendor="Samsung", serial="S1", model="PM1733")

    bring(document(0, "ALPHA", disk("S1", vendor="Seagate")))

    declared.refresh_from_db()
    assert (declared.vendor, declared.model, declared.status) == ("Samsung", "PM1733", "unplaced")
    assert identities() == {"disk:S1|SAMSUNG", "disk:S1|SEAGATE"}


def test_a_bundle_that_does_not_tell_its_asset_derives_when_it_is_told() -> None:
    bring(document(0, "ALPHA"))
    lone = bring(document(1, "", disk("S1", "Bay 1"), disk(slot="Bay 2")))
    assert Snapshot.objects.get(bundle=lone).held == "asset"
    assert Observation.objects.filter(snapshot__bundle=lone).count() == 2
    assert not Event.objects.exclude(type="LOG_COLLECTED").exists()

    amend(lone.id, asset_id=Asset.objects.get().id, user=None, now=RECEIVED)

    assert events_of("disk:S1") == events_of("disk@ALPHA|BAY 2|") == ["INSTALLED"]


def test_a_bundle_amended_is_as_one_that_came_with_the_hint() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1")), document(0, "BETA", disk("S2")))
    bring(document(2, "ALPHA", disk("S1", "Bay 2")))
    lone = bring(document(1, "", disk("S1", "Bay 3", firmware="1.0")))
    asset = Asset.objects.get(serial="ALPHA")
    amend(lone.id, asset_id=Asset.objects.get(serial="BETA").id, user=None, now=RECEIVED)

    amend(lone.id, asset_id=asset.id, user=None, now=RECEIVED)

    assert events_of("disk:S1") == ["INSTALLED", "MOVED", "MOVED"]
    assert events_of("disk:S2") == ["INSTALLED"]
    assert Snapshot.objects.get(bundle=lone).asset == asset
    assert Bundle.objects.get(id=lone.id).errors == []


def test_a_clock_error_derives_once_the_time_is_set() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1")))
    bundle = bring(document(400, "ALPHA", disk("S1", "Bay 2")))
    assert events_of("disk:S1") == ["INSTALLED"]

    amend(bundle.id, collected_at=moment(5), user=None, now=RECEIVED)

    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]
    assert Event.objects.get(type="MOVED").occurred_at == moment(5)


def test_nothing_is_left_to_do_after_all_that() -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="Samsung"), disk(wwn=WWN)))
    bring(document(1, "ALPHA", disk("S1", vendor="Seagate"), named={"vendor": "Lenovo"}))
    bring(document(2, "BETA", disk("S2", wwn=WWN)))
    before = natural_outcome()

    derive_waiting(now=RECEIVED)

    assert natural_outcome() == before
    assert not Component.objects.filter(stale=True).exists()
    assert not Asset.objects.filter(stale=True).exists()
