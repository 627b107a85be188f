"""The quick way from what a bundle names to the rows that it means."""

from datetime import UTC, datetime

import pytest

from registry.domain.identity import Claim, identifier_lookup, serial_lookup
from registry.models import Asset, Component, ComponentIdentifier, VendorAlias
from registry.services import (
    AlreadyExists,
    AssetNaming,
    ComponentNaming,
    FieldProblem,
    HasHistory,
    declare_asset,
    declare_component,
    delete,
    name_components,
    place_assets,
)
from tests.timeline.histories import bring, disk, document

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def naming(serial: str = "", vendor: str = "Samsung", *, wwn: str = "") -> ComponentNaming:
    identifiers = frozenset({("wwn", wwn)} if wwn else set())
    lookup = serial_lookup("disk", serial) if serial else identifier_lookup("disk", identifiers)
    return ComponentNaming(Claim(lookup, vendor, identifiers, "ALPHA", (NOON, "sha")), "disk", serial)


def names_of(ids: list[int]) -> list[str]:
    return [Component.objects.get(id=key).identity for key in ids]


def test_components_are_created_once_and_found_afterwards() -> None:
    first = name_components([naming("S1"), naming("S2")])
    again = name_components([naming("S2"), naming("S1")])

    assert names_of(list(first.ids)) == ["disk:S1", "disk:S2"]
    assert list(again.ids) == list(reversed(first.ids))
    assert not first.disputed | again.disputed


def test_a_vendor_is_gained_and_not_lost() -> None:
    name_components([naming("S1", "")])
    name_components([naming("S1", "Samsung")])
    name_components([naming("S1", "")])

    assert Component.objects.get().vendor == "Samsung"


def test_another_vendor_is_disputed() -> None:
    first = name_components([naming("S1", "Samsung")])

    assert name_components([naming("S1", "Seagate")]).disputed == set(first.ids)


def test_two_vendors_at_once_are_disputed_whatever_the_row_says() -> None:
    name_components([naming("S1", "")])

    assert name_components([naming("S1", "Samsung"), naming("S1", "Seagate")]).disputed


def test_an_alias_of_the_vendor_is_not_disputed() -> None:
    VendorAlias.objects.create(spelling="ACME DRIVES", vendor="Acme")
    name_components([naming("S1", "Acme Drives")])

    assert not name_components([naming("S1", "ACME")]).disputed
    assert Component.objects.get().vendor == "Acme"


def test_a_world_wide_name_finds_the_one_component_that_shows_it() -> None:
    first = name_components([naming("S1", wwn="w1")])

    found = name_components([naming(wwn="w1")])

    assert (list(found.ids), found.disputed) == (list(first.ids), frozenset())


def test_a_serial_for_what_was_known_by_name_alone_is_disputed() -> None:
    first = name_components([naming(wwn="w1")])

    found = name_components([naming("S1", wwn="w1")])

    assert found.disputed == {*first.ids, *found.ids}


def test_a_third_component_with_an_identifier_disputes_nothing() -> None:
    name_components([naming("S1", wwn="w1")])
    name_components([naming("S2", wwn="w1")])

    assert not name_components([naming("S3", wwn="w1"), naming("S4", wwn="w1")]).disputed


def test_identifiers_are_kept_beside_those_that_were_known() -> None:
    name_components([naming("S1", wwn="w1")])
    name_components([naming("S1", wwn="w2")])

    assert Component.objects.get().identifiers == [["wwn", "w1"], ["wwn", "w2"]]
    assert sorted(ComponentIdentifier.objects.values_list("value", flat=True)) == ["w1", "w2"]


def test_assets_are_created_once_and_found_afterwards() -> None:
    first = place_assets([AssetNaming("ALPHA", "Dell Inc.")])
    again = place_assets([AssetNaming("ALPHA", "DELL"), AssetNaming("ALPHA", "")])

    assert {ref.id for ref in again.assets.values()} == {ref.id for ref in first.assets.values()}
    assert not first.disputed | again.disputed


def test_another_vendor_of_an_asset_is_disputed() -> None:
    place_assets([AssetNaming("ALPHA", "Dell")])

    assert place_assets([AssetNaming("ALPHA", "Lenovo")]).disputed == {"ALPHA"}


def test_two_vendors_of_an_asset_at_once_are_disputed() -> None:
    place_assets([AssetNaming("ALPHA", "")])

    assert place_assets([AssetNaming("ALPHA", "Dell"), AssetNaming("ALPHA", "Lenovo")]).disputed == {"ALPHA"}


def test_what_is_entered_is_cleaned_like_what_bundles_say() -> None:
    component = declare_component(type="memory", vendor=" Samsung ", serial="80CE012143 1234abcd".replace(" ", ""))

    assert (component.serial, component.vendor, component.identity) == ("1234ABCD", "Samsung", "memory:1234ABCD")


@pytest.mark.parametrize("serial", ["", "N/A", "0000000000", "To Be Filled By O.E.M."])
def test_a_placeholder_cannot_be_entered(serial: str) -> None:
    with pytest.raises(FieldProblem) as refused:
        declare_component(type="disk", vendor="Samsung", serial=serial)

    assert refused.value.field == "serial"


@pytest.mark.parametrize("vendor", ["Samsung", "SAMSUNG", ""])
def test_what_is_known_cannot_be_entered_again(vendor: str) -> None:
    there = declare_component(type="disk", vendor="Samsung", serial="S1")

    with pytest.raises(AlreadyExists) as refused:
        declare_component(type="disk", vendor=vendor, serial="s1")

    assert refused.value.existing_id == there.id


def test_another_vendors_part_with_the_serial_can_be_entered() -> None:
    declare_asset(vendor="Dell", serial="ALPHA")
    other = declare_asset(vendor="Lenovo", serial="ALPHA")

    assert other.identity == "ALPHA|LENOVO"


def test_what_has_history_cannot_be_deleted() -> None:
    bring(document(0, "ALPHA", disk("S1")))

    for thing in (Asset.objects.get(), Component.objects.get()):
        with pytest.raises(HasHistory):
            delete(thing)


def test_what_has_no_history_can_be_deleted() -> None:
    delete(declare_asset(vendor="Dell", serial="ALPHA"))

    assert not Asset.objects.exists()
