"""What the database refuses of tickets and failures, on either engine."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from registry.models import FOREVER
from tests.builders import NOON, make_asset, make_component, make_project
from tests.tickets.cases import make_failure, make_link, make_ticket

pytestmark = pytest.mark.django_db


def test_a_ticket_exists_once_per_source():
    make_ticket(source="jira", external_id="OPS-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_ticket(source="jira", external_id="OPS-1")


def test_ids_of_a_source_differ_by_case():
    make_ticket(source="jira", external_id="OPS-1")

    assert make_ticket(source="jira", external_id="ops-1").pk


@pytest.mark.parametrize(
    "ends",
    [
        {"closed_at": NOON - timedelta(seconds=1), "ends_at": NOON - timedelta(seconds=1)},
        {"closed_at": None, "ends_at": NOON + timedelta(days=1)},
        {"closed_at": NOON + timedelta(days=1), "ends_at": FOREVER},
    ],
    ids=["closed before it was opened", "open with an end", "closed without an end"],
)
def test_a_ticket_is_open_or_closed(ends):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_ticket(opened_at=NOON, **ends)


def test_a_ticket_may_close_at_the_moment_it_opens():
    assert make_ticket(opened_at=NOON, closed_at=NOON).ends_at == NOON


def test_a_ticket_is_linked_once_by_one_name():
    ticket = make_ticket()
    make_link(ticket=ticket, name="7XK2M93")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(ticket=ticket, name="7XK2M93")


@pytest.mark.parametrize(
    "kinds", [("asset", "component"), ("asset", "project"), ("component", "project"), ("asset", "component", "project")]
)
def test_a_link_leads_to_one_thing(kinds):
    make = {"asset": make_asset, "component": make_component, "project": make_project}

    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(**{kind: make[kind]() for kind in kinds})


def test_only_links_from_text_are_proposed():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(origin="sync", state="proposed")


def test_a_rejected_failure_says_why():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_failure(state="rejected", reason="")


@pytest.mark.parametrize(("source", "has_ticket"), [("ticket", False), ("log", True), ("manual", True)])
def test_a_failure_has_a_ticket_when_a_ticket_told_it(source, has_ticket):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_failure(source=source, ticket=make_ticket() if has_ticket else None)


def test_one_telling_is_one_failure():
    make_failure(key="a")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_failure(key="a")


def test_a_link_waits_anew_when_what_it_led_to_is_gone():
    component = make_component()
    link = make_link(component=component)

    component.delete()

    link.refresh_from_db()
    assert link.component_id is None
    assert list(type(link).objects.unresolved()) == [link]
