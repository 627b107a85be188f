"""What the database refuses, whoever writes to it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction

from registry.models import FOREVER, Asset, Component, ComponentIdentifier, Installation

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, tzinfo=UTC)
REFUSALS = (IntegrityError, OperationalError)


def moment(days: float) -> datetime:
    return START + timedelta(days=days)


@pytest.fixture
def component() -> Component:
    return Component.objects.create(type="disk", identity="disk:S1", lookup="disk:S1", serial="S1")


@pytest.fixture
def asset() -> Asset:
    return Asset.objects.create(identity="A1", serial="A1")


def install(component: Component, asset: Asset, start: float, end: float | None) -> Installation:
    """An installation as the services write it."""
    return Installation.objects.create(
        component=component,
        asset=asset,
        installed_at=moment(start),
        removed_at=None if end is None else moment(end),
        ends_at=FOREVER if end is None else moment(end),
        open_component=component if end is None else None,
    )


def test_installations_that_touch_are_taken(component: Component, asset: Asset) -> None:
    install(component, asset, 0, 1)
    install(component, asset, 1, 2)
    install(component, asset, 2, None)

    assert Installation.objects.count() == 3


@pytest.mark.parametrize(
    ("start", "end"),
    [(1, 3), (1.5, 1.75), (0, 5), (0, 1.1), (1.9, 5), (1.9, None), (0, None), (1, None)],
)
def test_an_installation_that_overlaps_is_refused(
    component: Component, asset: Asset, start: float, end: float | None
) -> None:
    install(component, asset, 1, 2)

    with pytest.raises(REFUSALS), transaction.atomic():
        install(component, asset, start, end)

    assert Installation.objects.count() == 1


def test_an_overlap_of_microseconds_is_refused(component: Component, asset: Asset) -> None:
    install(component, asset, 1, 2)

    with pytest.raises(REFUSALS), transaction.atomic():
        Installation.objects.create(
            component=component,
            asset=asset,
            installed_at=moment(2) - timedelta(microseconds=1),
            ends_at=FOREVER,
            open_component=component,
        )


def test_other_components_may_be_installed_at_the_same_time(component: Component, asset: Asset) -> None:
    other = Component.objects.create(type="disk", identity="disk:S2", lookup="disk:S2", serial="S2")
    install(component, asset, 1, 2)
    install(other, asset, 1, 2)

    assert Installation.objects.count() == 2


def test_a_second_open_installation_is_refused(component: Component, asset: Asset) -> None:
    install(component, asset, 1, None)

    with pytest.raises(REFUSALS), transaction.atomic():
        install(component, asset, 5, None)


@pytest.mark.parametrize("end", [0, 1])
def test_an_installation_that_ends_before_it_has_begun_is_refused(
    component: Component, asset: Asset, end: float
) -> None:
    with pytest.raises(REFUSALS), transaction.atomic():
        install(component, asset, 1, end)


def test_stretching_an_installation_into_the_next_is_refused(component: Component, asset: Asset) -> None:
    first = install(component, asset, 0, 1)
    install(component, asset, 1, 2)

    with pytest.raises(REFUSALS), transaction.atomic():
        Installation.objects.filter(id=first.id).update(removed_at=moment(1.5), ends_at=moment(1.5))


OPEN_AND_CLOSED: dict[str, tuple[datetime | None, datetime, str]] = {
    "open without an open component": (None, FOREVER, ""),
    "open with an end": (None, moment(2), "own"),
    "closed with an open component": (moment(2), moment(2), "own"),
    "closed for ever": (moment(2), FOREVER, ""),
    "closed at two times": (moment(2), moment(3), ""),
    "open as another component's": (None, FOREVER, "other"),
}


@pytest.mark.parametrize(("removed_at", "ends_at", "opened"), OPEN_AND_CLOSED.values(), ids=OPEN_AND_CLOSED.keys())
def test_an_installation_is_either_open_or_closed(
    component: Component, asset: Asset, removed_at: datetime | None, ends_at: datetime, opened: str
) -> None:
    other = Component.objects.create(type="disk", identity="disk:S2", lookup="disk:S2", serial="S2")
    open_component = {"own": component, "other": other}.get(opened)

    with pytest.raises(REFUSALS), transaction.atomic():
        Installation.objects.create(
            component=component,
            asset=asset,
            installed_at=moment(1),
            removed_at=removed_at,
            ends_at=ends_at,
            open_component=open_component,
        )


def test_a_second_component_of_one_identity_is_refused(component: Component) -> None:
    with pytest.raises(REFUSALS), transaction.atomic():
        Component.objects.create(type="disk", identity=component.identity, lookup="disk:S1")


def test_a_second_asset_of_one_identity_is_refused(asset: Asset) -> None:
    with pytest.raises(REFUSALS), transaction.atomic():
        Asset.objects.create(identity=asset.identity, serial="A2")


def test_identities_are_compared_byte_by_byte(component: Component) -> None:
    Component.objects.create(type="disk", identity=component.identity.lower(), lookup="disk:s1")

    assert Component.objects.get(identity="disk:s1").lookup == "disk:s1"


def test_one_identifier_is_kept_once_for_a_component(component: Component) -> None:
    ComponentIdentifier.objects.create(component=component, type="disk", kind="wwn", value="w1")

    with pytest.raises(REFUSALS), transaction.atomic():
        ComponentIdentifier.objects.create(component=component, type="disk", kind="wwn", value="w1")
