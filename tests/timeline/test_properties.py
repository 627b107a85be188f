"""What holds for the fold of any evidence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.timeline.histories import absent, evidence, installed, seen
from timeline.domain.evidence import Evidence, in_order
from timeline.domain.fold import Outcome, Period, Spell, State, fold, resume

WINDOW = timedelta(days=7)

_many = settings(max_examples=100)


def _fold(told: Sequence[Evidence]) -> Outcome:
    return fold("disk:S1", told, WINDOW)


def _keys(outcome: Outcome) -> list[str]:
    return sorted(fact.key() for fact in outcome.facts)


def _step_by_step(batches: Sequence[Sequence[Evidence]]) -> Outcome:
    """What the service stores: each batch resumed from the state before, or all folded anew where that cannot tell."""
    so_far: list[Evidence] = []
    stored = Outcome(State())
    for batch in batches:
        so_far.extend(batch)
        outcome = resume("disk:S1", stored.state, batch, WINDOW)
        stored = _fold(so_far) if outcome is None else _added(stored, outcome)
    return stored


def _added(stored: Outcome, news: Outcome) -> Outcome:
    closed_spells = tuple(spell for spell in stored.spells if spell.end is not None)
    closed_periods = tuple(period for period in stored.periods if period.end is not None)
    return Outcome(
        news.state,
        stored.facts + news.facts,
        closed_spells + news.spells,
        closed_periods + news.periods,
        stored.alternations,
    )


def _shown(outcome: Outcome) -> Outcome:
    """The outcome but for what the state only remembers in order to go on."""
    state = replace(outcome.state, recent=(), unsettled=False, arrived_at=None)
    return replace(outcome, state=state)


@_many
@given(evidence(), st.randoms(use_true_random=False))
def test_any_order_gives_the_same(told: list[Evidence], random: Random) -> None:
    shuffled = random.sample(told, len(told))

    assert _fold(shuffled) == _fold(told)
    assert _keys(_fold(shuffled)) == _keys(_fold(told))


@_many
@given(evidence(), st.data())
def test_duplicates_give_the_same(told: list[Evidence], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=5)) if told else []

    assert _fold([*told, *repeated]) == _fold(told)


@_many
@given(evidence(most=24))
@example([seen(day, "ABABAB"[day]) for day in range(6)])
@example([seen(0, "A", parsers="p"), installed(1, "A"), seen(2, "A", parsers="q"), absent(3, "A", "p")]
         + [seen(4 + day, "BABA"[day], parsers="q") for day in range(4)])  # fmt: skip
def test_step_by_step_gives_the_same_as_all_at_once(told: list[Evidence]) -> None:
    ordered = sorted(told, key=in_order)

    stepped = _step_by_step([[item] for item in ordered])

    assert _shown(stepped) == _shown(_fold(told))


@_many
@given(evidence(most=24), st.data())
def test_any_split_into_batches_gives_the_same(told: list[Evidence], data: st.DataObject) -> None:
    ordered = sorted(told, key=in_order)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(ordered)), max_size=4)))
    batches = [ordered[start:end] for start, end in pairwise([0, *cuts, len(ordered)])]

    assert _shown(_step_by_step(batches)) == _shown(_fold(told))


@_many
@given(evidence())
def test_events_have_keys_of_their_own(told: list[Evidence]) -> None:
    keys = _keys(_fold(told))

    assert len(set(keys)) == len(keys)


@_many
@given(evidence())
def test_events_come_in_the_order_of_time_and_none_before_what_bounds_it(told: list[Evidence]) -> None:
    facts = _fold(told).facts

    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)
    assert all(fact.not_before is None or fact.not_before <= fact.at for fact in facts)


def _check_intervals(intervals: Sequence[Spell | Period]) -> None:
    assert all(item.end is None or item.start < item.end for item in intervals)
    assert all(a.end is not None and a.end <= b.start for a, b in pairwise(intervals))


@_many
@given(evidence())
def test_spells_are_in_order_and_never_overlap(told: list[Evidence]) -> None:
    outcome = _fold(told)

    _check_intervals(outcome.spells)
    assert any(spell.end is None for spell in outcome.spells) == bool(outcome.state.asset)


@_many
@given(evidence())
def test_periods_of_firmware_are_in_order_and_never_overlap(told: list[Evidence]) -> None:
    outcome = _fold(told)

    _check_intervals(outcome.periods)
    assert any(period.end is None for period in outcome.periods) == bool(outcome.state.firmware)


@_many
@given(evidence())
def test_where_a_component_sat_is_where_it_was_seen_or_put(told: list[Evidence]) -> None:
    places = {(item.at, item.asset) for item in told}

    assert all((spell.start, spell.asset) in places for spell in _fold(told).spells)
