"""Which tellings are one failure, and when it counts: the rules alone."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.builders import NOON
from tickets.domain.episodes import Episode, Service, Telling, counts_at, episodes

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told(
    hours: float,
    number: int = 1,
    *,
    severity: str = "fatal",
    mode: str = "media_error",
    source: str = "log",
    since: float | None = None,
) -> Telling:
    return Telling(number, NOON + hours * HOUR, severity, mode, source, None if since is None else NOON + since * HOUR)


def counted(*tellings: Telling, services: tuple[Service, ...] = ()) -> list[Episode]:
    return episodes(tellings, services, gap=DAY, grace=7 * DAY)


def served(start: float, end: float | None = None, *, failed: bool = False) -> Service:
    return Service(NOON + start * DAY, None if end is None else NOON + end * DAY, failed)


def test_one_failure_told_by_log_ticket_and_hand_is_one_episode_with_three_pieces_of_evidence():
    (episode,) = counted(told(0, 1), told(3, 2, source="ticket"), told(20, 3, source="manual"))

    assert episode.tellings == (1, 2, 3)
    assert episode.sources == ("log", "manual", "ticket")
    assert (episode.at, episode.last_at) == (NOON, NOON + 20 * HOUR)


@pytest.mark.parametrize(
    ("hours", "number"),
    [((0, 24), 1), ((0, 24.01), 2), ((0, 20, 40, 60), 1), ((0, 25, 50), 3), ((0, 0), 1)],
)
def test_tellings_no_further_apart_than_a_day_are_one_failure(hours: tuple[float, ...], number: int):
    assert len(counted(*(told(at, place) for place, at in enumerate(hours)))) == number


@pytest.mark.parametrize(
    ("tellings", "groups"),
    [
        pytest.param([told(100, 1, since=0), told(1, 2)], [(1, 2)], id="just after it was well"),
        pytest.param([told(100, 1, since=0), told(0, 2)], [(2,), (1,)], id="while it was well"),
        pytest.param([told(100, 1), told(50, 2)], [(2,), (1,)], id="failed at first sight"),
        pytest.param([told(100, 1, since=0), told(30, 2), told(70, 3)], [(1, 2, 3)], id="all of the time between"),
        pytest.param([told(100, 1, since=40), told(20, 2), told(50, 3)], [(2,), (1, 3)], id="not what was before"),
        pytest.param([told(100, 1, since=40), told(30, 2), told(50, 3)], [(1, 2, 3)], id="with what belongs to it"),
        pytest.param([told(100, 1, since=0), told(110, 2), told(130, 3)], [(1, 2, 3)], id="and what follows"),
        pytest.param([told(100, 1, since=0), told(150, 2, since=60)], [(1, 2)], id="two states"),
        pytest.param([told(100, 1, since=0), told(150, 2, since=100)], [(1,), (2,)], id="well in between"),
    ],
)
def test_what_is_told_of_the_time_within_which_a_state_began_is_of_the_same_failure(
    tellings: list[Telling], groups: list[tuple[int, ...]]
):
    found = [[one.tellings for one in counted(*order)] for order in permutations(tellings)]

    assert all(one == groups for one in found)


def test_warnings_are_no_failures():
    assert counted(told(0, severity="warning")) == []


def test_a_warning_does_not_tie_two_failures_together():
    assert len(counted(told(0, 1), told(20, 2, severity="warning"), told(40, 3))) == 2


def test_an_episode_is_as_bad_as_its_worst_telling_and_named_by_it():
    (episode,) = counted(told(0, 1, severity="critical", mode="smart_failed"), told(1, 2, mode="drive_failed"))

    assert (episode.severity, episode.mode) == ("fatal", "drive_failed")


def test_a_mode_that_names_something_counts_before_one_that_does_not():
    (episode,) = counted(told(0, 1, mode="self_reported"), told(1, 2, mode="media_error"))

    assert episode.mode == "media_error"


def test_the_order_of_the_tellings_does_not_matter():
    tellings = [told(0, 1), told(20, 2, source="ticket"), told(50, 3), told(50, 4, severity="critical")]
    expected = counted(*tellings)

    assert all(counted(*order) == expected for order in permutations(tellings))


@pytest.mark.parametrize(
    ("day", "services", "counts"),
    [
        pytest.param(5, [served(0)], 5, id="in service"),
        pytest.param(5, [served(0, 5, failed=True)], 5, id="at the moment of its removal"),
        pytest.param(6, [served(0, 5, failed=True)], 5, id="told after it was removed because it failed"),
        pytest.param(12, [served(0, 5, failed=True)], 5, id="a week after"),
        pytest.param(12.1, [served(0, 5, failed=True)], 12.1, id="more than a week after"),
        pytest.param(6, [served(0, 5)], 6, id="removed for another reason"),
        pytest.param(6, [served(0, 2, failed=True), served(3, 5)], 6, id="the last removal counts"),
        pytest.param(7, [served(0, 5, failed=True), served(6)], 7, id="in service again"),
        pytest.param(5, [], 5, id="never in service"),
        pytest.param(-1, [served(0)], -1, id="before its service"),
    ],
)
def test_a_failure_counts_at_the_removal_that_it_was_the_reason_of(day: float, services: list[Service], counts: float):
    assert counts_at(NOON + day * DAY, services, 7 * DAY) == NOON + counts * DAY
