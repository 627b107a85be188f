"""A removal's reason by the resolution of a ticket, whichever way that came to be linked to the component."""

from typing import Any

import pytest
from django.utils import timezone

from reanimator.pipeline import process_pending
from registry.models import Component, Installation
from tests.builders import make_user
from tests.tickets.deliveries import take_in, told
from tests.timeline.histories import RECEIVED, bring, disk, document, moment
from tickets.models import Ticket, TicketLink
from tickets.services import confirm_links, dismiss_links, link_by_hand, reopen_links, resolve_link

pytestmark = pytest.mark.django_db

SERIAL = "S5FNNA0R500123"
THERE = document(1, "SRV-A", disk(SERIAL, "Bay 1"))
GONE = document(5, "SRV-A", coverage=["disk"])


def ticket(*, updated: float = 6, **fields: Any) -> dict[str, Any]:
    """A ticket about an upgrade that lasted while the disk was taken out."""
    usual = {"opened_at": moment(4), "closed_at": moment(6), "resolution": "Upgraded"}
    return told(at=moment(updated), **{**usual, **fields})


def reason() -> str | None:
    """Why the disk was taken out."""
    return Installation.objects.get(component__serial=SERIAL, removed_at__isnull=False).removal_reason


def link() -> TicketLink:
    """The ticket's link."""
    return TicketLink.objects.get()


def test_a_confirmed_proposal_tells_and_a_dismissed_one_does_not():
    bring(THERE)
    bring(GONE)
    take_in(ticket(description=SERIAL))
    person = make_user()

    confirm_links([link().pk], user=person, now=RECEIVED)
    confirmed = reason()
    dismiss_links([link().pk], user=person, now=RECEIVED)
    dismissed = reason()
    confirm_links([link().pk], user=person, now=RECEIVED)
    reopen_links([link().pk], now=RECEIVED)

    assert (confirmed, dismissed, reason()) == ("planned", "unknown", "unknown")


def test_a_confirmed_proposal_tells_what_its_ticket_says_later():
    bring(THERE)
    take_in(ticket(updated=4, description=SERIAL, closed_at=None, resolution=None))
    confirm_links([link().pk], user=make_user(), now=RECEIVED)
    bring(GONE)

    take_in(ticket(description=SERIAL))

    assert reason() == "planned"


def test_a_link_made_by_hand_tells():
    bring(THERE)
    bring(GONE)
    take_in(ticket())

    link_by_hand(Ticket.objects.get().pk, target=Component.objects.get(), user=make_user(), now=RECEIVED)

    assert reason() == "planned"


def test_a_link_whose_target_an_operator_chose_tells_of_that_one_alone():
    bring(THERE)
    bring(document(2, "SRV-B", {"type": "gpu", "serial": SERIAL, "slot": "GPU 1"}))
    bring(GONE)
    bring(document(5, "SRV-B", coverage=["gpu"]))
    take_in(ticket(links=[{"component_serial": SERIAL}]))
    parts = {part.type: part for part in Component.objects.all()}

    found = []
    for kind in ("gpu", "disk"):
        resolve_link(link().pk, target=parts[kind], user=make_user(), now=RECEIVED)
        stays = Installation.objects.filter(removed_at__isnull=False).order_by("component__type")
        found.append(list(stays.values_list("component__type", "removal_reason")))

    assert found == [[("disk", None), ("gpu", "planned")], [("disk", "planned"), ("gpu", "unknown")]]


def test_a_link_that_waited_tells_when_its_component_appears():
    take_in(ticket(links=[{"component_serial": SERIAL}]))

    bring(THERE)
    bring(GONE)

    assert reason() == "planned"


def test_a_link_that_waited_for_a_component_whose_history_was_known_tells():
    bring(THERE)
    bring(GONE)
    Component.objects.update(serial="OTHER")
    take_in(ticket(links=[{"component_serial": SERIAL}]))
    Component.objects.update(serial=SERIAL)

    process_pending(now=timezone.now())

    assert reason() == "planned"


@pytest.mark.parametrize(
    "later",
    [{"resolution": None}, {"links": []}, {"closed_at": None}, {"closed_at": moment(4.5)}],
    ids=["no resolution", "another thing", "opened again", "closed before it was taken out"],
)
def test_what_a_ticket_says_no_more_is_no_reason_any_more(later: dict[str, Any]):
    bring(THERE)
    bring(GONE)
    take_in(ticket(links=[{"component_serial": SERIAL}]))
    before = reason()

    take_in(ticket(**{"updated": 7, "links": [{"component_serial": SERIAL}], **later}))

    assert (before, reason()) == ("planned", "unknown")
