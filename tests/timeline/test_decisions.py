"""What operators decide about who is who is followed at once, and can be taken back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from ingest.models import Bundle, Observation
from ingest.services import amend
from registry.domain.decisions import DecisionKind
from registry.models import Asset, Component, IdentityDecision
from registry.services import declare_asset, declare_component
from tests.builders import make_project, make_user
from tests.timeline.digest import asset_identities, events_of, identities, natural_outcome
from tests.timeline.histories import RECEIVED, bring, disk, document, moment
from timeline.models import IdentityConflict
from timeline.services import (
    Undecidable,
    Word,
    assert_installed,
    derive_everything,
    merge_assets,
    merge_components,
    revoke_decision,
    settle_conflict,
)
from timeline.services.decisions import decide

pytestmark = pytest.mark.django_db

WORD = Word(user=None, at=RECEIVED, note="the label says so")
Followed = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def followed(django_capture_on_commit_callbacks: Any) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def component(identity: str) -> Component:
    return Component.objects.get(identity=identity)


def asset(identity: str) -> Asset:
    return Asset.objects.get(identity=identity)


def alternate() -> IdentityConflict:
    """One serial at two assets in turn, and the conflict that comes of it."""
    for day, where in enumerate(("ALPHA", "BETA", "ALPHA", "BETA")):
        bring(document(day, where, disk("S1", "Bay 1"), disk(f"OWN-{where}", "Bay 2"), coverage=[]))
    return IdentityConflict.objects.get()


def two_slots(day: float = 0, *slots: str) -> None:
    bring(document(day, "ALPHA", *(disk("S1", slot, model="PM1733") for slot in slots or ("Bay 1", "Bay 2"))))


# merging parts


def test_two_serials_that_are_one_part_have_one_history(followed: Followed) -> None:
    bring(document(0, "ALPHA", disk("S1")))
    bring(document(1, "BETA", disk("S2")))

    with followed():
        merge_components([component("disk:S1").id, component("disk:S2").id], WORD)

    assert identities() == {"disk:S1"}
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]
    assert (component("disk:S1").serial, component("disk:S1").lookup) == ("S1", "disk:S1")


def test_a_later_bundle_finds_the_part_by_either_serial(followed: Followed) -> None:
    bring(document(0, "ALPHA", disk("S1")), document(0, "BETA", disk("S2")))
    kept = component("disk:S2").id
    with followed():
        merge_components([kept, component("disk:S1").id], WORD)

    bring(document(2, "GAMMA", disk("S1")))
    bring(document(3, "DELTA", disk("S2")))

    assert identities() == {"disk:S2"}
    assert component("disk:S2").id == kept
    assert component("disk:S2").asset == asset("DELTA")


def test_vendors_parts_of_one_serial_can_be_bound_one_by_one(followed: Followed) -> None:
    for day, vendor in enumerate(("Samsung", "Seagate", "Toshiba")):
        bring(document(day, "ALPHA", disk("S1", vendor=vendor)))

    with followed():
        merge_components([component("disk:S1|SAMSUNG").id, component("disk:S1|SEAGATE").id], WORD)

    assert identities() == {"disk:S1|SAMSUNG", "disk:S1|TOSHIBA"}


def test_events_follow_when_a_second_vendor_gives_a_bound_part_another_name(followed: Followed) -> None:
    bring(document(0, "ALPHA", disk("S1", vendor="Samsung")), document(0, "BETA", disk("S2", vendor="")))
    with followed():
        merge_components([component("disk:S1").id, component("disk:S2").id], WORD)
    decision = IdentityDecision.objects.get()
    decision.names.update(vendor="")

    bring(document(1, "GAMMA", disk("S1", vendor="Seagate")))
    before = natural_outcome()
    derive_everything(now=RECEIVED)

    assert identities() == {"disk:S1|SAMSUNG"}
    assert natural_outcome() == before


def test_parts_that_only_their_places_name_can_be_bound(followed: Followed) -> None:
    bring(document(0, "ALPHA", {"type": "cpu", "slot": "CPU1"}, coverage=[]))
    bring(document(1, "ALPHA", {"type": "cpu", "slot": "Socket 1"}, coverage=[]))

    with followed():
        merge_components([component("cpu@ALPHA|CPU1|").id, component("cpu@ALPHA|SOCKET 1|").id], WORD)
    bring(document(2, "ALPHA", {"type": "cpu", "slot": "Socket 1", "firmware": "1"}, coverage=[]))

    assert identities() == {"cpu@ALPHA|CPU1|"}
    assert Observation.objects.filter(component=component("cpu@ALPHA|CPU1|")).count() == 3


def test_a_merge_taken_back_is_as_if_it_had_never_been(followed: Followed) -> None:
    bring(document(0, "ALPHA", disk("S1")), document(0, "BETA", disk("S2")))
    bring(document(1, "GAMMA", disk("S2", firmware="2")))
    before = natural_outcome()
    with followed():
        decision = merge_components([component("disk:S1").id, component("disk:S2").id], WORD)
    assert natural_outcome() != before

    with followed():
        revoke_decision(decision.id, Word(make_user(), RECEIVED))

    assert natural_outcome() == before
    decision.refresh_from_db()
    assert (decision.revoked_at, decision.note) == (RECEIVED, "the label says so")


def test_a_part_that_a_person_entered_comes_back_with_what_was_asserted_of_it(followed: Followed) -> None:
    spare = declare_component(type="disk", vendor="Samsung", serial="S2", model="PM1733")
    bring(document(0, "ALPHA", disk("S1")), document(0, "BETA"))
    assert_installed(component_id=spare.id, asset_id=asset("BETA").id, slot="Bay 9", at=moment(1))
    before = natural_outcome()
    with followed():
        decision = merge_components([component("disk:S1").id, spare.id], WORD)
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]

    with followed():
        revoke_decision(decision.id, WORD)

    assert natural_outcome() == before
    assert component("disk:S2").declared


@pytest.mark.parametrize("kinds", [("disk",), ("disk", "memory")])
def test_what_cannot_be_one_is_refused(kinds: tuple[str, ...]) -> None:
    bring(document(0, "ALPHA", *({"type": kind, "serial": "S1"} for kind in kinds)))

    with pytest.raises(Undecidable):
        merge_components(list(Component.objects.values_list("id", flat=True)), WORD)

    assert not IdentityDecision.objects.exists()


# merging assets


def test_an_asset_whose_board_was_replaced_is_one_asset(followed: Followed) -> None:
    bring(document(0, "OLD", disk("S1", "Bay 1"), disk(slot="Bay 2", model="M1")))
    bring(document(1, "NEW", disk("S1", "Bay 1"), disk(slot="Bay 2", model="M1")))
    assert events_of("disk:S1") == ["INSTALLED", "MOVED"]

    with followed():
        merge_assets([asset("NEW").id, asset("OLD").id], WORD)

    assert asset_identities() == {"NEW"}
    assert identities() == {"disk:S1", "disk@NEW|BAY 2|M1"}
    assert events_of("disk:S1") == events_of("disk@NEW|BAY 2|M1") == ["INSTALLED"]


@pytest.mark.parametrize("kept", ["ALPHA", "BETA"])
def test_a_later_bundle_finds_the_asset_by_either_serial(followed: Followed, kept: str) -> None:
    bring(document(0, "ALPHA"), document(0, "BETA"))
    other = {"ALPHA": "BETA", "BETA": "ALPHA"}[kept]
    with followed():
        merge_assets([asset(kept).id, asset(other).id], WORD)

    bring(document(1, "ALPHA", disk("S1")))
    bring(document(2, "BETA", disk("S1")))

    assert asset_identities() == {kept}
    assert events_of("disk:S1") == ["INSTALLED"]


def test_a_merge_that_names_a_vendor_lets_another_vendors_asset_go(followed: Followed) -> None:
    with followed():
        decide(DecisionKind.MERGE, [("asset:ALPHA", ""), ("asset:BETA", "LENOVO")], WORD)
    bring(document(0, "ALPHA"))
    bring(document(0, "BETA", named={"vendor": "Dell"}))
    assert asset_identities() == {"ALPHA"}

    bring(document(1, "BETA", named={"vendor": "Lenovo"}))

    assert asset_identities() == {"ALPHA", "BETA|DELL"}


def test_a_merge_of_assets_taken_back_is_as_if_it_had_never_been(followed: Followed) -> None:
    project = make_project()
    beta = declare_asset(vendor="Dell", serial="BETA", project=project)
    bring(document(0, "ALPHA", disk("S1", "Bay 1"), disk(slot="Bay 2")))
    bring(document(1, "BETA", disk("S1", "Bay 1"), disk(slot="Bay 2")))
    lone = bring(document(2, "", disk("S3", "Bay 3")))
    amend(lone.id, asset_id=beta.id, user=None, now=RECEIVED)
    before = natural_outcome()
    with followed():
        decision = merge_assets([asset("ALPHA").id, asset("BETA").id], WORD)
    assert asset_identities() == {"ALPHA"}
    assert component("disk:S3").asset == asset("ALPHA")

    with followed():
        revoke_decision(decision.id, WORD)

    assert natural_outcome() == before
    assert (asset("BETA").declared, asset("BETA").project) == (True, project)
    assert Bundle.objects.get(id=lone.id).asset_hint == asset("BETA")


# one name at two assets in turn


def test_a_name_at_two_assets_in_turn_can_be_two_parts(followed: Followed) -> None:
    conflict = alternate()

    with followed():
        settle_conflict(conflict.id, "split", WORD)
    bring(document(9, "BETA", disk("S1", "Bay 3"), coverage=[]))

    assert {"disk:S1", "disk:S1|at BETA"} <= identities()
    assert events_of("disk:S1") == ["INSTALLED"]
    assert events_of("disk:S1|at BETA") == ["INSTALLED", "MOVED"]
    assert component("disk:S1|at BETA").serial == "S1"
    assert not IdentityConflict.objects.exists()


def test_a_name_at_two_assets_in_turn_can_mean_that_they_are_one(followed: Followed) -> None:
    conflict = alternate()

    with followed():
        settle_conflict(conflict.id, "merge", WORD)

    assert asset_identities() == {"ALPHA"}
    assert events_of("disk:S1") == ["INSTALLED"]
    assert not IdentityConflict.objects.exists()


@pytest.mark.parametrize("verb", ["split", "merge"])
def test_what_was_decided_of_an_alternation_can_be_taken_back(followed: Followed, verb: str) -> None:
    conflict = alternate()
    before = natural_outcome()
    with followed():
        decision = settle_conflict(conflict.id, verb, WORD)
    assert natural_outcome() != before

    with followed():
        revoke_decision(decision.id, WORD)

    assert natural_outcome() == before


# one name at two slots


def test_a_name_at_two_slots_can_be_one_part(followed: Followed) -> None:
    two_slots()

    with followed():
        settle_conflict(IdentityConflict.objects.get().id, "merge", WORD)
    two_slots(1)
    two_slots(2, "Bay 1")

    assert identities() == {"disk:S1"}
    assert set(events_of("disk:S1")) <= {"INSTALLED", "MOVED"}
    assert component("disk:S1").serial == "S1"


def test_a_name_at_two_slots_can_be_two_parts_that_their_slots_name(followed: Followed) -> None:
    two_slots()
    two_slots(1, "Bay 1")
    assert identities() == {"disk:S1", "disk@ALPHA|BAY 1|PM1733", "disk@ALPHA|BAY 2|PM1733"}

    with followed():
        settle_conflict(IdentityConflict.objects.get().id, "split", WORD)
    two_slots(2, "Bay 2")
    bring(document(3, "BETA", disk("S1", "Bay 1")))

    assert identities() == {"disk:S1", "disk@ALPHA|BAY 1|PM1733", "disk@ALPHA|BAY 2|PM1733"}
    assert events_of("disk:S1") == ["INSTALLED"]
    assert component("disk:S1").asset == asset("BETA")


@pytest.mark.parametrize("verb", ["split", "merge"])
def test_what_was_decided_of_two_slots_can_be_taken_back(followed: Followed, verb: str) -> None:
    two_slots()
    two_slots(1, "Bay 1")
    before = natural_outcome()
    with followed():
        decision = settle_conflict(IdentityConflict.objects.get().id, verb, WORD)
    assert natural_outcome() != before

    with followed():
        revoke_decision(decision.id, WORD)

    assert natural_outcome() == before


def test_a_second_word_on_a_conflict_takes_the_place_of_the_first(followed: Followed) -> None:
    two_slots()
    conflict = IdentityConflict.objects.get().id
    with followed():
        first = settle_conflict(conflict, "merge", WORD)

    with followed():
        second = settle_conflict(conflict, "split", WORD)

    assert list(IdentityDecision.objects.in_force()) == [second]
    assert first != second
    assert identities() == {"disk@ALPHA|BAY 1|PM1733", "disk@ALPHA|BAY 2|PM1733"}


def test_a_conflict_that_is_ignored_changes_nothing(followed: Followed) -> None:
    conflict = alternate()
    before = natural_outcome()

    with followed():
        settle_conflict(conflict.id, "ignore", WORD)

    assert natural_outcome() == before


def test_a_conflict_that_is_no_more_is_refused() -> None:
    with pytest.raises(Undecidable):
        settle_conflict(10**6, "merge", WORD)


def test_an_unknown_verb_is_refused() -> None:
    two_slots()

    with pytest.raises(Undecidable):
        settle_conflict(IdentityConflict.objects.get().id, "delete", WORD)


def test_deriving_everything_again_keeps_what_was_decided(followed: Followed) -> None:
    conflict = alternate()
    two_slots(12)
    with followed():
        settle_conflict(conflict.id, "split", WORD)
        settle_conflict(IdentityConflict.objects.get(kind="two_slots").id, "merge", WORD)
        merge_components([component("disk:OWN-ALPHA").id, component("disk:OWN-BETA").id], WORD)
    before = natural_outcome()

    derive_everything(now=RECEIVED)

    assert natural_outcome() == before
