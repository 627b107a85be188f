"""Pulling as beat, a command line and the admin start it; and where its secrets do not go."""

import io
import json
import logging
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from reanimator.settings import CELERY_BEAT_SCHEDULE
from tests.builders import NOON, make_staff
from tests.clients import client_as
from tests.tickets.connectors.asking import IMPATIENT
from tests.tickets.connectors.conftest import VARIABLE
from tests.tickets.connectors.servers import SECRET, FakeJira, answer
from tickets.connectors import Account
from tickets.models import Connector, Ticket
from tickets.tasks import pull_due, pull_one

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No pause is long enough to wait for in a test."""
    monkeypatch.setattr("tickets.connectors.web.USUAL", IMPATIENT)


def page(name, *args):
    return reverse(f"admin:tickets_connector_{name}", args=args)


def press(client, name, connector):
    """Text of the page to which an action leads."""
    return client.get(page(name, connector.pk), follow=True).content.decode()


def test_beat_pulls_from_every_tracker_that_is_due(jira, redmine, connect):
    jira.put("OPS-1", NOON)
    redmine.put(1, NOON)
    later = timezone.now() + timedelta(minutes=5)
    connect(jira)
    connect(jira, name="off", enabled=False)
    connect(jira, name="later", due_at=later)
    connect(jira, name="running", claimed_until=later)
    connect(redmine)

    pull_due()

    assert set(Ticket.objects.values_list("source", flat=True)) == {"jira", "redmine"}
    assert "tickets.pull_due" in {entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()}


def test_a_task_that_comes_twice_pulls_once(jira, connect):
    connector = connect(jira)
    pull_one(connector.pk, only_due=True)
    jira.asked.clear()

    pull_one(connector.pk, only_due=True)

    assert jira.asked == []


def command(*arguments):
    out = io.StringIO()
    call_command("sync_tickets", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_pulls_from_all_that_are_enabled(jira, redmine, connect):
    jira.put("OPS-1", NOON)
    redmine.put(1, NOON, created_on=None)
    connect(jira)
    connect(redmine)
    connect(jira, name="off", enabled=False)

    assert command().splitlines() == [
        "jira: done, 1 created",
        "redmine: done, 1 rejected",
        "  1: created_on: no time with an offset",
    ]


def test_the_command_pulls_from_one_again_in_full(jira, connect):
    jira.put("OPS-1", NOON)
    connect(jira, enabled=False, cursor=NOON + timedelta(days=9))

    assert command("jira") == "jira: done, nothing new\n"
    assert command("jira", "--full") == "jira: done, 1 created\n"


def test_the_command_fails_when_a_tracker_does_and_still_asks_the_others(jira, redmine, connect):
    jira.everywhere = lambda _: answer(401)
    redmine.put(1, NOON)
    connect(jira)
    connect(redmine)

    with pytest.raises(CommandError, match="1 of 2"):
        command()

    assert Ticket.objects.get().source == "redmine"


def test_the_command_knows_no_other_names(jira, connect):
    connect(jira)

    with pytest.raises(CommandError, match="there are: jira"):
        command("jura")


def test_an_operator_sets_a_connector_up_and_syncs(jira, root, connect):
    jira.put("OPS-1", NOON)
    mapping = json.dumps({"fields": {"asset_serial": "customfield_10101"}})
    form = {"name": "hardware", "kind": "jira", "enabled": "on", "interval": "5", "base_url": jira.address}
    root.post(page("add"), {**form, "secret_variable": VARIABLE, "mapping": mapping, "project": "OPS"})
    connector = Connector.objects.get()

    text = press(root, "sync_now", connector)

    assert "hardware: done, 1 created." in text
    assert Ticket.objects.get().source == "hardware"


@pytest.mark.parametrize(
    "field", [{"base_url": "ftp://x"}, {"secret_variable": "SECRET_KEY"}, {"mapping": '{"fields": {"asset": "x"}}'}]
)
def test_a_set_up_that_cannot_work_is_refused_in_the_form(root, field):
    form = {"name": "hw", "kind": "jira", "enabled": "on", "interval": "5", "base_url": "http://x", "mapping": "{}"}

    response = root.post(page("add"), {**form, **field})

    assert list(response.context["adminform"].form.errors) == list(field)
    assert not Connector.objects.exists()


def test_a_connection_is_tested_without_storing_anything(jira, root, connect):
    jira.put("OPS-1", NOON)
    connector = connect(jira)

    text = press(root, "test_connection", connector)

    assert "Signed in as Ticket Reader, Europe/Berlin. 1 tickets match; of the first 1: severity in 1." in text
    assert not Ticket.objects.exists()


def test_a_failed_test_says_why(jira, root, connect, monkeypatch):
    connector = connect(jira)
    monkeypatch.delenv(VARIABLE)

    assert f"The environment variable {VARIABLE} is not set where this runs." in press(
        root, "test_connection", connector
    )


def test_several_are_synced_from_the_list(jira, redmine, root, connect):
    jira.put("OPS-1", NOON)
    redmine.put(1, NOON)
    chosen = [connect(jira).pk, connect(redmine).pk]

    root.post(page("changelist"), {"action": "sync_selected", "_selected_action": chosen})

    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("name", ["sync_now", "sync_all", "test_connection"])
def test_a_viewer_starts_nothing(jira, client, connect, name):
    connector = connect(jira)
    client.force_login(make_staff("view_*"))

    assert client.get(page(name, connector.pk)).status_code == 403
    assert jira.asked == []


def test_refused_tickets_are_on_the_page(jira, root, connect):
    jira.put("OPS-13", NOON, created=None)
    connector = connect(jira)

    text = press(root, "sync_now", connector)

    assert "OPS-13" in text
    assert "created: no time with an offset" in text


def test_a_run_that_was_killed_looks_so(jira, root, connect):
    connector = connect(jira, last_outcome="running", claimed_until=NOON)

    assert "broken off" in root.get(page("change", connector.pk)).content.decode()


def test_a_secret_may_be_in_a_file_and_be_exchanged(jira, connect, monkeypatch, tmp_path):
    file = tmp_path / "token"
    file.write_text("an old one\n")
    connector = connect(jira)
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(file))
    pull_one(connector.pk)
    assert Connector.objects.get().last_outcome == "failed"

    file.write_text(f"{SECRET}\n")
    pull_one(connector.pk)

    assert Connector.objects.get().last_outcome == "done"


def everything_stored():
    """All that is in the database, as text."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            yield from (str(value) for row in cursor.fetchall() for value in row)


