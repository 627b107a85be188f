"""Runs over HTTP: the same question finds the same run, and two can be compared."""

from datetime import timedelta

import pytest

from analytics.models import Run
from analytics.services.standard import answer_standard_questions
from registry.models import Component
from tests.analytics.fleets import START, fail, half
from tests.analytics.questions import ask, refused

pytestmark = pytest.mark.django_db


def test_the_same_question_finds_the_same_run(viewer, fleet):
    first = ask(viewer, "reliability", group_by="model")
    again = ask(viewer, "reliability", group_by="model")
    other = ask(viewer, "reliability", group_by="lot")

    assert again == first
    assert other["run"]["id"] != first["run"]["id"]
    assert Run.objects.count() == 2


def test_late_evidence_makes_a_new_run_and_the_old_one_stays(viewer, fleet):
    before = ask(viewer, "reliability", group_by="model")

    _fail_late(fleet[2])

    after = ask(viewer, "reliability", group_by="model")
    assert after["run"]["digest"] != before["run"]["digest"]
    kept = viewer.get(f"/analytics/runs/{before['run']['id']}").json()
    assert kept["answer"]["totals"] == before["totals"]
    assert kept["answer"]["results"] == before["results"]


def _fail_late(component: Component) -> None:
    fail(component, half(60))
    Component.objects.filter(pk=component.pk).update(counted=False)


def test_what_came_late_is_told_from_what_the_window_brought(viewer, fleet):
    first = ask(viewer, "reliability", group_by="model", to="2026-02-10")["run"]["id"]
    _fail_late(fleet[2])
    second = ask(viewer, "reliability", group_by="model", to="2026-03-10")["run"]["id"]

    body = viewer.get(f"/analytics/runs/{second}/compare", {"with": first}).json()

    assert body["totals"]["by_late_evidence"] == {"exposure_days": 0.0, "failures": 1}
    assert body["totals"]["by_window"] == {"exposure_days": 84.0, "failures": 2}
    assert (body["totals"]["before"]["failures"], body["totals"]["after"]["failures"]) == (2, 5)
    assert [(row["group"], row["by_late_evidence"]["failures"]) for row in body["results"]] == [
        ({"model": "model 0"}, 1),
        ({"model": "model 1"}, 0),
    ]


def test_a_nightly_question_is_compared_with_its_last_good_answer(viewer, fleet):
    day = START + timedelta(days=40)
    answer_standard_questions(now=day)
    _fail_late(fleet[2])
    answer_standard_questions(now=day + timedelta(days=1))
    first, second = Run.objects.filter(standard="90d by model").order_by("id").values_list("id", flat=True)

    body = viewer.get(f"/analytics/runs/{second}/compare").json()

    assert (body["before"]["id"], body["after"]["id"]) == (first, second)
    assert refused(viewer, f"runs/{first}/compare").keys() == {"with"}


@pytest.mark.parametrize("other", ["", "x", "999999", "trend", "lots"])
def test_runs_that_answer_other_questions_are_not_compared(viewer, fleet, other):
    run = ask(viewer, "reliability", group_by="model")["run"]["id"]
    others = {
        "trend": lambda: ask(viewer, "trend", group_by="model")["run"]["id"],
        "lots": lambda: ask(viewer, "reliability", group_by="lot")["run"]["id"],
    }

    asked = others.get(other, lambda: other)()

    assert refused(viewer, f"runs/{run}/compare", **{"with": asked}).keys() == {"with"}
