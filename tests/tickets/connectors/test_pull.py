"""Pulling into the database: nothing is lost, nothing is stored twice, one run at a time."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from registry.models import FOREVER
from tests.builders import NOON, make_asset, make_component
from tests.tickets.connectors.asking import IMPATIENT
from tests.tickets.connectors.servers import answer
from tickets import services
from tickets.models import Connector, Failure, Ticket, TicketLink
from tickets.services import AlreadyRunning, sync_tickets

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
NOW = NOON + timedelta(days=200)  # ours; the tracker's clock is another
MAPPING = {"fields": {"asset_serial": "cf_1", "component_serial": "cf_2", "failure_mode": "cf_3"}}


def pull(connector, now=NOW, **options):
    """A run, without long pauses, and the row afterwards."""
    run = services.pull_tickets(connector.pk, now=now, patience=IMPATIENT, **options)
    connector.refresh_from_db()
    return run


def test_pulled_tickets_follow_the_same_rules_as_those_that_are_sent(jira, connect):
    asset, disk = make_asset(serial="7XK2M93"), make_component(type="disk", serial="S5FNNA0R500123")
    jira.put("OPS-1", LATER, cf_1="7xk2m93", cf_2="S5FNNA0R500123", cf_3="Media error")
    jira.put("OPS-2", LATER, "Done", resolutiondate="2026-03-01T13:30:00.000+0100", cf_1="NOTYET1")

    run = pull(connect(jira, mapping=MAPPING))

    assert (run.outcome, run.counts["created"]) == ("done", 2)
    first, second = Ticket.objects.order_by("external_id")
    assert (first.source, first.external_id, first.ends_at) == ("jira", "OPS-1", FOREVER)
    assert second.closed_at == NOON + timedelta(minutes=30)
    assert set(TicketLink.objects.filter(ticket=first).values_list("asset", "component")) == {
        (asset.pk, None),
        (None, disk.pk),
    }
    assert TicketLink.objects.unresolved().get().name == "NOTYET1"
    assert (Failure.objects.get().component, Failure.objects.get().mode) == (disk, "media_error")


def test_redmine_is_pulled_too(redmine, connect):
    redmine.put(7, LATER, "Closed", closed_on="2026-03-01T12:30:00Z")

    run = pull(connect(redmine))

    assert run.outcome == "done"
    assert Ticket.objects.get().closed_at == NOON + timedelta(minutes=30)


def test_a_second_run_asks_for_what_changed_and_writes_nothing_else(jira, connect):
    jira.put("OPS-1", NOON)
    jira.put("OPS-2", LATER)
    connector = connect(jira)
    pull(connector)
    jira.put("OPS-3", LATER + timedelta(minutes=1))

    run = pull(connector)

    assert +run.counts == {"created": 1, "unchanged": 1}
    assert connector.cursor == LATER + timedelta(minutes=1)


def test_all_is_read_again_when_asked_to(jira, connect):
    jira.put("OPS-1", NOON)
    jira.put("OPS-2", LATER + timedelta(days=1))
    connector = connect(jira)
    pull(connector)

    assert +pull(connector, full=True).counts == {"unchanged": 2}


def test_a_run_that_breaks_in_the_middle_goes_on_from_the_last_page_stored(jira, connect):
    for number in range(1, 10):
        jira.put(f"OPS-{number}", NOON + timedelta(hours=number))
    jira.most = 3
    jira.mishaps = [None, None, *[answer(500)] * (1 + IMPATIENT.retries)]
    connector = connect(jira)

    broken = pull(connector)
    assert (broken.outcome, Ticket.objects.count()) == ("failed", 3)
    assert connector.cursor == NOON + timedelta(hours=3)
    assert "Status 500" in connector.last_message
    jira.asked.clear()

    assert pull(connector).outcome == "done"
    assert 'updated >= "2026-03-01 15:50"' in jira.lists[0].params["jql"]  # in Berlin
    assert Ticket.objects.count() == 9


def test_the_cursor_moves_only_once_a_page_is_stored(jira, connect, monkeypatch):
    jira.put("OPS-1", LATER)
    connector = connect(jira)

    def fail(**_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("tickets.services.pull.sync_tickets", fail)

    with pytest.raises(RuntimeError):
        pull(connector)

    connector.refresh_from_db()
    assert (connector.cursor, connector.claimed_until, connector.last_outcome) == (None, None, "failed")
    assert connector.last_message == "RuntimeError: the log has more."


def test_a_bad_ticket_costs_only_itself_and_is_shown_until_it_is_well(jira, connect):
    jira.put("OPS-1", NOON)
    jira.put("OPS-2", LATER, "Done", resolutiondate="2020-01-01T00:00:00.000+0100")
    jira.put("OPS-3", LATER, created=None)
    jira.put("OPS-4", LATER)
    connector = connect(jira)

    run = pull(connector)

    assert (run.outcome, run.counts["created"], run.counts["rejected"]) == ("done", 2, 2)
    assert connector.refused == {
        "OPS-2": "closed_at: It lies before `opened_at`.",
        "OPS-3": "created: no time with an offset",
    }
    jira.put("OPS-2", LATER + timedelta(days=1), resolutiondate="2026-03-02T00:00:00.000+0100")
    pull(connector)
    assert list(connector.refused) == ["OPS-3"]


def test_a_tracker_that_wants_a_pause_gets_it_before_the_next_run(jira, connect):
    jira.mishaps = [answer(429, None, Retry_After="7200")] * (1 + IMPATIENT.retries)
    connector = connect(jira)

    run = pull(connector)

    assert run.outcome == "failed"
    assert timedelta(hours=2) <= connector.due_at - NOW < timedelta(hours=2, minutes=1)


def test_it_is_due_again_after_its_interval(jira, connect):
    connector = connect(jira, interval=30)

    pull(connector)

    assert not Connector.objects.due(NOW + timedelta(minutes=29)).exists()
    assert Connector.objects.due(NOW + timedelta(minutes=31)).exists()


def test_one_run_at_a_time(jira, connect, monkeypatch):
    connector = connect(jira)
    refused = []

    def meanwhile():
        with pytest.raises(AlreadyRunning):
            services.pull_tickets(connector.pk, now=NOW, patience=IMPATIENT)
        refused.append(True)

    jira.put("OPS-1", NOON)
    # In this thread: the server answers in others, which see no test's transaction.
    monkeypatch.setattr("tickets.services.pull.sync_tickets", lambda **fields: meanwhile() or sync_tickets(**fields))

    pull(connector)

    assert refused == [True]


@pytest.mark.django_db(transaction=True)
def test_of_two_that_begin_at_once_one_pulls(jira, connect):
    connector, begun, results = connect(jira), threading.Barrier(2), []

    def go():
        begun.wait()
        try:
            results.append(services.pull_tickets(connector.pk, now=NOW, patience=IMPATIENT).outcome)
        except AlreadyRunning:
            results.append("refused")
        finally:
            connection.close()

    # The tracker is slow, so that the one is still at it when the other comes.
    jira.everywhere = lambda _: time.sleep(0.5)
    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["done", "refused"]


def test_a_run_whose_process_died_holds_the_others_up_for_a_while_only(jira, connect, settings):
    connector = connect(jira, claimed_until=NOW + timedelta(seconds=60), last_outcome="running")

    with pytest.raises(AlreadyRunning):
        pull(connector)
    assert pull(connector, now=NOW + timedelta(seconds=60)).outcome == "done"


def test_a_run_that_lost_its_claim_moves_nothing(jira, connect, monkeypatch):
    jira.put("OPS-1", NOON)
    connector = connect(jira)

    def taken_over(**fields):
        Connector.objects.update(claimed_until=NOW + timedelta(days=1), last_message="another's")
        return sync_tickets(**fields)

    monkeypatch.setattr("tickets.services.pull.sync_tickets", taken_over)

    run = pull(connector)

    assert run.outcome == "unfinished"
    assert (connector.cursor, connector.last_message) == (None, "another's")


def test_a_run_ends_when_its_time_is_up_and_the_next_goes_on(jira, connect):
    for number in range(1, 10):
        jira.put(f"OPS-{number}", NOON + timedelta(hours=number))
    jira.most = 3
    connector = connect(jira)

    first = pull(connector, budget=timedelta(0))

    assert (first.outcome, Ticket.objects.count()) == ("unfinished", 3)
    assert Connector.objects.due(NOW + timedelta(seconds=30)).exists()
    assert pull(connector).outcome == "done"
    assert Ticket.objects.count() == 9


@pytest.mark.parametrize("field", ["mapping", "filter", "base_url"])
def test_what_decides_which_tickets_are_read_has_all_read_again(jira, connect, field):
    connector = connect(jira, cursor=NOON, refused={"OPS-1": "bad"}, claimed_until=NOW + timedelta(minutes=1))

    services.save_connector(connector, changed=[field], now=NOW)

    connector.refresh_from_db()
    assert (connector.cursor, connector.refused, connector.claimed_until) == (None, {}, None)


def test_what_does_not_decide_it_leaves_the_cursor(jira, connect):
    connector = connect(jira, cursor=NOON)
    connector.interval = 30

    services.save_connector(connector, changed=["interval"], now=NOW)

    connector.refresh_from_db()
    assert (connector.cursor, connector.interval) == (NOON, 30)


def test_a_mapping_that_changed_reaches_tickets_that_did_not(jira, connect):
    jira.put("OPS-1", NOON, "Waiting")
    connector = connect(jira)
    pull(connector)
    connector.mapping = {"statuses": {"Waiting": "closed"}}
    services.save_connector(connector, changed=["mapping"], now=NOW)

    assert +pull(connector).counts == {"updated": 1}
    assert Ticket.objects.get().closed_at == NOON