def misbehave(jira: FakeJira, how: str) -> None:
    """Has the server repeat what it was sent, in one way or another."""
    told = {
        "well": None,
        "message": lambda asked: answer(400, {"errorMessages": [f"Bad {asked.headers['Authorization']}"]}),
        "redirect": lambda _: answer(302, None, Location=f"http://127.0.0.1:1/?token={SECRET}"),
        "busy": lambda _: answer(429, {"errors": [SECRET]}, X_Token=SECRET),
        "page": lambda _: (200, {}, f"<html>{SECRET}</html>".encode()),
        "length": lambda _: (200, {"Content-Encoding": "gzip"}, SECRET.encode()),
    }[how]
    if told is not None:
        jira.everywhere = told


@pytest.mark.parametrize("how", ["well", "message", "redirect", "busy", "page", "length"])
@pytest.mark.parametrize("username", ["", "bot@example.com"])
def test_secrets_are_in_no_row_no_line_of_the_log_and_no_answer(jira, root, connect, caplog, capfd, how, username):
    jira.put("OPS-1", NOON)
    connector = connect(jira, username=username)
    misbehave(jira, how)
    caplog.set_level(logging.DEBUG)
    engineer = client_as("admin")

    shown = [press(root, name, connector) for name in ("sync_now", "test_connection", "sync_all")]
    shown += [root.get(page("changelist")).content.decode(), engineer.get("/tickets").content.decode()]
    try:
        shown.append(command())
    except CommandError as refusal:
        shown.append(str(refusal))

    printed = "".join(capfd.readouterr())
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    basic = Account(username, SECRET).basic()
    assert Connector.objects.get().last_outcome == ("done" if how == "well" else "failed")
    assert jira.asked
    for secret in (SECRET, basic):
        assert not any(secret in text for text in (*shown, *everything_stored(), logged, printed))
