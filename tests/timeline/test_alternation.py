"""A name at two assets in turn is a conflict of identity, and no stream of moves."""

from datetime import timedelta

import pytest

from tests.timeline.histories import absent, installed, moment, seen
from timeline.domain.evidence import Evidence
from timeline.domain.fold import Outcome, fold

WINDOW = timedelta(days=7)


def _fold(*evidence: Evidence) -> Outcome:
    return fold("disk:S1", evidence, WINDOW)


def _assets(outcome: Outcome) -> list[str]:
    """Where the component went, by its events."""
    return [fact.asset for fact in outcome.facts if fact.type in {"INSTALLED", "MOVED"}]


def test_in_turn_at_two_assets_is_one_conflict_and_no_move() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B"))

    assert _assets(outcome) == ["A"]
    assert [(told.home, told.others) for told in outcome.alternations] == [("A", ("B",))]
    assert outcome.state.asset == "A"


def test_several_sightings_in_a_row_count_as_one_turn() -> None:
    outcome = _fold(seen(0, "A"), seen(0.5, "A"), seen(1, "B"), seen(1.5, "B"), seen(2, "A"), seen(3, "B"))

    assert _assets(outcome) == ["A"]
    assert len(outcome.alternations) == 1


NO_CONFLICT: dict[str, tuple[list[Evidence], list[str]]] = {
    "there and back": ([seen(0, "A"), seen(1, "B"), seen(2, "A")], ["A", "B", "A"]),
    "a round of three assets": ([seen(0, "A"), seen(1, "B"), seen(2, "C"), seen(3, "A")], ["A", "B", "C", "A"]),
    "slower than the window": ([seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(7.1, "B")], ["A", "B", "A", "B"]),
    "an absence before the first move": (
        [seen(0, "A"), absent(0.5, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B")],
        ["A", "B", "A", "B"],
    ),
    "an absence in between": (
        [seen(0, "A"), seen(1, "B"), absent(1.5, "B"), seen(2, "A"), seen(3, "B")],
        ["A", "B", "A", "B"],
    ),
    "the place it left says that it is gone": (
        [seen(0, "A"), seen(1, "B"), absent(1.5, "A"), seen(2, "A"), seen(3, "B")],
        ["A", "B", "A", "B"],
    ),
    "an operator's word in between": (
        [seen(0, "A"), seen(1, "B"), installed(1.5, "B"), seen(2, "A"), seen(3, "B")],
        ["A", "B", "A", "B"],
    ),
}


@pytest.mark.parametrize(("evidence", "assets"), NO_CONFLICT.values(), ids=NO_CONFLICT.keys())
def test_is_no_conflict(evidence: list[Evidence], assets: list[str]) -> None:
    outcome = _fold(*evidence)

    assert outcome.alternations == ()
    assert _assets(outcome) == assets


def test_an_absence_that_no_parser_which_saw_it_tells_leaves_the_conflict() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B"), absent(1.5, "B", "another"), seen(2, "A"), seen(3, "B"))

    assert len(outcome.alternations) == 1


def test_exactly_the_window_is_still_in_turn() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(7, "B"))

    assert len(outcome.alternations) == 1


def test_the_window_runs_from_the_last_sighting_of_the_first_turn() -> None:
    outcome = _fold(seen(0, "A"), seen(20, "A"), seen(21, "B"), seen(22, "A"), seen(23, "B"))

    assert len(outcome.alternations) == 1
    assert outcome.alternations[0].first_at == moment(20)


def test_turns_that_go_on_are_one_conflict() -> None:
    outcome = _fold(*(seen(day, "AB"[day % 2]) for day in range(10)))

    assert _assets(outcome) == ["A"]
    assert [(told.first_at, told.last_at) for told in outcome.alternations] == [(moment(0), moment(9))]


def test_the_last_place_is_believed_once_the_component_stayed_for_longer_than_the_window() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B"), seen(10.5, "B"))

    assert _assets(outcome) == ["A", "B"]
    assert outcome.facts[-1].at == moment(3)
    assert outcome.state.asset == "B"


def test_the_last_place_is_believed_once_the_home_enumerates_its_parts_without_it() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B"), absent(4, "A"))

    assert _assets(outcome) == ["A", "B"]
    assert outcome.state.asset == "B"


def test_a_stay_that_is_believed_is_not_doubted_by_a_later_conflict() -> None:
    first = [seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B"), seen(20, "B")]
    second = [seen(21, "C"), seen(22, "B"), seen(23, "C")]

    outcome = _fold(*first, *second)

    assert _assets(outcome) == ["A", "B"]
    assert [(told.home, told.others) for told in outcome.alternations] == [("A", ("B",)), ("B", ("C",))]


def test_a_third_asset_after_the_turns_is_a_move_from_home() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B"), seen(4, "C"), seen(30, "C"))

    assert _assets(outcome) == ["A", "C"]


def test_doubted_sightings_change_neither_firmware_nor_health() -> None:
    outcome = _fold(
        seen(0, "A", firmware="1", health="ok"),
        seen(1, "B", firmware="2", health="failed"),
        seen(2, "A", firmware="1", health="ok"),
        seen(3, "B", firmware="2", health="failed"),
    )

    assert [fact.type for fact in outcome.facts] == ["INSTALLED"]


def test_doubted_sightings_describe_all_the_same() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "B", facts=(("model", 0, "M"),)), seen(2, "A"), seen(3, "B"))

    assert outcome.state.facts == (("model", 0, "M"),)


def test_a_conflict_stays_unsettled_only_while_more_may_come_of_it() -> None:
    turns = [seen(0, "A"), seen(1, "B"), seen(2, "A"), seen(3, "B")]

    assert _fold(*turns).state.unsettled
    assert not _fold(*turns, seen(20, "B")).state.unsettled
    assert not _fold(*turns, seen(4, "C"), seen(20, "C")).state.unsettled
