"""Through the database: what comes of a set of bundles does not depend on how they came."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.models import Bundle, Snapshot
from ingest.services.parse import parse_bundle
from reanimator.pipeline import process_pending
from tests.timeline.digest import natural_outcome
from tests.timeline.histories import RECEIVED, fleets, process, take_in
from timeline.services import derive_everything, derive_snapshot, derive_waiting

pytestmark = pytest.mark.django_db

# Each example takes several databases' worth of work; hundreds were tried when this was written.
_some = settings(max_examples=10, suppress_health_check=list(HealthCheck))
_few = settings(_some, max_examples=5)


@contextmanager
def _empty_database() -> Iterator[None]:
    """What is stored inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _one_at_a_time(files: Iterable[bytes]) -> None:
    for content in files:
        process(take_in(content).id, now=RECEIVED)


def _received_first(files: Iterable[bytes]) -> None:
    for content in files:
        take_in(content)
    process_pending(now=RECEIVED)


def _parsed_first(files: Iterable[bytes]) -> None:
    for bundle in [take_in(content) for content in files]:
        parse_bundle(bundle.id, now=RECEIVED)
    # As several workers would that take what they find: not the oldest first.
    for key in Snapshot.objects.waiting().order_by("-id").values_list("id", flat=True):
        derive_snapshot(key, now=RECEIVED)
    derive_waiting(now=RECEIVED)


def _outcome_of(files: Sequence[bytes], way: Callable[[Iterable[bytes]], None] = _one_at_a_time) -> object:
    with _empty_database():
        way(files)
        return natural_outcome()


@_some
@given(fleets(), st.data())
def test_any_order_of_arrival_gives_the_same(files: list[bytes], data: st.DataObject) -> None:
    other_order = data.draw(st.permutations(files))

    assert _outcome_of(other_order) == _outcome_of(files)


@_few
@given(fleets(), st.data())
def test_duplicates_change_nothing(files: list[bytes], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=4))

    assert _outcome_of([*files, *repeated]) == _outcome_of(files)


@_few
@given(fleets())
def test_bundles_received_first_and_processed_later_give_the_same(files: list[bytes]) -> None:
    assert _outcome_of(files, _received_first) == _outcome_of(files[::-1])


@_few
@given(fleets())
def test_bundles_parsed_first_and_derived_in_another_order_give_the_same(files: list[bytes]) -> None:
    assert _outcome_of(files, _parsed_first) == _outcome_of(files)


@_few
@given(fleets())
def test_deriving_everything_again_changes_nothing(files: list[bytes]) -> None:
    with _empty_database():
        _one_at_a_time(files)
        before = natural_outcome()

        derive_everything(now=RECEIVED)

        assert natural_outcome() == before


@_few
@given(fleets())
def test_parsing_every_bundle_again_changes_nothing(files: list[bytes]) -> None:
    with _empty_database():
        _one_at_a_time(files)
        before = natural_outcome()

        for bundle in Bundle.objects.order_by("-id"):
            Bundle.objects.filter(id=bundle.id).update(status=Bundle.Status.RECEIVED)
            process(bundle.id, now=RECEIVED)

        assert natural_outcome() == before
