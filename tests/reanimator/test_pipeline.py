"""The steps of a bundle: who takes them, what is taken up again, and what all workers do but once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ingest.models import Bundle, Observation, Snapshot
from ingest.services import try_again
from ingest.services.work import claim, pass_on
from ingest.storage import open_bytes
from reanimator import pipeline, tasks
from reanimator.alone import alone
from reanimator.celery import app
from tests.builders import make_bundle, make_user
from tests.clients import client_as
from tests.ingest.deliveries import deliver, document, send
from tests.reanimator.breakage import BYTES, GOOD, NOW, after
from timeline.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

# claims


def test_of_two_that_claim_a_step_one_gets_it() -> None:
    bundle = send(GOOD).bundle

    first, second = claim(bundle.id, "parse", now=NOW), claim(bundle.id, "parse", now=NOW)

    assert (first is None, second is None) == (False, True)


def test_a_dead_workers_claim_runs_out(settings: Any) -> None:
    bundle = send(GOOD).bundle
    claim(bundle.id, "parse", now=NOW)

    soon = claim(bundle.id, "parse", now=NOW + timedelta(seconds=settings.STEP_SECONDS))
    later = claim(bundle.id, "parse", now=NOW + timedelta(seconds=settings.STEP_SECONDS + 60))

    assert (soon is None, later is None) == (True, False)


def test_who_was_too_slow_changes_nothing_any_more() -> None:
    bundle = send(GOOD).bundle
    slow = claim(bundle.id, "parse", now=NOW)
    quick = claim(bundle.id, "parse", now=NOW + timedelta(days=1))
    assert slow is not None
    assert quick is not None

    assert not pass_on(slow, "derive", now=NOW)
    assert pass_on(quick, "derive", now=NOW)


def test_a_step_that_outlasts_its_claim_and_is_taken_by_another_too_is_done_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    bundle = send(GOOD).bundle

    def another_comes_meanwhile(sha256: str) -> Any:
        monkeypatch.setattr(BYTES, open_bytes)
        pipeline.process_pending(now=after(seconds=settings.STEP_SECONDS + 60))
        return open_bytes(sha256)

    monkeypatch.setattr(BYTES, another_comes_meanwhile)
    pipeline.advance(bundle.id)

    bundle.refresh_from_db()
    assert (bundle.status, bundle.step, bundle.attempts, bundle.files.count()) == ("parsed", "", 0, 1)
    assert (Snapshot.objects.count(), Observation.objects.count(), Event.objects.count()) == (1, 1, 2)


def test_a_step_that_is_not_next_cannot_be_claimed() -> None:
    bundle = send(GOOD).bundle

    assert claim(bundle.id, "derive", now=NOW) is None


def test_what_is_claimed_is_not_processed_by_another() -> None:
    bundle = send(GOOD).bundle
    claim(bundle.id, "parse", now=NOW)

    pipeline.advance(bundle.id)
    swept = pipeline.process_pending(now=NOW)

    bundle.refresh_from_db()
    assert (bundle.status, swept["bundles"]) == ("received", 0)


def test_a_bundle_that_went_all_the_way_has_nothing_left() -> None:
    bundle = deliver(GOOD)

    assert (bundle.status, bundle.step, bundle.due_at, bundle.attempts) == ("parsed", "", None, 0)


def test_a_worker_takes_one_step_and_leaves_the_next_to_whoever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    handed_on: list[int] = []
    monkeypatch.setattr(app.tasks["reanimator.derive"], "delay", handed_on.append)
    bundle = send(GOOD).bundle

    tasks.parse(bundle.id)

    bundle.refresh_from_db()
    assert (bundle.status, bundle.step, handed_on, Event.objects.count()) == ("parsed", "derive", [bundle.id], 0)
    tasks.derive(bundle.id)
    bundle.refresh_from_db()
    assert (bundle.step, Event.objects.count()) == ("", 2)


def test_a_step_that_is_handed_on_twice_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.tasks["reanimator.derive"], "delay", lambda _: None)
    bundle = send(GOOD).bundle
    for _ in range(2):
        tasks.parse(bundle.id)

    for _ in range(2):
        tasks.derive(bundle.id)

    assert (Snapshot.objects.count(), Event.objects.count()) == (1, 2)


def test_hints_that_change_while_it_is_parsed_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = send(GOOD).bundle

    def amend_meanwhile(sha256: str) -> Any:
        monkeypatch.setattr(BYTES, open_bytes)
        Bundle.objects.filter(id=bundle.id).parse_again(now=NOW, collected_hint=NOW - timedelta(days=400))
        return open_bytes(sha256)

    monkeypatch.setattr(BYTES, amend_meanwhile)
    pipeline.advance(bundle.id)

    bundle.refresh_from_db()
    assert (bundle.status, bundle.step) == ("received", "parse")
    pipeline.process_pending(now=after(seconds=1))
    assert not Bundle.objects.unfinished().exists()


# what was given up


@pytest.fixture
def given_up() -> Bundle:
    bundle = send(GOOD).bundle
    Bundle.objects.filter(id=bundle.id).update(due_at=None, attempts=5, status="failed", fault="parse: ValueError: x")
    return bundle


def test_what_was_given_up_is_taken_up_when_an_operator_says_so(given_up: Bundle) -> None:
    assert try_again([given_up.id], user=make_user(), now=timezone.now()) == 1

    given_up.refresh_from_db()
    assert (given_up.status, given_up.step, given_up.attempts, given_up.fault) == ("parsed", "", 0, "")


def test_only_what_was_given_up_is_tried_again() -> None:
    waits, done = send(GOOD).bundle, make_bundle()

    assert try_again([waits.id, done.id], user=None, now=timezone.now()) == 0
    assert Bundle.objects.get(id=waits.id).status == "received"


def test_the_api_tells_what_was_given_up_and_lists_it(given_up: Bundle) -> None:
    make_bundle()
    client = client_as("viewer")

    one = client.get(f"/logbundles/{given_up.id}").json()
    found = client.get("/logbundles?given_up=true").json()["results"]
    others = client.get("/logbundles?given_up=false").json()["results"]

    assert (one["status"], one["given_up"], one["errors"]) == ("failed", True, ["parse: ValueError: x"])
    assert ([row["id"] for row in found], len(others)) == ([given_up.id], 1)


# jobs of all workers


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    told: list[tuple[str, int]] = []
    for name in ("parse", "derive"):
        monkeypatch.setattr(app.tasks[f"reanimator.{name}"], "delay", lambda key, name=name: told.append((name, key)))
    monkeypatch.setattr(pipeline, "_queue_length", lambda: 0)
    return told


def test_the_sweep_hands_on_what_is_overdue_by_its_step(handed_on: list[tuple[str, int]]) -> None:
    first, second, fresh = (send(document(f"SRV-{name}", "D")).bundle for name in "ABC")
    Bundle.objects.filter(id=second.id).update(step="derive")
    Bundle.objects.filter(id=fresh.id).update(due_at=NOW)

    assert pipeline.sweep(now=NOW) == 2

    assert handed_on == [("parse", first.id), ("derive", second.id)]


def test_the_sweep_hands_nothing_on_while_the_queue_is_long(
    handed_on: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(GOOD)
    monkeypatch.setattr(pipeline, "_queue_length", lambda: 100_000)

    assert pipeline.sweep(now=NOW) == 0
    assert handed_on == []


def test_a_job_of_all_workers_is_begun_again_when_it_ended() -> None:
    for _ in range(2):
        with alone("settle", patience=0) as is_alone:
            assert is_alone


def in_a_thread(act: Callable[[], bool]) -> bool:
    """What `act` gives with a database connection of its own."""

    def closing() -> bool:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result()


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has one writer at a time anyway")
def test_a_job_of_all_workers_is_not_begun_while_another_does_it() -> None:
    def begin() -> bool:
        with alone("settle", patience=0) as is_alone:
            return is_alone

    with alone("settle", patience=0):
        assert not in_a_thread(begin)

    assert in_a_thread(begin)
