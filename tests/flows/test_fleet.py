"""Stories of a fleet, told by its bundles from the first to the last."""

import pytest

from ingest.services import amend
from registry.models import Asset, Component, Installation
from registry.services import declare_component
from tests.timeline.digest import fingerprint
from tests.timeline.histories import RECEIVED, bring, disk, document, moment
from timeline.models import Event, IdentityConflict
from timeline.selectors import configuration, difference
from timeline.services import assert_installed, assert_removed, derive_everything

pytestmark = pytest.mark.django_db

WWN = "5000c500a1b2c3"


def told_of(serial: str) -> list[str]:
    """The component's timeline in words."""
    events = Event.objects.filter(component__serial=serial).order_by("position")
    return [
        f"day {(event.occurred_at - moment(0)).days}: {event.type} {event.from_value or '-'} > {event.to_value or '-'}"
        for event in events.select_related("asset")
    ]


def test_the_life_of_a_disk() -> None:
    spare = declare_component(type="disk", vendor="Samsung", serial="LIFE", model="PM1733")
    bring(document(0, "ALPHA", disk("OTHER", "Bay 1", firmware="1.0")), document(0, "BETA"))
    alpha, beta = Asset.objects.get(serial="ALPHA"), Asset.objects.get(serial="BETA")

    assert_installed(component_id=spare.id, asset_id=alpha.id, slot="Bay 2", at=moment(10))
    both = [disk("OTHER", "Bay 1", firmware="1.0"), disk("LIFE", "Bay 2", firmware="1.0", health="ok")]
    bring(document(11, "ALPHA", *both))
    bring(document(20, "ALPHA", both[0], {**both[1], "firmware": "2.0"}))
    bring(document(30, "ALPHA", both[0], {**both[1], "firmware": "2.0", "slot": "Bay 3"}))
    bring(document(40, "BETA", disk("LIFE", "Bay 1", firmware="2.0", health="warning")))
    bring(document(41, "ALPHA", both[0]))
    bring(document(50, "BETA", disk("LIFE", "Bay 1", firmware="2.0", health="failed")))
    assert_removed(installation_id=Installation.objects.get(asset=beta, removed_at=None).id, at=moment(51))

    assert told_of("LIFE") == [
        "day 10: INSTALLED - > Bay 2",
        "day 20: FIRMWARE_CHANGED 1.0 > 2.0",
        "day 30: MOVED Bay 2 > Bay 3",
        "day 40: MOVED Bay 3 > Bay 1",
        "day 40: HEALTH_CHANGED ok > warning",
        "day 50: HEALTH_CHANGED warning > failed",
        "day 51: REMOVED Bay 1 > -",
    ]
    spare.refresh_from_db()
    assert (spare.status, spare.asset, spare.health, spare.firmware) == ("removed", None, "failed", "2.0")
    assert told_of("OTHER") == ["day 0: INSTALLED - > Bay 1"]
    assert [row["component"]["serial"] for row in configuration(alpha.id, moment(35))] == ["OTHER", "LIFE"]
    assert [change["component"]["serial"] for change in difference(alpha.id, moment(35), moment(45))["removed"]] == [
        "LIFE"
    ]


def test_a_collector_that_was_offline_delivers_its_history_backwards() -> None:
    days = {
        0: [disk("S1", "Bay 1", firmware="1.0"), disk("S2", "Bay 2")],
        5: [disk("S1", "Bay 1", firmware="2.0"), disk("S2", "Bay 2")],
        10: [disk("S1", "Bay 1", firmware="2.0")],
        15: [disk("S1", "Bay 1", firmware="2.0"), disk("S3", "Bay 2")],
    }

    for day in reversed(days):
        bring(document(day, "ALPHA", *days[day]))

    assert told_of("S1") == ["day 0: INSTALLED - > Bay 1", "day 5: FIRMWARE_CHANGED 1.0 > 2.0"]
    assert told_of("S2") == ["day 0: INSTALLED - > Bay 2", "day 10: REMOVED Bay 2 > -"]
    assert told_of("S3") == ["day 15: INSTALLED - > Bay 2"]


def test_names_become_clear_while_bundles_come_in() -> None:
    bring(document(0, "ALPHA", disk(wwn=f"{WWN}01", vendor="", slot="Bay 1")))
    lone = bring(document(1, "", disk("S1", vendor="Samsung", wwn=f"{WWN}01", health="ok")))
    bring(document(3, "ALPHA", disk(wwn=f"{WWN}01", vendor="", slot="Bay 1", health="failed")))
    assert Component.objects.get().serial == "S1"

    amend(lone.id, asset_id=Asset.objects.get().id, user=None, now=RECEIVED)

    component = Component.objects.get()
    assert (component.serial, component.vendor, component.slot) == ("S1", "Samsung", "Bay 1")
    assert told_of("S1") == ["day 0: INSTALLED - > Bay 1", "day 3: HEALTH_CHANGED ok > failed"]


def test_two_servers_report_one_disk_until_one_is_right() -> None:
    for day, asset in enumerate(("ALPHA", "BETA") * 3):
        bring(document(day, asset, disk("S1", "Bay 1"), coverage=[]))
    assert told_of("S1") == ["day 0: INSTALLED - > Bay 1"]
    assert IdentityConflict.objects.count() == 1

    bring(document(7, "ALPHA", coverage=["disk"]))

    assert told_of("S1") == ["day 0: INSTALLED - > Bay 1", "day 5: MOVED Bay 1 > Bay 1"]
    assert Component.objects.get().asset == Asset.objects.get(serial="BETA")
    assert IdentityConflict.objects.count() == 1


def test_deriving_all_anew_tells_the_same_stories() -> None:
    bring(document(0, "ALPHA", disk("S1", "Bay 1"), disk(wwn=f"{WWN}02")), document(0, "BETA", disk("S2", "Bay 1")))
    bring(document(2, "BETA", disk("S1", "Bay 2", vendor="Seagate"), disk("S2", "Bay 1", health="failed")))
    bring(document(1, "ALPHA", disk("S3", wwn=f"{WWN}02"), coverage=["disk"]))
    before = fingerprint()

    derive_everything(now=RECEIVED)

    assert fingerprint() == before
