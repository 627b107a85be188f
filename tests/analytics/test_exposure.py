"""Exposure and failures as the database sums them are those of the histories, whatever the groups and the window."""

from itertools import chain, combinations

from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from analytics.domain.spells import to_seconds
from analytics.domain.windows import Window
from analytics.selectors.cohorts import KEYS, cohort_names
from analytics.selectors.exposure import count, unattributed
from analytics.services import count_changes
from tests.analytics.fleets import FLEETS, SILENCE, build, count_slowly, half

SUBSETS = tuple(chain.from_iterable(combinations(KEYS, size) for size in range(len(KEYS) + 1)))


def _window(first: int, last: int) -> Window:
    return Window(to_seconds(half(first)), to_seconds(half(last)), SILENCE)


def _compare(window: Window, keys: tuple[str, ...]) -> None:
    slow, reasons = count_slowly(window, keys)
    names = cohort_names()
    groups, group_of = names.groups(keys)
    fast = count(window, group_of, len(groups))
    for number, group in enumerate(groups):
        expected = slow.pop(group, None)
        told = tuple(
            int(getattr(fast, name)[number]) for name in ("exposure", "components", "silent", "failures", "failed")
        )
        assert told == (
            (expected.exposure, len(expected.components), len(expected.silent), expected.failures, len(expected.failed))
            if expected
            else (0, 0, 0, 0, 0)
        )
    assert slow == {}
    assert unattributed(window, group_of) == reasons


class Fleets(TestCase):
    """In a class, since each example needs a database of its own."""

    @hypothesis_settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
    @given(fleet=FLEETS, bounds=st.tuples(st.integers(0, 800), st.integers(0, 800)), keys=st.sampled_from(SUBSETS))
    def test_sums_of_a_random_fleet_are_those_of_its_rows(self, fleet, bounds, keys):
        build(fleet)

        count_changes()

        _compare(_window(min(bounds), max(bounds) + 1), keys)
