"""Links that are proposed for serial numbers in a ticket's text."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.builders import make_asset, make_component, make_user
from tests.tickets.deliveries import later, take_in, told
from tickets.models import Ticket, TicketLink
from tickets.services import confirm_links, dismiss_links, reopen_links, suggest_everywhere, suggest_links
from tickets.tasks import review

pytestmark = pytest.mark.django_db

SERIAL = "S5FNNA0R500123"


def proposals():
    """What is proposed."""
    return TicketLink.objects.filter(origin="text", state="proposed")


def test_known_serials_in_title_and_description_are_proposed():
    asset, disk = make_asset(serial="7XK2M93"), make_component(serial=SERIAL)

    [outcome] = take_in(told(title="7xk2m93 is slow", description=f"It is (SN:{SERIAL}), or UNKNOWN1."))

    assert set(proposals().values_list("asset", "component")) == {(asset.id, None), (None, disk.id)}
    assert outcome.unresolved == ()


def test_a_proposal_does_not_count_until_it_is_confirmed():
    make_component(serial=SERIAL)
    take_in(told(description=SERIAL))
    assert not TicketLink.objects.counted().exists()
    person = make_user()

    confirm_links([proposals().get().id], user=person, now=later())

    link = TicketLink.objects.counted().get()
    assert (link.decided_by, link.decided_at) == (person, later())


def test_what_the_ticket_is_linked_to_anyway_is_not_proposed():
    make_component(serial=SERIAL)

    take_in(told(description=SERIAL, links=[{"component_serial": SERIAL}]))

    assert not proposals().exists()


def test_a_dismissed_proposal_stays_dismissed_at_the_next_sync():
    make_component(serial=SERIAL)
    take_in(told(description=SERIAL))
    dismiss_links([proposals().get().id], user=make_user(), now=timezone.now())

    take_in(told(at=later(), description=f"{SERIAL} again"))

    assert TicketLink.objects.get().state == "dismissed"


def test_a_confirmed_proposal_outlives_its_mention():
    make_component(serial=SERIAL)
    take_in(told(description=SERIAL))
    confirm_links([proposals().get().id], user=make_user(), now=timezone.now())

    take_in(told(at=later(), description="Solved."))

    assert TicketLink.objects.get().state == "confirmed"


def test_a_proposal_goes_with_its_mention():
    make_component(serial=SERIAL)
    take_in(told(description=SERIAL))

    take_in(told(at=later(), description="Solved."))

    assert not TicketLink.objects.exists()


def test_a_serial_of_two_things_is_not_proposed():
    make_component(type="disk", serial=SERIAL)
    make_component(type="gpu", serial=SERIAL)

    take_in(told(description=SERIAL))

    assert not TicketLink.objects.exists()


def test_what_became_known_later_is_found_when_asked():
    take_in(told(description=SERIAL))
    ticket = Ticket.objects.get()
    disk = make_component(serial=SERIAL)

    suggest_links([ticket.id])
    suggest_links([ticket.id])

    assert proposals().get().component == disk


def test_what_became_known_later_is_proposed_in_the_night():
    take_in(told(description=SERIAL), told("OPS-2", description="7XK2M93 again"), told("OPS-3", description="Nothing"))
    disk, asset = make_component(serial=SERIAL), make_asset(serial="7XK2M93")

    review()
    review()

    assert set(proposals().values_list("ticket__external_id", "component", "asset")) == {
        ("OPS-1", disk.id, None),
        ("OPS-2", None, asset.id),
    }


def test_looking_through_all_texts_costs_the_same_queries_for_thirty_tickets_as_for_two():
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            suggest_everywhere()
        return len(captured)

    numbers = range(32)
    take_in(*(told(f"OPS-{number}", description=f"SERIAL{number:04}") for number in numbers[:2]))
    for number in numbers[:2]:
        make_component(serial=f"SERIAL{number:04}")
    few = cost()
    take_in(*(told(f"OPS-{number}", description=f"SERIAL{number:04}") for number in numbers[2:]))
    for number in numbers[2:]:
        make_component(serial=f"SERIAL{number:04}")

    assert cost() == few
    assert proposals().count() == len(numbers)


def test_a_decision_can_be_taken_back():
    make_component(serial=SERIAL)
    take_in(told(description=SERIAL))
    link = proposals().get()
    dismiss_links([link.id], user=make_user(), now=timezone.now())

    assert reopen_links([link.id], now=later()) == 1
    assert proposals().get() == link
