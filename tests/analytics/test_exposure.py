"""Exposure and failures as the database sums them are those of the histories, whatever the groups and the window."""

from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from analytics.domain.ages import AgeHistogram
from analytics.domain.question import KEYS
from analytics.domain.spells import month_begins, month_of, to_seconds
from analytics.domain.windows import Window
from analytics.models import Spell
from analytics.selectors.ages import age_histograms, at_places, by_age_band
from analytics.selectors.cohorts import cohort_names
from analytics.selectors.exposure import Counted, count, unattributed
from analytics.services import count_changes
from analytics.services.rollup import rollup_differences
from registry.models import Asset, Component, Installation
from tests.analytics.fleets import (
    FLEETS,
    HALF_DAY,
    SILENCE,
    START,
    Fleet,
    Part,
    build,
    count_slowly,
    half,
    lives_slowly,
    put_in,
)
from tests.builders import make_asset, make_component
from tickets.models import FailureEpisode
from timeline.models import FirmwarePeriod

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


FEW: dict[str, Any] = {"max_examples": 25, "phases": (Phase.explicit, Phase.generate)}


class Fleets(TestCase):
    """In a class, since each example needs a database of its own."""

    @hypothesis_settings(**FEW)
    @given(fleet=FLEETS, bounds=st.tuples(st.integers(0, 800), st.integers(0, 800)), keys=st.sampled_from(SUBSETS))
    def test_sums_of_a_random_fleet_are_those_of_its_rows(self, fleet, bounds, keys):
        build(fleet)

        count_changes()

        _compare(_window(min(bounds), max(bounds) + 1), keys)

    @hypothesis_settings(**FEW)
    @given(fleet=FLEETS, months=st.tuples(st.integers(0, 14), st.integers(0, 14)))
    def test_the_rollup_gives_the_same_to_the_second(self, fleet, months):
        first = month_of(to_seconds(START))
        window = Window(month_begins(first + min(months)), month_begins(first + max(months) + 1), SILENCE)
        build(fleet)

        count_changes()

        groups, group_of = cohort_names().groups(("model", "firmware"))
        raw = count(window, group_of, len(groups))
        rolled = count(window, group_of, len(groups), from_rollup=True)
        for name in Counted.__slots__:
            assert getattr(rolled, name).tolist() == getattr(raw, name).tolist(), name

    @hypothesis_settings(**FEW)
    @given(fleet=FLEETS, bounds=st.tuples(st.integers(0, 800), st.integers(0, 800)))
    def test_lives_by_age_are_those_of_the_rows(self, fleet, bounds):
        components = build(fleet)
        window = _window(min(bounds), max(bounds) + 1)

        count_changes()

        group_of = dict.fromkeys(cohort_names().values, 0)
        found = age_histograms(window, group_of).get(0)
        lives = lives_slowly(window, components)
        slow = AgeHistogram.of_lives(*zip(*lives, strict=True)) if lives else None
        assert _shape(found) == _shape(slow)

    @hypothesis_settings(**FEW)
    @given(fleet=FLEETS, bounds=st.tuples(st.integers(0, 800), st.integers(0, 800)))
    def test_age_bands_add_up_to_the_whole(self, fleet, bounds):
        build(fleet)
        window = _window(min(bounds), max(bounds) + 1)

        count_changes()

        groups, group_of = cohort_names().groups(("lot",))
        exposure, failures = by_age_band(window, group_of, len(groups))
        whole = count(window, group_of, len(groups))
        assert exposure.sum(axis=1).tolist() == whole.exposure.tolist()
        assert failures.sum(axis=1).tolist() == whole.failures.tolist()

    @hypothesis_settings(**FEW)
    @given(before=FLEETS, after=FLEETS)
    def test_what_changed_is_counted_anew_and_the_rollup_follows(self, before, after):
        build(before)
        count_changes()
        build(after)
        gone = Component.objects.order_by("id")[0]
        for table in (FailureEpisode, FirmwarePeriod, Installation):
            table.objects.filter(component=gone).delete()
        gone.delete()
        Asset.objects.order_by("id")[0].save()

        count_changes()

        assert rollup_differences() == 0
        _compare(_window(0, 800), ("model", "project"))


def _shape(histogram: AgeHistogram | None) -> list[tuple[float, int, int, int]]:
    """At risk, failures and censorings by age, whatever begins and ends there for one and the same life."""
    if histogram is None:
        return []
    columns = (histogram.ages, histogram.at_risk(), histogram.failures, histogram.entries - histogram.censored)
    return [row for row in zip(*(column.tolist() for column in columns), strict=True) if row[2] or row[3]]


