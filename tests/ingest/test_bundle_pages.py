"""What the pages of bundles of many snapshots show: no more than one can read."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ingest.models import Bundle
from tests.builders import NOON, make_asset, make_bundle, make_snapshot, make_staff
from tests.ingest.deliveries import deliver, smartctl, tar_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


def page_of(client: Client, bundle: Bundle) -> str:
    """A bundle's page."""
    return client.get(reverse("admin:ingest_bundle_change", args=[bundle.pk])).content.decode()


def lone_drives(number: int) -> Bundle:
    """A bundle of drives, none of which tells its asset."""
    return deliver(tar_of({f"disk-{one}.json": smartctl(f"DSK-{one}") for one in range(number)}))


def test_the_list_names_the_first_asset_that_a_bundle_speaks_of_and_counts_the_others_once(root: Client) -> None:
    bundle = make_bundle()
    make_snapshot(bundle=bundle, held="asset").bundle.snapshots.update(asset=None)
    for asset in (make_asset(hostname="db-1"), make_asset(hostname="db-2")):
        for day in range(3):
            make_snapshot(bundle=bundle, asset=asset, collected_at=NOON + timedelta(days=day))

    page = root.get(reverse("admin:ingest_bundle_changelist")).content.decode()

    assert "db-1</a> and 1 more" in page


def test_a_bundle_of_many_that_lack_an_asset_keeps_the_first_of_what_an_operator_should_know(root: Client) -> None:
    bundle = lone_drives(53)

    page = page_of(root, bundle)

    assert (len(bundle.errors), bundle.errors[-1]) == (51, "and 3 more of the kind")
    assert "and 41 more" in page
    assert "53 of 53 snapshots held back (asset unknown): nothing is derived from them" in page


def test_a_bundle_of_one_that_lacks_its_asset_says_so_plainly(root: Client) -> None:
    assert "Held back (asset unknown): nothing is derived from it" in page_of(root, lone_drives(1))


def test_a_bundle_of_which_one_snapshot_waits_says_which_part_is_held_back(root: Client) -> None:
    bundle = make_snapshot(held="clock").bundle
    make_snapshot(bundle=bundle)

    assert "1 of 2 snapshots held back (time in the future): nothing is derived from it" in page_of(root, bundle)
