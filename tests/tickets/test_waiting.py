"""Links and failures that wait resolve themselves, whoever brings what they name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reanimator.pipeline import process_pending
from registry.models import Asset, Component, VendorAlias
from registry.services import declare_asset, declare_component, save_alias
from tests.builders import make_asset, make_component, make_project, make_user
from tests.tickets.deliveries import take_in, told
from tests.timeline.histories import RECEIVED, bring, disk, document, moment
from tickets.models import Failure, TicketLink
from tickets.services import dismiss_links, reopen_links, resolve_link, resolve_waiting, review_links

pytestmark = pytest.mark.django_db

SERIAL = "S5FNNA0R500123"


def of(day: float, external_id: str = "OPS-1", **fields):
    """A ticket opened on a day of the history."""
    return told(external_id, at=moment(day), opened_at=moment(day), **fields)


def test_a_bundle_resolves_links_to_its_asset_and_components():
    links = [{"asset_serial": "7XK2M93"}, {"asset_hostname": "DB-17"}, {"component_serial": SERIAL}]
    take_in(of(1, links=links))

    bring(document(2, "7XK2M93", disk(SERIAL, "Bay 1"), named={"hostname": "db-17"}))

    asset, component = Asset.objects.get(), Component.objects.get()
    assert list(TicketLink.objects.order_by("id").values_list("asset", "component")) == [
        (asset.id, None),
        (asset.id, None),
        (None, component.id),
    ]


def test_a_bundle_of_something_else_resolves_nothing():
    take_in(of(1, links=[{"component_serial": SERIAL, "component_type": "gpu"}]))

    bring(document(2, "7XK2M93", disk(SERIAL, "Bay 1")))

    assert TicketLink.objects.unresolved().count() == 1


def test_a_bundle_resolves_failures_of_its_components():
    take_in(of(1, failures=[{"component_serial": SERIAL}, {"asset_serial": "7XK2M93", "slot": "Bay 1"}]))

    bring(document(2, "7XK2M93", disk(SERIAL, "Bay 1")))

    first, second = Failure.objects.order_by("id")
    assert first.component == Component.objects.get()
    assert second.asset == Asset.objects.get()


def test_declared_things_resolve_links_at_the_next_sweep():
    take_in(of(1, links=[{"asset_serial": "7XK2M93"}, {"component_serial": SERIAL}, {"project": "ACME-EU"}]))
    declare_asset(vendor="Dell", serial="7XK2M93")
    declare_component(type="disk", vendor="Samsung", serial=SERIAL)
    make_project(code="ACME-EU")

    assert resolve_waiting() == 3
    assert not TicketLink.objects.unresolved().exists()


def test_a_link_follows_a_component_that_merges_into_another():
    bring(document(1, "AB00001", disk(SERIAL, "Bay 1", vendor="Samsung")))
    bring(document(2, "CD00002", disk(SERIAL, "Bay 1", vendor="Samsumg Electronics")))
    take_in(of(3, links=[{"component_serial": SERIAL, "component_vendor": "Samsumg Electronics"}]))
    lost = TicketLink.objects.get().component

    save_alias(VendorAlias(spelling="SAMSUMG ELECTRONICS", vendor="Samsung"))
    process_pending(now=RECEIVED)

    assert Component.objects.filter(serial=SERIAL).count() == 1
    assert TicketLink.objects.get().component == Component.objects.get(serial=SERIAL)
    assert lost is not None


def test_one_host_name_of_two_servers_is_the_one_of_its_time():
    bring(document(1, "OLD", named={"hostname": "db-17"}), document(5, "OLD", named={"hostname": "db-17"}))
    bring(document(9, "NEW", named={"hostname": "db-17"}), document(12, "NEW", named={"hostname": "db-17"}))

    take_in(of(3, "OPS-1", links=[{"asset_hostname": "db-17"}]), of(10, "OPS-2", links=[{"asset_hostname": "db-17"}]))

    meant = TicketLink.objects.order_by("id").values_list("asset__serial", flat=True)
    assert list(meant) == ["OLD", "NEW"]


def test_a_server_that_was_named_anew_keeps_the_tickets_of_its_old_name():
    bring(document(1, "AB00001", named={"hostname": "db-17"}), document(2, "AB00001", named={"hostname": "db-17"}))
    bring(document(3, "AB00001", named={"hostname": "db-99"}))

    take_in(of(1.5, "OPS-1", links=[{"asset_hostname": "db-17"}]), of(4, "OPS-2", links=[{"asset_hostname": "db-17"}]))

    meant = TicketLink.objects.order_by("id").values_list("asset__serial", flat=True)
    assert list(meant) == ["AB00001", None]


def test_a_late_bundle_that_shows_another_bearer_of_the_name_is_heeded_at_the_review():
    bring(document(1, "AB00001", named={"hostname": "db-17"}))
    take_in(of(6, links=[{"asset_hostname": "db-17"}]))
    bring(document(5, "CD00002", named={"hostname": "db-17"}), document(7, "CD00002", named={"hostname": "db-17"}))

    assert review_links() == 1
    assert TicketLink.objects.get().asset == Asset.objects.get(serial="CD00002")
    assert review_links() == 0


def test_what_an_operator_chose_is_not_reviewed():
    first, second = make_asset(hostname="db-17"), make_asset(hostname="db-17")
    take_in(of(1, links=[{"asset_hostname": "db-17"}]))
    link = TicketLink.objects.unresolved().get()

    resolve_link(link.id, target=second, user=make_user(), now=timezone.now())
    first.delete()

    assert (resolve_waiting(), review_links()) == (0, 0)
    assert TicketLink.objects.get().asset == second


def test_what_an_operator_chose_is_looked_for_again_when_it_is_gone():
    first, second = make_asset(hostname="db-17"), make_asset(hostname="db-17")
    take_in(of(1, links=[{"asset_hostname": "db-17"}]))
    resolve_link(TicketLink.objects.get().id, target=second, user=make_user(), now=timezone.now())

    second.delete()

    assert resolve_waiting() == 1
    assert TicketLink.objects.get().asset == first


def test_a_dismissed_link_waits_no_more_until_it_is_taken_back():
    take_in(of(1, links=[{"asset_serial": "7XK2M93"}]))
    link = TicketLink.objects.get()
    dismiss_links([link.id], user=make_user(), now=timezone.now())
    make_asset(serial="7XK2M93")
    assert resolve_waiting() == 0

    reopen_links([link.id], now=timezone.now())

    assert resolve_waiting() == 1


def test_an_ambiguous_link_says_how_many_could_be_meant():
    take_in(of(1, links=[{"component_serial": SERIAL}]))
    make_component(type="disk", serial=SERIAL)
    make_component(type="gpu", serial=SERIAL)

    assert resolve_waiting() == 0
    assert TicketLink.objects.get().candidates == 2


def test_nothing_waiting_costs_a_bundle_three_short_questions():
    bundle = bring(document(1, "AB00001", disk(SERIAL, "Bay 1")))

    with CaptureQueriesContext(connection) as queries:
        resolve_waiting(bundle=bundle.id)

    assert len(queries) == 3


def test_what_waits_in_vain_costs_a_bundle_a_fixed_number_of_questions():
    take_in(
        *[
            of(1, f"OPS-{n}", links=[{"asset_serial": f"NEVER{n}"}, {"component_serial": f"NONE{n}"}])
            for n in range(300)
        ]
    )
    bundle = bring(document(1, "AB00001", *[disk(f"DSK{n:05}", f"Bay {n}") for n in range(40)]))

    with CaptureQueriesContext(connection) as queries:
        resolve_waiting(bundle=bundle.id)

    assert len(queries) == 6


def test_a_ticket_moved_in_time_means_who_bore_the_name_then():
    bring(document(1, "OLD", named={"hostname": "db-17"}), document(5, "OLD", named={"hostname": "db-17"}))
    bring(document(9, "NEW", named={"hostname": "db-17"}), document(12, "NEW", named={"hostname": "db-17"}))
    take_in(of(3, links=[{"asset_hostname": "db-17"}]))

    take_in(told(at=moment(3) + timedelta(hours=1), opened_at=moment(11), links=[{"asset_hostname": "db-17"}]))

    assert TicketLink.objects.get().asset == Asset.objects.get(serial="NEW")