def test_counting_again_changes_nothing(db):
    part = Part(model=0, lot=1, moves=((3, 0), (90, 1)), updates=((5, 1),), failures=(30,))
    build(Fleet(parts=(part,), heard=(200, 200, 200)))
    count_changes()
    before = list(Spell.objects.values())

    assert count_changes() == 0

    assert list(Spell.objects.values()) == before


def test_a_silent_asset_adds_no_exposure_for_ever(db):
    part = Part(model=0, lot=0, moves=((0, 0),), updates=(), failures=())
    build(Fleet(parts=(part,), heard=(20, 0, 0)))
    count_changes()

    found = count(_window(0, 800), dict.fromkeys(cohort_names().values, 0), 1)

    assert found.exposure.tolist() == [20 * HALF_DAY + SILENCE]
    assert found.silent.tolist() == [1]


def test_a_failure_told_later_carries_the_service_to_its_moment(db):
    part = Part(model=0, lot=0, moves=((0, 0),), updates=(), failures=(600,))
    build(Fleet(parts=(part,), heard=(20, 0, 0)))
    count_changes()

    found = count(_window(0, 800), dict.fromkeys(cohort_names().values, 0), 1)

    assert found.exposure.tolist() == [600 * HALF_DAY]
    assert found.failures.tolist() == [1]


def test_a_retired_asset_ends_the_service_of_its_parts(db):
    part = Part(model=0, lot=0, moves=((0, 0),), updates=(), failures=())
    build(Fleet(parts=(part,), heard=(20, 0, 0)))
    Asset.objects.filter(components__isnull=True, installations__isnull=False).update(retired_at=half(10))
    count_changes()

    found = count(_window(0, 800), dict.fromkeys(cohort_names().values, 0), 1)

    assert found.exposure.tolist() == [10 * HALF_DAY]


@pytest.mark.parametrize(("at", "told"), [(10, 0), (11, 1), (20, 1)])
def test_a_failure_as_a_spell_begins_is_the_previous_ones_and_as_it_ends_its_own(db, at, told):
    part = Part(model=0, lot=0, moves=((10, 0), (20, -1)), updates=(), failures=(at,))
    build(Fleet(parts=(part,), heard=(20, 0, 0)))
    count_changes()
    group_of = dict.fromkeys(cohort_names().values, 0)

    found = count(_window(0, 800), group_of, 1)

    assert found.failures.tolist() == [told]
    assert unattributed(_window(0, 800), group_of) == {"after_removal": 0, "no_spell": 1 - told}


def test_figures_add_up_over_adjacent_windows(db):
    part = Part(model=0, lot=0, moves=((0, 0),), updates=((40, 1),), failures=(50, 100))
    build(Fleet(parts=(part,), heard=(800, 0, 0)))
    count_changes()
    group_of = dict.fromkeys(cohort_names().values, 0)

    first, second, both = (count(_window(*bounds), group_of, 1) for bounds in ((0, 50), (50, 200), (0, 200)))

    assert (first.exposure + second.exposure).tolist() == both.exposure.tolist()
    assert ((first.failures + second.failures).tolist(), both.failures.tolist()) == ([2], [2])


@pytest.mark.parametrize(("keys", "lives"), [((), 1), (("firmware",), 2)])
def test_a_failure_on_the_very_day_of_an_update_is_in_the_curve(db, keys, lives):
    part = Part(model=1, lot=1, moves=((0, 0),), updates=((0, 0), (21, 1)), failures=(22,))
    build(Fleet(parts=(part,), heard=(200, 200, 200)))
    count_changes()

    _, group_of = cohort_names().groups(keys)
    found = age_histograms(_window(0, 60), group_of)

    assert len(found) == lives
    assert [sum(int(told.failures.sum()) for told in found.values()), found[max(found)].ages[-1]] == [1, 111]


def test_bays_that_differ_in_case_are_two(db):
    asset = make_asset()
    for bay in ("Bay 1", "bay 1"):
        Installation.objects.filter(id=put_in(make_component(), asset, half(0)).id).update(slot=bay)
    count_changes()

    group_of = dict.fromkeys(cohort_names().values, 0)
    found = at_places(_window(0, 20), group_of, ("asset_id", "slot"), [asset.id])

    assert sorted(place for place, *_ in found) == [(asset.id, "Bay 1"), (asset.id, "bay 1")]
