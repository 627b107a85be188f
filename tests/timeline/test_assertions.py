"""What operators say: recorded, derived, and refused where it contradicts what is known."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from registry.models import Asset, Component, Installation
from tests.timeline.histories import bring, disk, document, moment
from timeline.models import Assertion, Event
from timeline.services import Contradiction, ImpossibleTime, assert_installed, assert_removed

pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> Component:
    """A disk that sits in Bay 1 of ALPHA since day 0, and was last seen there on day 1; BETA is empty."""
    bring(document(0, "ALPHA", disk("S1", "Bay 1")), document(0, "BETA"))
    bring(document(1, "ALPHA", disk("S1", "Bay 1")))
    return Component.objects.get(serial="S1")


def install(component: Component, asset: str, slot: str, at: datetime, **more: Any) -> Installation:
    where = Asset.objects.get(serial=asset)
    return assert_installed(component_id=component.id, asset_id=where.id, slot=slot, at=at, **more)


def events_of(component: Component) -> list[tuple[str, datetime]]:
    return list(Event.objects.filter(component=component).order_by("position").values_list("type", "occurred_at"))


def test_a_removal_closes_the_installation(known: Component) -> None:
    installation = known.open_installation

    closed = assert_removed(installation_id=installation.id, at=moment(2), note="to the shelf")

    known.refresh_from_db()
    assert (closed.id, closed.removed_at) == (installation.id, moment(2))
    assert (known.status, known.asset) == ("removed", None)
    assert events_of(known) == [("INSTALLED", moment(0)), ("REMOVED", moment(2))]


def test_an_installation_is_recorded_and_derived(known: Component) -> None:
    user = get_user_model().objects.create(username="eve")
    assert_removed(installation_id=known.open_installation.id, at=moment(2))

    installation = install(known, "BETA", "Bay 7", moment(3), note="spare", user=user)

    assert (installation.asset.serial, installation.slot, installation.removed_at) == ("BETA", "Bay 7", None)
    assertion = Assertion.objects.get(act="install")
    assert (assertion.note, assertion.recorded_by) == ("spare", user)
    assert Event.objects.get(assertion=assertion).type == "INSTALLED"


def test_bundles_go_on_from_what_was_asserted(known: Component) -> None:
    assert_removed(installation_id=known.open_installation.id, at=moment(2))
    install(known, "BETA", "Bay 7", moment(3))

    bring(document(4, "BETA", disk("S1", "Bay 7", health="ok")))
    bring(document(5, "BETA", coverage=["disk"]))

    assert [kind for kind, _ in events_of(known)] == ["INSTALLED", "REMOVED", "INSTALLED", "REMOVED"]


def test_what_is_asserted_of_the_past_counts_from_then(known: Component) -> None:
    installation = install(known, "BETA", "Bay 7", moment(-5))

    assert (installation.installed_at, installation.removed_at) == (moment(-5), moment(0))
    assert events_of(known) == [("INSTALLED", moment(-5)), ("MOVED", moment(0))]


@pytest.mark.parametrize("slot", [f"Bay {number}" for number in range(8)])
def test_what_was_taken_out_may_be_put_elsewhere_at_the_same_moment(known: Component, slot: str) -> None:
    assert_removed(installation_id=known.open_installation.id, at=moment(2))

    installation = install(known, "ALPHA", slot, moment(2))

    assert (installation.slot, installation.removed_at) == (slot, None)
    assert [kind for kind, _ in events_of(known)] == ["INSTALLED", "REMOVED", "INSTALLED"]


def test_a_removal_at_the_moment_of_the_last_sighting_comes_after_it(known: Component) -> None:
    closed = assert_removed(installation_id=known.open_installation.id, at=moment(1))

    known.refresh_from_db()
    assert (closed.removed_at, known.status) == (moment(1), "removed")


def test_saying_the_same_twice_is_saying_it_once(known: Component) -> None:
    installation = known.open_installation
    assert_removed(installation_id=installation.id, at=moment(2))
    before = events_of(known)

    assert_removed(installation_id=installation.id, at=moment(2))

    assert events_of(known) == before
    assert Assertion.objects.count() == 1


def test_installing_it_where_it_is_changes_nothing(known: Component) -> None:
    installation = install(known, "ALPHA", "Bay 1", moment(2))

    assert installation == known.open_installation
    assert events_of(known) == [("INSTALLED", moment(0))]


def test_a_second_place_contradicts_the_installation(known: Component) -> None:
    with pytest.raises(Contradiction) as refused:
        install(known, "BETA", "Bay 7", moment(2))

    assert refused.value.installation_id == known.open_installation.id
    assert not Assertion.objects.exists()


def test_another_slot_contradicts_the_installation(known: Component) -> None:
    with pytest.raises(Contradiction) as refused:
        install(known, "ALPHA", "Bay 2", moment(2))

    assert refused.value.installation_id == known.open_installation.id


def test_a_slot_that_is_taken_contradicts_what_sits_in_it(known: Component) -> None:
    spare = Component.objects.create(type="disk", identity="disk:S2", lookup="disk:S2", serial="S2", declared=True)

    with pytest.raises(Contradiction) as refused:
        install(spare, "ALPHA", "Bay 1", moment(2))

    assert refused.value.installation_id == known.open_installation.id


def test_a_slot_may_be_taken_by_a_part_of_another_type(known: Component) -> None:
    fan = Component.objects.create(type="fan", identity="fan:F1", lookup="fan:F1", serial="F1", declared=True)

    assert install(fan, "ALPHA", "Bay 1", moment(2)).slot == "Bay 1"


def test_a_removal_before_it_was_seen_there_last_is_a_contradiction(known: Component) -> None:
    with pytest.raises(Contradiction) as refused:
        assert_removed(installation_id=known.open_installation.id, at=moment(0.5))

    assert refused.value.installation_id == known.open_installation.id


def test_a_removal_at_another_time_than_the_known_one_is_a_contradiction(known: Component) -> None:
    installation = known.open_installation
    assert_removed(installation_id=installation.id, at=moment(2))

    with pytest.raises(Contradiction) as refused:
        assert_removed(installation_id=installation.id, at=moment(3))

    assert refused.value.installation_id == installation.id


def test_a_removal_before_the_installation_is_impossible(known: Component) -> None:
    with pytest.raises(ImpossibleTime) as refused:
        assert_removed(installation_id=known.open_installation.id, at=moment(-1))

    assert refused.value.field == "removed_at"


def test_a_time_to_come_is_impossible(known: Component) -> None:
    tomorrow = timezone.now() + timedelta(days=2)

    with pytest.raises(ImpossibleTime) as refused:
        install(known, "ALPHA", "Bay 1", tomorrow)

    assert refused.value.field == "installed_at"
