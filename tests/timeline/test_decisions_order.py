"""Through the database: what comes of bundles and operators' decisions does not depend on which came when."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.decisions import DecisionKind
from registry.models import IdentityDecision
from tests.timeline.digest import natural_outcome
from tests.timeline.histories import RECEIVED, fleets, process, take_in
from timeline.services import Word, derive_everything, derive_waiting, revoke_decision
from timeline.services.decisions import decide

pytestmark = pytest.mark.django_db

WORD = Word(None, RECEIVED)
# Each example takes several databases' worth of work; hundreds were tried when this was written.
_few = settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)


@dataclass(frozen=True)
class Said:
    """An operator's decision."""

    kind: DecisionKind
    names: tuple[tuple[str, str], ...]
    asset: str = ""


PARTS = [
    ("disk:DISK-1", "SAMSUNG"),
    ("disk:DISK-2", ""),
    ("disk:SHARED", "SEAGATE"),
    ("disk:SHARED", ""),
    ("disk:TWIN-A", "KIOXIA"),
    ("disk~wwn~5000c500a1b2c309", ""),
    ("disk@SRV-1|BAY 1|EXOS", ""),
    ("disk:DISK-1|at SRV-2", ""),
]
SERVERS = [("asset:SRV-1", "DELL"), ("asset:SRV-2", ""), ("asset:SRV-3", "LENOVO"), ("asset:SRV-4", "")]
DECISIONS = st.one_of(
    st.lists(st.sampled_from(PARTS), min_size=2, max_size=3, unique_by=lambda name: name[0]).map(
        lambda names: Said(DecisionKind.MERGE, tuple(names))
    ),
    st.lists(st.sampled_from(SERVERS), min_size=2, max_size=2, unique=True).map(
        lambda names: Said(DecisionKind.MERGE, tuple(names))
    ),
    st.builds(
        lambda kind, name, asset: Said(kind, (name,), asset),
        st.sampled_from([DecisionKind.MERGE_SLOTS, DecisionKind.SPLIT_SLOTS, DecisionKind.SPLIT_ASSET]),
        st.sampled_from(PARTS[:5]),
        st.sampled_from(["SRV-1", "SRV-2", "SRV-3"]),
    ),
)


@contextmanager
def _empty_database() -> Iterator[None]:
    """What is stored inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _say(said: Said) -> IdentityDecision:
    decision = decide(said.kind, said.names, WORD, asset=said.asset)
    derive_waiting(now=RECEIVED)
    return decision


def _outcome_of(steps: Sequence[bytes | Said], revoked: Sequence[Said] = ()) -> object:
    with _empty_database():
        made = {}
        for step in steps:
            if isinstance(step, bytes):
                process(take_in(step).id, now=RECEIVED)
            else:
                made[step] = _say(step)
        for said in revoked:
            revoke_decision(made[said].id, WORD)
            derive_waiting(now=RECEIVED)
        return natural_outcome()


def _together(files: Sequence[bytes], said: Sequence[Said]) -> list[bytes | Said]:
    return [*files, *said]


@_few
@given(fleets(), st.lists(DECISIONS, min_size=1, max_size=3, unique=True), st.data())
def test_decisions_and_bundles_in_any_order_give_the_same(
    files: list[bytes], said: list[Said], data: st.DataObject
) -> None:
    otherwise = data.draw(st.permutations(_together(files, said)))

    assert _outcome_of(otherwise) == _outcome_of(_together(files, said))


@_few
@given(fleets(), st.lists(DECISIONS, min_size=1, max_size=3, unique=True), st.data())
def test_decisions_taken_back_are_as_if_they_had_never_been_made(
    files: list[bytes], said: list[Said], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(_together(files, said)))

    assert _outcome_of(mixed, revoked=said) == _outcome_of(files)


@_few
@given(fleets(), st.lists(DECISIONS, min_size=1, max_size=3, unique=True))
def test_deriving_everything_again_keeps_what_was_decided(files: list[bytes], said: list[Said]) -> None:
    with _empty_database():
        for one in said:
            _say(one)
        for file in files:
            process(take_in(file).id, now=RECEIVED)
        before = natural_outcome()

        derive_everything(now=RECEIVED)

        assert natural_outcome() == before
