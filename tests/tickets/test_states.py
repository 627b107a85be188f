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
