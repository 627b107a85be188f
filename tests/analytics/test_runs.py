"""Runs: kept, answered nightly, forgotten; and counting by one at a time."""

import io
import json
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.domain.question import Question
from analytics.models import Lease, MonthlyCount, Run
from analytics.selectors.answers import ANSWERS
from analytics.selectors.changes import consistent_reads
from analytics.services import runs
from analytics.services.keeping import bring_up_to_date, rebuild
from analytics.services.leases import LeaseLost, lease
from analytics.services.rollup import rollup_differences
from analytics.services.runs import Inquiry, forget_old_runs, run
from analytics.services.standard import answer_standard_questions
from registry.models import Component
from tests.analytics.fleets import Fleet, Part, build, fail, half
from tests.builders import make_customer

pytestmark = pytest.mark.django_db
NOW = half(500)


@pytest.fixture
def fleet() -> list[Component]:
    """Two disks that fail twice each."""
    part = Part(model=1, lot=1, moves=((0, 0), (30, 1)), updates=((40, 1),), failures=(50, 100))
    return build(Fleet(parts=(part, part), heard=(300, 200, 0)))


def inquiry(*group_by: str, standard: str = "", **filters: tuple[str, ...]) -> Inquiry:
    question = Question(group_by, half(0), half(300), half(300), filters=filters)
    return Inquiry("reliability", question, standard=standard)


def test_the_digest_is_the_same_on_every_engine(fleet):
    bring_up_to_date(now=NOW)

    found = run(inquiry("model", "firmware"), now=NOW)

    # Names of projects, lots and places are numbered by the test run; models and firmware are not.
    assert found.digest == "c47a1700dfac18b25de711466e175bf5"


def test_a_run_tells_whose_data_it_is_of(fleet):
    customer = make_customer()

    found = run(inquiry(customer=(customer.code,)), now=NOW)

    assert found.customer == customer.code
    assert run(inquiry(), now=NOW).customer == ""


def test_another_version_of_the_code_answers_anew(fleet, settings):
    bring_up_to_date(now=NOW)
    first = run(inquiry(), now=NOW)

    settings.CODE_VERSION = "99.0"

    second = run(inquiry(), now=NOW)
    assert (second.pk != first.pk, second.digest == first.digest) == (True, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done", "digest": None},
        {"status": "done", "digest": "d", "failure": "why"},
        {"status": "failed", "digest": "d", "failure": "why"},
        {"status": "failed", "digest": None, "failure": ""},
        {"status": "guessed", "digest": "d"},
    ],
)
def test_the_database_takes_no_run_that_is_neither_done_nor_failed(wrong):
    usual = {"kind": "trend", "parameters": {}, "code_version": "1", "computed_at": NOW, "seconds": 0.0}
    times = {"as_of": NOW, "starts_at": NOW, "ends_at": NOW}

    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(**usual, **times, **wrong)


def test_every_night_each_window_is_answered_by_each_key(fleet, settings):
    settings.RELIABILITY_WINDOWS, settings.RELIABILITY_GROUPS = ("30d", "lifetime"), ("lot", "firmware")

    failed = answer_standard_questions(now=NOW + timedelta(hours=4))

    assert failed == 0
    assert set(Run.objects.values_list("standard", flat=True)) == {
        "30d total", "30d by lot", "30d by firmware", "lifetime total", "lifetime by lot", "lifetime by firmware",
        "alerts by lot", "alerts by firmware", "alerts by asset", "alerts by slot",
    }  # fmt: skip
    assert set(Run.objects.values_list("ends_at", flat=True)) == {NOW}


def test_a_second_call_in_one_night_finds_the_first_ones_runs(fleet, settings):
    settings.RELIABILITY_WINDOWS = ("30d",)
    answer_standard_questions(now=NOW)
    before = set(Run.objects.values_list("id", flat=True))

    answer_standard_questions(now=NOW + timedelta(hours=1))

    assert set(Run.objects.values_list("id", flat=True)) == before


def test_the_nightly_runs_exclude_each_other(fleet):
    with lease("standard runs", minutes=5, now=NOW):
        assert answer_standard_questions(now=NOW + timedelta(minutes=4)) is None

    assert Run.objects.count() == 0


