"""Failure signals find the part that they speak of, and are kept with their bundle."""

from datetime import UTC, datetime

from ingest.domain.merge import Part, merge_parts
from ingest.domain.report import PartName, Sighting, Signal
from ingest.domain.signals import TellingSignal, place_signals

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)
GPU = (("uuid", "GPU-4c0e1f4e-6a0b-4a44-a1a2-0d4f9f3b7c11"),)
COMPONENTS, _ = merge_parts(
    [
        Part("redfish", 0, Sighting("disk", serial="S1", slot="Bay 1", slot_kind="redfish")),
        Part("redfish", 0, Sighting("gpu", serial="G1", slot="0000:9b:00.0", slot_kind="pci", identifiers=GPU)),
        Part("redfish", 0, Sighting("psu", model="750W", slot="PSU 1", slot_kind="redfish")),
    ]
)


def _signal(part: PartName, **more: object) -> Signal:
    return Signal(part, **{"kind": "state", "mode": "smart_failed", "severity": "critical", **more})  # type: ignore[arg-type]


def _placed_at(signal: Signal) -> str:
    (placed,) = place_signals([TellingSignal("sel", signal)], COMPONENTS)
    return "" if placed.component is None else COMPONENTS[placed.component].type


def test_a_signal_finds_its_part_by_serial():
    assert _placed_at(_signal(PartName("disk", serial=" s1 "))) == "disk"


def test_a_signal_finds_its_part_by_an_identifier():
    assert _placed_at(_signal(PartName("gpu", identifiers=GPU))) == "gpu"


def test_a_signal_finds_its_part_by_the_slot_when_it_names_no_serial():
    assert _placed_at(_signal(PartName("psu", slot="psu  1"))) == "psu"


def test_a_serial_that_is_not_in_the_slot_any_more_finds_nothing():
    assert _placed_at(_signal(PartName("disk", serial="S9", slot="Bay 1"))) == ""


def test_a_slot_of_another_type_finds_nothing():
    assert _placed_at(_signal(PartName("memory", slot="PSU 1"))) == ""


def test_one_signal_told_twice_by_one_parser_is_one():
    twice = [TellingSignal("sel", _signal(PartName("psu", slot="PSU 1"), occurred_at=MORNING, kind="entry"))] * 2

    assert len(place_signals(twice, COMPONENTS)) == 1


def test_signals_come_in_the_order_of_time_whatever_order_they_were_told_in():
    early = TellingSignal("sel", _signal(PartName("psu", slot="PSU 1"), occurred_at=MORNING, kind="entry"))
    late = TellingSignal("sel", _signal(PartName("psu"), occurred_at=MORNING.replace(hour=9), kind="entry"))

    assert place_signals([late, early], COMPONENTS) == place_signals([early, late], COMPONENTS)
    assert place_signals([late, early], COMPONENTS)[0].signal == early.signal
