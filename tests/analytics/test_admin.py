"""Reliability in the admin."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics.models import Lease, Run
from tests.analytics.fleets import Fleet, Part, build, half
from tests.builders import make_staff

pytestmark = pytest.mark.django_db

ASK = {"window": "lifetime", "until": "2026-05-30", "group_by": ["model", "firmware"]}


@pytest.fixture
def engineer(client: Client) -> Client:
    client.force_login(make_staff("view_run", "change_run"))
    return client


@pytest.fixture(autouse=True)
def fleet() -> None:
    part = Part(model=1, lot=1, moves=((0, 0), (30, 1)), updates=((40, 1),), failures=(50, 100))
    build(Fleet(parts=(part, part), heard=(300, 200, 0)))


def ask(client: Client, **query: Any) -> str:
    answer = client.get(reverse("admin:analytics_run_rates"), {"kind": "reliability", **ASK, **query})
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("kind", ["reliability", "trend", "survival", "spares"])
def test_an_engineer_asks_and_sees_the_answer_by_group(engineer, kind):
    page = ask(engineer, kind=kind)

    found = Run.objects.get()
    assert found.kind == kind
    assert found.digest in page
    for text in ("fw 1", "Firmware", f"/analytics/runs/{found.pk}?format=csv"):
        assert text in page


@pytest.mark.parametrize(("query", "clock"), [({}, "installed"), ({"clock": "powered"}, "powered")])
def test_a_life_curve_has_the_clock_that_was_chosen(engineer, query, clock):
    page = ask(engineer, kind="survival", **query)

    assert f"clock: {clock}, from where 20 are at risk" in page
    assert "Intervals are at 95 %." in page
    assert Run.objects.get().parameters["clock"] == clock


def test_figures_have_their_intervals_and_flags(engineer):
    page = ask(engineer)

    for text in ("1,560", "561.54", "153.00 to 1,437.76", "little data", "all together", "failed more than once"):
        assert text.lower() in page.lower()


def test_numbers_lead_to_what_they_count(engineer, viewer):
    page = ask(engineer, group_by="lot")

    for what in ("components", "failures"):
        (whole, *_, lot) = re.findall(rf'href="(/analytics/{what}\?[^"]*)"[^>]*>([^<]*)</a>', page)
        for address, number in (whole, lot):
            listed = viewer.get(address.replace("&amp;", "&")).getvalue().decode().splitlines()
            assert len(listed) - 1 == int(number.split(" of ")[0])


def test_the_page_of_questions_is_the_one_that_the_sidebar_marks(engineer):
    entries = engineer.get(reverse("admin:analytics_run_rates")).context["sidebar_navigation"]

    assert [item["title"] for group in entries for item in group["items"] if item["active"]] == ["Failure rates"]


def test_a_form_that_makes_no_sense_is_shown_again(engineer):
    page = ask(engineer, window="soon")

    assert "soon is not one of the available choices" in page
    assert not Run.objects.exists()


def test_an_answer_while_another_one_counts_says_so(engineer):
    Lease.objects.create(name="count", until=half(10_000))

    assert "of an earlier state" in ask(engineer)


def test_who_may_not_see_runs_may_not_ask(client):
    client.force_login(make_staff("view_asset"))

    assert client.get(reverse("admin:analytics_run_rates")).status_code == 403


def test_a_run_shows_its_answer_and_takes_a_name(engineer):
    ask(engineer)
    found = Run.objects.get()
    page = reverse("admin:analytics_run_change", args=[found.pk])

    shown = engineer.get(page).content.decode()
    engineer.post(page, {"name": "For purchasing", "digest": "another"})

    assert "561.54" in shown
    assert Run.objects.filter(name="For purchasing", digest=found.digest).exists()


def _page(client: Client, found: Run, what: str = "change") -> str:
    answer = client.get(reverse(f"admin:analytics_run_{what}", args=[found.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_run_that_failed_says_why_and_which_answer_stands(engineer):
    ask(engineer, group_by="model")
    ask(engineer, group_by="lot")
    good, bad = Run.objects.order_by("id")
    Run.objects.update(standard="90d by model")
    Run.objects.filter(pk=bad.pk).update(status="failed", digest=None, failure="ArithmeticError: no number", packed=b"")

    page = _page(engineer, bad)

    assert "This run failed: ArithmeticError: no number. The last good answer stands:" in page
    assert f"run {good.pk}</a>" in page


def test_what_moved_since_the_last_night_is_a_page(engineer):
    ask(engineer, until="2026-01-30", group_by="firmware")
    ask(engineer, group_by="firmware")
    before, after = Run.objects.order_by("id")
    Run.objects.update(standard="lifetime by firmware")

    page = _page(engineer, after, "moved")

    for words in ("All together", "fw 1", "2 → 4", "+2", f"/analytics/runs/{after.pk}/compare?with={before.pk}"):
        assert words.lower() in page.lower()
    assert reverse("admin:analytics_run_moved", args=[after.pk]) in _page(engineer, after)
    assert reverse("admin:analytics_run_moved", args=[before.pk]) not in _page(engineer, before)