def _broken(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RELIABILITY_WINDOWS, settings.RELIABILITY_GROUPS = ("30d",), ("lot",)
    monkeypatch.setattr(runs, "ANSWERS", {**ANSWERS, "reliability": _no_answer})


def _no_answer(question: Question) -> None:
    raise ArithmeticError("no such number")


def test_a_run_that_fails_leaves_the_last_good_one_and_says_so(fleet, settings, monkeypatch, bundle_folder):
    settings.RELIABILITY_WINDOWS, settings.RELIABILITY_GROUPS = ("30d",), ("lot",)
    answer_standard_questions(now=NOW)
    good = set(Run.objects.values_list("id", flat=True))
    with monkeypatch.context() as broken:
        _broken(settings, broken)
        failed = answer_standard_questions(now=NOW + timedelta(days=1))
    ready = Client().get("/health/ready")

    assert failed == 2
    assert good <= set(Run.objects.values_list("id", flat=True))
    assert Run.objects.filter(status="failed")[0].failure == "ArithmeticError: no such number"
    assert ready.status_code == 200
    assert ready.json()["warnings"] == {"reliability": "nightly runs failed: 30d total, 30d by lot"}


def test_a_failure_stands_until_the_same_is_answered(fleet, settings, monkeypatch, bundle_folder):
    with monkeypatch.context() as broken:
        _broken(settings, broken)
        answer_standard_questions(now=NOW)

    answer_standard_questions(now=NOW + timedelta(days=1))

    assert not Run.objects.filter(status="failed").exists()
    assert "warnings" not in Client().get("/health/ready").json()


def test_old_runs_go_but_for_named_ones_and_the_newest_of_each_night(fleet):
    old, named, first, newest = (
        run(one, now=NOW)
        for one in (
            inquiry("model"),
            inquiry("lot"),
            inquiry(standard="30d total"),
            inquiry("vendor", standard="30d total"),
        )
    )
    Run.objects.filter(pk=named.pk).update(name="the quarter's report")
    recent = run(inquiry("firmware"), now=NOW + timedelta(days=80))

    gone = forget_old_runs(now=NOW + timedelta(days=91), days=90)

    assert gone == 2
    assert set(Run.objects.all()) == {named, newest, recent}
    assert not Run.objects.filter(pk__in=[old.pk, first.pk]).exists()


def test_with_nothing_to_count_one_query_says_so(fleet):
    bring_up_to_date(now=NOW)

    with CaptureQueriesContext(connection) as captured:
        assert bring_up_to_date(now=NOW) is True

    assert len(captured) == 1


def test_a_lease_that_was_let_go_or_ran_out_is_free():
    with lease("work", minutes=5, now=NOW) as first:
        assert first is not None
        with lease("work", minutes=5, now=NOW) as second:
            assert second is None
        with lease("work", minutes=5, now=NOW + timedelta(minutes=6)) as third:
            assert third is not None
            with pytest.raises(LeaseLost):
                first.renew()

    with lease("work", minutes=5, now=NOW + timedelta(minutes=6)) as fourth:
        assert fourth is not None


def test_a_holder_that_was_too_slow_does_not_end_anothers_lease():
    with lease("work", minutes=5, now=NOW), lease("work", minutes=5, now=NOW + timedelta(minutes=6)) as other:
        assert other is not None
    with lease("work", minutes=5, now=NOW + timedelta(minutes=6)) as mine:
        Lease.objects.filter(name="work").update(until=NOW + timedelta(minutes=30))
        assert mine is not None

    assert Lease.objects.get(name="work").until == NOW + timedelta(minutes=30)


def test_a_rebuild_mends_the_rollup(fleet):
    bring_up_to_date(now=NOW)
    MonthlyCount.objects.update(moment=1)
    assert rollup_differences() > 0

    rebuild(now=NOW)

    assert rollup_differences() == 0


def test_the_command_verifies_the_rollup(fleet):
    assert _command("--verify") == "The rollup equals the spells.\n"
    MonthlyCount.objects.order_by("id")[0].delete()

    with pytest.raises(CommandError, match="differ from the spells: 1"):
        _command("--verify")

    assert _command("--verify", "--rebuild") == "The rollup equals the spells.\n"


def _command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("reliability", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_command_prints_a_table(fleet):
    lines = _command("--as-of", "2026-05-31", "--window", "365d", "--group-by", "model,firmware").splitlines()

    assert lines[0].startswith("2025-05-31 00:00 to 2026-05-31 00:00 UTC, run ")
    assert lines[1].split() == [
        "model", "firmware", "components", "days", "failures", "AFR", "%", "95", "%", "interval", "MTBF", "h",
    ]  # fmt: skip
    assert lines[2].split()[:6] == ["model", "1", "fw", "1", "2", "260"]
    assert lines[4].split()[:4] == ["total", "2", "300", "4"]


def test_the_command_gives_json(fleet):
    told = json.loads(_command("--as-of", "2026-05-31", "--json"))

    assert told["totals"]["failures"] == 4
    assert told["run"]["digest"] == Run.objects.get().digest


@pytest.mark.parametrize("wrong", [("--window", "soon"), ("--group-by", "colour"), ("--as-of", "soon")])
def test_the_command_refuses_what_it_does_not_understand(wrong):
    with pytest.raises(CommandError):
        _command(*wrong)


@pytest.mark.django_db(transaction=True)
def test_what_others_write_meanwhile_does_not_show_in_one_answer():
    component = build(Fleet(parts=(Part(0, 0, ((0, 0),), (), ()),), heard=(300, 0, 0)))[0]
    fail(component, half(10))

    with consistent_reads():
        before = Component.objects.count()
        other = Thread(target=_add_another, args=(component.pk,))
        other.start()
        other.join()
        during = Component.objects.count()

    assert (before, during, Component.objects.count()) == (1, 1, 2)


def _add_another(key: int) -> None:
    try:
        row = Component.objects.get(pk=key)
        row.pk, row.identity = None, "another"
        row.save(force_insert=True)
    finally:
        connection.close()
