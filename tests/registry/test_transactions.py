"""Work that the database gave up to untie a deadlock is done again, whole; all else is not."""

from collections.abc import Callable

import pytest
from django.db import OperationalError, transaction

from registry.transactions import again_on_deadlock

# On the engine's own terms: the test must not itself stand in a transaction.
pytestmark = pytest.mark.django_db(transaction=True)


def failing(*codes: int) -> tuple[Callable[[], str], list[int]]:
    """Work that fails with each of `codes` in turn and then succeeds, and the codes that are still to come."""
    left = list(codes)

    @again_on_deadlock
    def work() -> str:
        if left:
            raise OperationalError(left.pop(0), "as the database says it")
        return "done"

    return work, left


@pytest.mark.parametrize("code", [1213, 1205, 1020, 1467])
def test_work_given_up_for_another_ones_sake_is_done_again(code: int) -> None:
    work, left = failing(code, code)

    assert work() == "done"
    assert left == []


def test_another_fault_is_raised_at_once() -> None:
    work, left = failing(2006, 2006)

    with pytest.raises(OperationalError, match="2006"):
        work()

    assert left == [2006]


def test_within_a_larger_transaction_its_owner_must_begin_again() -> None:
    work, left = failing(1213, 1213)

    with pytest.raises(OperationalError, match="1213"), transaction.atomic():
        work()

    assert left == [1213]


def test_rivals_that_never_part_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    work, left = failing(*[1213] * 20)

    with pytest.raises(OperationalError, match="1213"):
        work()

    assert len(left) == 10
