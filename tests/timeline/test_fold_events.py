"""Events as values: their keys and their order."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from tests.timeline.histories import moment
from timeline.domain.facts import RANKS, Fact, first_position

EVENT = Fact("MOVED", moment(1), "b" * 64, "B", "disk:S1", moment(0), "A", "Bay 1", "Bay 2")


def _position(event: Fact) -> str:
    return event.position(event.key())


def test_a_key_is_the_same_wherever_the_same_is_derived() -> None:
    assert replace(EVENT).key() == EVENT.key()


def test_a_key_does_not_depend_on_the_time_zone_of_its_moments() -> None:
    zone = timezone(timedelta(hours=5))
    same = replace(EVENT, at=EVENT.at.astimezone(zone), not_before=moment(0).astimezone(zone))

    assert same.key() == EVENT.key()


@pytest.mark.parametrize(
    "change",
    [
        {"type": "REMOVED"},
        {"at": moment(2)},
        {"ref": "c" * 64},
        {"asset": "C"},
        {"component": "disk:S2"},
        {"not_before": None},
        {"from_asset": ""},
        {"from_value": "Bay 3"},
        {"to_value": "Bay 3"},
        {"from_asset": "ABay", "from_value": " 1"},
    ],
    ids=str,
)
def test_other_content_gives_another_key(change: dict[str, Any]) -> None:
    assert replace(EVENT, **change).key() != EVENT.key()


def test_events_are_in_the_order_of_time_before_all_else() -> None:
    earlier = replace(EVENT, type="HEALTH_CHANGED", at=moment(1) - timedelta(microseconds=1))

    assert _position(earlier) < _position(EVENT)


def test_events_of_one_moment_are_in_the_order_of_their_types() -> None:
    positions = [_position(replace(EVENT, type=kind)) for kind in RANKS]

    assert positions == sorted(positions)


def test_events_of_one_moment_and_type_have_places_of_their_own() -> None:
    events = [replace(EVENT, component=f"disk:S{number}") for number in range(50)]

    assert len({_position(event) for event in events}) == 50


def test_a_moment_has_a_position_before_all_its_events_and_after_all_earlier_ones() -> None:
    earlier = replace(EVENT, type="HEALTH_CHANGED", at=moment(1) - timedelta(microseconds=1))

    assert _position(earlier) < first_position(moment(1)) < _position(replace(EVENT, type="LOG_COLLECTED"))


def test_positions_fit_their_column_in_the_year_9999() -> None:
    last = replace(EVENT, at=moment(0).replace(year=9999))

    assert len(_position(last)) <= 64
    assert _position(EVENT) < _position(last)
