"""Reading all that changed while it goes on changing: nothing is lost, whatever the tracker's clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import NOON
from tests.tickets.connectors.asking import pages_of
from tests.tickets.connectors.servers import FakeJira, FakeRedmine, keys
from tickets.connectors import TrackerFault


def minutes(number: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(minutes=number)


def numbered(count: int) -> list[str]:
    return [f"OPS-{number}" for number in range(1, count + 1)]


def fill(jira: FakeJira, count: int, step: float) -> None:
    for number in range(count):
        jira.put(f"OPS-{number + 1}", minutes(number * step))


def test_all_pages_are_read_oldest_change_first(jira):
    fill(jira, 25, step=1)
    jira.most = 10

    pages = pages_of(jira)

    assert list(dict.fromkeys(keys(pages))) == numbered(25)
    assert pages[-1].cursor == minutes(24)


def test_each_page_says_up_to_where_all_is_read(jira):
    fill(jira, 5, step=1)
    jira.most = 2

    cursors = [page.cursor for page in pages_of(jira) if page.cursor]

    assert cursors == sorted(cursors)
    assert cursors[0] == minutes(1)


def test_more_changes_in_one_minute_than_a_page_holds_are_all_read(jira):
    fill(jira, 23, step=0.01)
    jira.most = 5

    assert set(keys(pages_of(jira))) == set(numbered(23))


def test_only_what_changed_after_the_cursor_is_read_with_some_overlap(jira):
    fill(jira, 60, step=1)

    read = keys(pages_of(jira, minutes(50)))

    assert read == numbered(60)[40:]


def test_nothing_that_changed_leaves_the_cursor_where_it_was(jira):
    fill(jira, 3, step=1)

    [page] = pages_of(jira, minutes(2000))

    assert (page.tickets, page.cursor) == ([], minutes(2000))


@pytest.mark.parametrize("step", [0.001, 1])
def test_tickets_that_change_while_pages_are_read_hide_no_others(jira, step):
    fill(jira, 12, step)
    jira.most = 4
    # The first three move to the end: by their numbers, the next page would begin three too late.
    jira.meanwhile = [lambda: [jira.put(key, minutes(60)) for key in ("OPS-1", "OPS-2", "OPS-3")] and None]

    read = keys(pages_of(jira))

    assert set(read) == set(numbered(12))
    assert read.count("OPS-1") >= 2


def test_a_tracker_in_which_all_changes_at_once_again_and_again_is_left_alone_in_the_end(jira):
    fill(jira, 6, step=0.001)
    jira.most = 3
    turn = iter(range(1, 100_000))

    def change_all() -> None:
        step = next(turn)
        for place, key in enumerate(sorted(jira.issues, key=lambda name: jira.issues[name]["fields"]["updated"])):
            jira.put(key, minutes(0.001 * (6 * step + place % 5)))

    jira.meanwhile = [change_all] * 1000

    with pytest.raises(TrackerFault, match="faster than they can be read"):
        pages_of(jira)


@pytest.mark.parametrize("hours", [-30, -3, 3, 30])
def test_our_own_clock_does_not_matter(jira, hours):
    """The tracker's clock is off against ours by so much; it dates changes, and knows no other."""
    off = timedelta(hours=hours)
    real = datetime.now(UTC).replace(microsecond=0)
    jira.now = real + off
    jira.put("OPS-1", real + off - timedelta(minutes=1))
    first = pages_of(jira)
    jira.now += timedelta(minutes=5)
    jira.put("OPS-2", jira.now)

    second = pages_of(jira, first[-1].cursor)

    assert first[-1].cursor == real + off - timedelta(minutes=1)
    assert "OPS-2" in keys(second)


def test_a_ticket_from_the_trackers_future_hides_none_that_come_until_then(jira):
    jira.put("OPS-1", jira.now + timedelta(days=3650))
    [first] = pages_of(jira)
    jira.now += timedelta(minutes=30)
    jira.put("OPS-2", jira.now)

    second = pages_of(jira, first.cursor)

    assert first.cursor == jira.now - timedelta(minutes=30)
    assert set(keys(second)) == {"OPS-1", "OPS-2"}


def test_more_tickets_from_the_future_than_a_page_holds_are_all_read(jira):
    for number in range(1, 10):
        jira.put(f"OPS-{number}", jira.now + timedelta(days=number))
    jira.most = 2

    assert set(keys(pages_of(jira))) == set(numbered(9))


def test_a_trackers_clock_that_was_set_back_loses_no_change(jira):
    cursor = jira.now
    jira.now -= timedelta(hours=3)
    jira.put("OPS-1", jira.now - timedelta(minutes=30))

    [page] = pages_of(jira, cursor)

    assert keys([page]) == ["OPS-1"]
    assert page.cursor == jira.now - timedelta(minutes=30)


def test_tickets_out_of_order_are_refused_rather_than_lost(jira):
    fill(jira, 3, step=5)
    backwards = dict(reversed(jira.issues.items()))
    jira.serve = lambda asked: FakeJira.serve(jira, asked)
    jira._matching = lambda _: list(backwards.values())

    with pytest.raises(TrackerFault, match="order"):
        pages_of(jira)


def test_a_tracker_that_promises_more_and_gives_none_is_no_endless_loop(jira):
    fill(jira, 3, step=0)
    jira.most = 1

    with pytest.raises(TrackerFault, match="gives none"):
        pages_of(jira)


def test_redmine_is_read_page_by_page_too(redmine):
    for number in range(1, 26):
        redmine.put(number, minutes(number))
    redmine.most = 10

    pages = pages_of(redmine)

    assert list(dict.fromkeys(keys(pages))) == [str(number) for number in range(1, 26)]
    assert pages[-1].cursor == minutes(25)


def test_more_changes_in_one_second_than_a_page_of_redmine_holds_are_all_read(redmine: FakeRedmine):
    for number in range(1, 14):
        redmine.put(number, NOON)
    redmine.most = 4
    redmine.meanwhile = [lambda: redmine.put(1, minutes(1)), lambda: redmine.put(2, minutes(1))]

    assert set(keys(pages_of(redmine))) == {str(number) for number in range(1, 14)}
