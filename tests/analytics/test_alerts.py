"""Bad lots, firmware and places are found in the database's history, open and close, and name whom they concern."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from analytics.models import Alert, Lease, Run
from analytics.selectors.recall import concerned
from analytics.services import count_changes
from analytics.services.alerts import acknowledge, evaluate_alerts
from analytics.services.standard import answer_standard_questions, evaluate_now
from registry.models import Asset, Component
from tests.analytics.fleets import START, fail, put_in, run_under
from tests.builders import make_asset, make_component, make_lot, make_user

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=300)


@pytest.fixture(autouse=True)
def _little_data_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    # Hundreds of parts a lot say no more than ten do, and take long to make.
    monkeypatch.setattr("analytics.selectors.peers.is_low_data", lambda components, *_: components < 5)


def _lots(failures: dict[str, int], parts: int = 12) -> None:
    """Lots of one model, each with parts of its own in servers of its own, and so many of them failing."""
    for code, count in failures.items():
        lot = make_lot(code=code)
        asset = make_asset(serial=f"SRV-{code}")
        Asset.objects.filter(id=asset.id).update(last_seen_at=NOW)
        for number in range(parts):
            component = make_component(
                lot=lot, model="MZ7", serial=f"{code}-{number}", asset=asset, slot=f"Bay {number}"
            )
            put_in(component, asset, START)
            if number < count:
                fail(component, START + timedelta(days=20 + number))
    count_changes()


def test_a_bad_lot_opens_one_alert_with_what_was_seen_and_expected():
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 12})

    opened, closed, _ = evaluate_alerts(now=NOW)

    alert = Alert.objects.get()
    assert (opened, closed) == (1, 0)
    assert (alert.kind, alert.model, alert.value, alert.seen, alert.components) == ("lot", "MZ7", "BAD", 12, 12)
    assert alert.expected == pytest.approx(15 / 4)
    assert alert.ratio == pytest.approx(12.0)
    assert alert.adjusted < 0.05


def test_finding_it_again_keeps_the_alert_and_who_took_note_of_it():
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 12})
    evaluate_alerts(now=NOW)
    person = make_user()
    acknowledge(Alert.objects.get().id, user=person, note="vendor told", now=NOW)

    opened, closed, _ = evaluate_alerts(now=NOW + timedelta(days=1))

    alert = Alert.objects.get()
    assert (opened, closed) == (0, 0)
    assert (alert.acknowledged_by, alert.note, alert.opened_at) == (person, "vendor told", NOW)
    assert alert.evaluated_at == NOW + timedelta(days=1)


def test_what_is_no_longer_found_closes_and_opens_anew_when_it_is_back():
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 12})
    evaluate_alerts(now=NOW)

    closed = evaluate_alerts(now=START + timedelta(days=10))[1]
    reopened = evaluate_alerts(now=NOW)[0]

    assert (closed, reopened) == (1, 1)
    assert Alert.objects.filter(closed_at__isnull=True).count() == 1
    assert Alert.objects.count() == 2


def test_lots_that_are_alike_open_nothing():
    _lots({"GOOD-1": 3, "GOOD-2": 4, "GOOD-3": 3, "GOOD-4": 5})

    assert evaluate_alerts(now=NOW) == (0, 0, 0)


def test_bad_firmware_is_an_alert_of_its_own():
    _lots({"ONE": 0, "TWO": 0})
    for number, component in enumerate(Component.objects.filter(model="MZ7").order_by("id")):
        firmware = "BAD1" if number % 4 == 0 else "GOOD1"
        run_under(component, firmware, START)
        Component.objects.filter(id=component.id).update(firmware=firmware, counted=False)
        if firmware == "BAD1":
            fail(component, START + timedelta(days=30))
    count_changes()

    evaluate_alerts(now=NOW)

    alert = Alert.objects.get(kind="firmware")
    assert (alert.value, alert.seen) == ("BAD1", 6)
    assert set(concerned(alert).values_list("firmware", flat=True)) == {"BAD1"}


def test_the_recall_list_names_every_part_of_the_lot_also_where_none_failed():
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 11})
    evaluate_alerts(now=NOW)

    parts = list(concerned(Alert.objects.get()))

    assert [part.serial for part in parts] == [f"BAD-{number}" for number in range(12)]
    assert {part.asset.serial for part in parts if part.asset} == {"SRV-BAD"}


def _fleet_with_a_hungry_bay(lots: int) -> Asset:
    """A hundred servers of one disk each, of which one went through six in its bay, of so many lots."""
    made = [make_lot(code=f"LOT-{number}") for number in range(lots)]
    for number in range(100):
        asset = make_asset(serial=f"SRV-{number}")
        put_in(make_component(model="MZ7", lot=made[number % lots], serial=f"D-{number}"), asset, START)
    hungry = make_asset(serial="HUNGRY")
    for number in range(6):
        part = make_component(model="MZ7", lot=made[number % lots], serial=f"H-{number}")
        row = put_in(part, hungry, START + timedelta(days=40 * number), START + timedelta(days=40 * number + 39))
        type(row).objects.filter(id=row.id).update(slot="Bay 7")
        fail(part, START + timedelta(days=40 * number + 39))
    Asset.objects.update(last_seen_at=NOW)
    count_changes()
    return hungry


def test_a_server_and_a_bay_that_eat_parts_of_several_lots_are_alerts():
    hungry = _fleet_with_a_hungry_bay(lots=3)

    evaluate_alerts(now=NOW)

    found = {alert.kind: alert for alert in Alert.objects.filter(kind__in=("asset", "slot"))}
    assert (found["asset"].asset_id, found["asset"].seen) == (hungry.id, 6)
    assert (found["slot"].asset_id, found["slot"].slot) == (hungry.id, "Bay 7")
    assert found["slot"].expected < 1


def test_a_place_where_one_lot_alone_fails_is_that_lots_affair():
    _fleet_with_a_hungry_bay(lots=1)

    evaluate_alerts(now=NOW)

    assert not Alert.objects.filter(kind__in=("asset", "slot")).exists()


def test_what_could_not_be_evaluated_leaves_its_alerts_open_and_a_failed_run(monkeypatch):
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 12})
    evaluate_alerts(now=NOW)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("lots")

    monkeypatch.setattr("analytics.selectors.standings.standings", broken)
    outcome = evaluate_alerts(now=NOW + timedelta(days=1))

    assert outcome == (0, 0, 2)
    assert Alert.objects.get().closed_at is None
    failed = Run.objects.filter(status=Run.Status.FAILED).values_list("standard", flat=True)
    assert sorted(failed) == ["alerts by firmware", "alerts by lot"]


def test_alerts_are_evaluated_with_the_nightly_questions(settings):
    settings.RELIABILITY_WINDOWS, settings.RELIABILITY_GROUPS = ["365d"], []
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 12})

    failed = answer_standard_questions(now=NOW + timedelta(hours=4, minutes=7))
    again = answer_standard_questions(now=NOW + timedelta(hours=5))

    assert (failed, again) == (0, 0)
    alert = Alert.objects.get()
    assert (alert.window_end, alert.evaluated_at) == (NOW, NOW + timedelta(hours=5))
    assert Run.objects.filter(kind="alerts").count() == 4


def test_two_do_not_evaluate_at_once():
    Lease.objects.create(name="standard runs", until=NOW + timedelta(minutes=5))

    assert evaluate_now(now=NOW) is None


def test_a_silent_server_adds_nothing_to_what_is_expected_of_it():
    hungry = _fleet_with_a_hungry_bay(lots=3)
    still = make_component(model="MZ7", lot=make_lot(code="LATE"))
    put_in(still, hungry, START + timedelta(days=50))
    Asset.objects.filter(id=hungry.id).update(last_seen_at=START + timedelta(days=60), counted=False)
    count_changes()

    evaluate_alerts(now=NOW)

    # Six disks of 39 days each; the seventh from day 50 to 90 days after the server was last heard of.
    alert = Alert.objects.get(kind="asset")
    assert alert.exposure_days == pytest.approx(6 * 39 + 100)


def test_the_command_evaluates_now_and_lists_what_is_open(capsys, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    _lots({"GOOD-1": 1, "GOOD-2": 1, "GOOD-3": 1, "BAD": 12})

    call_command("reliability", "--alerts")

    said = capsys.readouterr().out
    assert "lot BAD of disk MZ7: 12 failures where 3.8 were expected, 12.0 times (" in said
    assert "1 opened, 0 closed" in said
