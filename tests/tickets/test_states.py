"""When a condition began, from looks in any order: the rule alone."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.builders import NOON
from tickets.domain.states import Look, runs

DAY = timedelta(days=1)


def look(day: float, says: str, ref: str = "a") -> Look:
    """A snapshot: the parsers that saw the part, those that tell that it failed in capitals."""
    return Look(NOON + day * DAY, ref, frozenset(says.lower()), frozenset(one.lower() for one in says if one.isupper()))


def days(*looks: Look) -> list[tuple[int, int]]:
    return [((run.first.at - NOON).days, (run.last.at - NOON).days) for run in runs(looks)]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param([], [], id="nothing seen"),
        pytest.param([look(0, "j")], [], id="well"),
        pytest.param([look(0, "J")], [(0, 0)], id="failed when first seen"),
        pytest.param([look(0, "j"), look(1, "J"), look(2, "J")], [(1, 2)], id="failed since"),
        pytest.param([look(0, "J"), look(1, "j"), look(2, "J")], [(0, 0), (2, 2)], id="well in between"),
        pytest.param([look(0, "J"), look(1, "r"), look(2, "J")], [(0, 2)], id="another tool saw it in between"),
        pytest.param([look(0, "JT"), look(1, "J"), look(2, "T")], [(0, 2)], id="told by two tools in turn"),
        pytest.param([look(0, "J"), look(1, "jT"), look(2, "J")], [(0, 2)], id="one of two tells it always"),
        pytest.param(
            [look(0, "JT"), look(1, "t"), look(2, "J")], [(0, 0), (2, 2)], id="either tool may say it is well"
        ),
        pytest.param([look(0, "J", "b"), look(0, "j", "a")], [(0, 0)], id="one moment, by the bundles' digests"),
    ],
)
def test_a_state_is_told_once_where_it_began(looks: list[Look], expected: list[tuple[int, int]]):
    assert all(days(*order) == expected for order in permutations(looks))


def began(*looks: Look) -> list[int | None]:
    """The days after which the runs began, by looks in any order."""
    found = [
        [(run.not_before - NOON).days if run.not_before else None for run in runs(order)]
        for order in permutations(looks)
    ]
    assert all(one == found[0] for one in found)
    return found[0]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param([look(0, "J"), look(1, "J")], [None], id="failed at first sight"),
        pytest.param([look(0, "j"), look(1, "j"), look(3, "J")], [1], id="well until then"),
        pytest.param([look(0, "j"), look(1, "r"), look(3, "J")], [0], id="another tool cannot tell"),
        pytest.param([look(0, "r"), look(3, "J")], [None], id="no other tool can"),
        pytest.param([look(0, "t"), look(1, "j"), look(3, "JT")], [1], id="either of two tells it"),
        pytest.param([look(0, "J"), look(1, "j"), look(3, "T")], [None, 1], id="it is well since one said so"),
        pytest.param([look(0, "T"), look(1, "jT"), look(2, "t"), look(4, "J")], [None, 2], id="silent beside a word"),
    ],
)
def test_a_state_began_after_the_part_was_seen_well_last(looks: list[Look], expected: list[int | None]):
    assert began(*looks) == expected
