"""Why components were taken out, and what replaced them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.models import Component, Installation
from tests.builders import NOON, make_asset, make_component, make_installation
from tests.clients import client_as
from tests.timeline.histories import bring, disk, document, moment
from tickets.domain.removals import Left, Resolution, Word, reasons, resolution_of
from tickets.models import FailureEpisode
from tickets.services import follow_changes

DAY = timedelta(days=1)
DISK = disk("DISK-1", "Bay 1")
HERE, THERE = 1, 2


def left(start: float, end: float, asset: int = HERE, next_asset: int | None = None) -> Left:
    return Left(asset, NOON + start * DAY, NOON + end * DAY, next_asset)


def why(*stays: Left, **told: Any) -> list[str]:
    return [reason.value for reason in reasons(stays, span=30 * DAY, **told)]


@pytest.mark.parametrize(
    ("failed", "reason"),
    [(9.9, "unknown"), (10, "failed"), (25, "failed"), (40, "failed"), (40.1, "unknown"), (1, "unknown")],
)
def test_what_failed_up_to_a_month_before_it_left_left_because_of_it(failed: float, reason: str):
    assert why(left(1, 40), failures=[NOON + failed * DAY]) == [reason]


def test_what_goes_on_elsewhere_was_moved_unless_it_failed():
    assert why(left(0, 5, next_asset=THERE)) == ["moved"]
    assert why(left(0, 5, next_asset=THERE), failures=[NOON + 4 * DAY]) == ["failed"]
    assert why(left(0, 5, next_asset=HERE), failures=[NOON + 4 * DAY]) == ["moved"]


def test_an_operators_word_counts_before_all_else_and_the_last_one_last():
    words = [Word(HERE, NOON + 5 * DAY, "planned", 2), Word(HERE, NOON + 5 * DAY, "moved", 1)]

    assert why(left(0, 5), words=words, failures=[NOON + 4 * DAY]) == ["planned"]


def test_a_word_stays_with_its_removal_when_that_is_dated_anew():
    word = Word(HERE, NOON + 5 * DAY, "planned", 1)

    assert why(left(0, 3), left(3.5, 9, THERE), words=[word]) == ["planned", "unknown"]
    assert why(left(0, 3), left(4, 9), words=[word]) == ["unknown", "planned"]


def test_a_ticket_that_was_open_at_the_removal_tells_by_its_resolution():
    ticket = Resolution(NOON + DAY, NOON + 6 * DAY, reasons([left(0, 1, next_asset=HERE)], span=DAY)[0])

    assert why(left(0, 5), resolutions=[ticket]) == ["moved"]
    assert why(left(0, 7), resolutions=[ticket]) == ["unknown"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"resolution": "RMA"}, "failed"),
        ({"resolution": {"name": "Decommissioned"}}, "planned"),
        ({"resolution": "Won't fix"}, None),
        ({"resolution": None}, None),
        ({}, None),
    ],
)
def test_a_resolution_is_read_as_text_or_as_an_object(raw: dict[str, Any], reason: str | None):
    assert resolution_of(raw) == reason


@pytest.mark.django_db
def test_an_operator_says_why_a_component_was_taken_out_and_when():
    bring(document(1, "SRV-A", DISK))
    installation = Installation.objects.get()

    answer = client_as("engineer").patch(
        f"/installations/{installation.pk}", {"removed_at": moment(2).isoformat(), "removal_reason": "planned"}
    )

    assert (answer.status_code, answer.json()["removal_reason"]) == (200, "planned")
    follow_changes(now=timezone.now())
    assert Installation.objects.get().removal_reason == "planned"


@pytest.mark.django_db
def test_what_an_operator_said_stays_when_a_late_bundle_dates_the_removal_anew():
    bring(document(1, "SRV-A", DISK), document(5, "SRV-A", coverage=["disk"]))
    client_as("engineer").patch(f"/installations/{Installation.objects.get().pk}", {"removal_reason": "failed"})

    bring(document(3, "SRV-A", coverage=["disk"]))

    row = Installation.objects.get()
    assert (row.removed_at, row.removal_reason) == (moment(3), "failed")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "removed_at"),
        ({"removal_reason": "failed"}, "removed_at"),
        ({"removal_reason": "bored"}, "removal_reason"),
    ],
)
def test_what_is_still_there_has_no_reason(body: dict[str, Any], field: str):
    installation = make_installation()

    answer = client_as("engineer").patch(f"/installations/{installation.pk}", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.django_db
def test_a_component_that_failed_before_it_was_removed_was_removed_because_of_that():
    failing = {
        "component": {"type": "disk", "serial": "DISK-1"},
        "occurred_at": moment(2).isoformat(),
        "mode": "media_error",
        "severity": "fatal",
    }
    bring(document(1, "SRV-A", DISK), document(3, "SRV-A", DISK, failures=[failing]))
    bring(document(4, "SRV-A", coverage=["disk"]))

    assert Installation.objects.get().removal_reason == "failed"


@pytest.mark.django_db
def test_a_failure_told_after_the_removal_that_it_was_the_reason_of_counts_at_the_removal():
    bring(document(1, "SRV-A", DISK), document(5, "SRV-A", coverage=["disk"]))
    component = Component.objects.get()
    body = {"component": component.pk, "occurred_at": moment(8).isoformat()}
    client_as("engineer").post("/failures", body)
    before = FailureEpisode.objects.get().counts_at

    client_as("engineer").patch(f"/installations/{Installation.objects.get().pk}", {"removal_reason": "failed"})
    follow_changes(now=timezone.now())

    assert (before, FailureEpisode.objects.get().counts_at) == (moment(8), moment(5))


@pytest.mark.django_db
def test_a_closed_tickets_resolution_is_the_reason_of_the_removal():
    bring(document(1, "SRV-A", DISK), document(5, "SRV-A", coverage=["disk"]))
    ticket = {
        "external_id": "OPS-1", "opened_at": moment(4).isoformat(), "closed_at": moment(6).isoformat(),
        "updated_at": moment(6).isoformat(), "links": [{"component_serial": "DISK-1"}], "resolution": "Upgraded",
    }  # fmt: skip

    client_as("connector").post("/connectors/tickets/sync", {"source": "jira", "tickets": [ticket]})

    assert Installation.objects.get().removal_reason == "planned"


@pytest.mark.django_db
def test_a_component_shows_whom_it_replaced_and_who_replaced_it():
    asset = make_asset()
    parts = [make_component(serial=f"DISK-{number}") for number in range(3)]
    for number, part in enumerate(parts):
        end = None if number == 2 else NOON + (number + 1) * DAY
        make_installation(asset=asset, component=part, installed_at=NOON + number * DAY, removed_at=end)
    make_installation(asset=asset, component=make_component(type="memory"), installed_at=NOON)
    viewer = client_as("viewer")

    chain = [viewer.get(f"/components/{part.pk}").json() for part in parts]

    assert [(row["replaced"] or {}).get("serial") for row in chain] == [None, "DISK-0", "DISK-1"]
    assert [(row["replaced_by"] or {}).get("serial") for row in chain] == ["DISK-1", "DISK-2", None]
    assert "replaced" not in viewer.get("/components").json()["results"][0]


@pytest.mark.django_db
def test_a_component_that_moved_on_shows_who_came_after_it():
    asset, other = make_asset(), make_asset()
    part = make_component()
    make_installation(asset=asset, component=part, removed_at=NOON + DAY)
    make_installation(asset=other, component=part, installed_at=NOON + DAY, slot="Bay 7")
    heir = make_installation(asset=asset, installed_at=NOON + 2 * DAY).component

    with CaptureQueriesContext(connection) as captured:
        shown = client_as("viewer").get(f"/components/{part.pk}").json()

    assert (shown["replaced"], shown["replaced_by"]["id"]) == (None, heir.pk)
    assert len([query for query in captured if "registry_installation" in query["sql"]]) <= 4
