"""Failure signals find the part that they speak of, and are kept with their bundle."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.domain.merge import merge_parts
from ingest.domain.parts import Part
from ingest.domain.report import DEVICE, PartName, Sighting, Signal
from ingest.domain.signals import TellingSignal, place_signals
from registry.domain.identity import serial_lookup

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)
GPU = (("uuid", "GPU-4c0e1f4e-6a0b-4a44-a1a2-0d4f9f3b7c11"),)
COMPONENTS, _ = merge_parts(
    [
        Part("redfish", 0, Sighting("disk", serial="S1", slot="Bay 1", slot_kind="redfish")),
        Part("redfish", 0, Sighting("gpu", serial="G1", slot="0000:9b:00.0", slot_kind="pci", identifiers=GPU)),
        Part("redfish", 0, Sighting("psu", model="750W", slot="PSU 1", slot_kind="redfish")),
    ]
)


def _signal(part: PartName, **more: Any) -> Signal:
    return Signal(part, **{"kind": "state", "mode": "smart_failed", "severity": "critical", **more})


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


DRIVES, _ = merge_parts(
    [
        Part("smartctl-json", 0, Sighting("disk", serial=f"S{number}", measurements=measurements))
        for number, measurements in enumerate[dict[str, object]](
            [
                {"device": "/dev/sda", "device_type": "sat"},
                {"device": "/dev/sdb"},
                {"device": "/dev/nvme0", "device_type": "nvme"},
                {"device": "/dev/nvme1n1"},
                {"device": "/dev/sdc", "device_type": "megaraid,4"},
                {"device": "/dev/sdd"},
                {"device": "/dev/sdd"},
                {"device": 7},
            ]
        )
    ]
)


@pytest.mark.parametrize(
    ("device", "serial"),
    [
        ("/dev/sda", "S0"),
        ("sda3", "S0"),
        ("/dev/sdb", "S1"),
        ("nvme0n1p2", "S2"),
        ("nvme0c0n1", "S2"),
        ("nvme1n1", "S3"),
        ("sdaa", ""),
        ("sdc1", ""),  # the device of the controller before it
        ("sdd", ""),  # of two drives, by tools that ran at different times
        ("dm-3", ""),
        ("md/0", ""),
    ],
)
def test_a_part_named_by_its_device_is_the_one_that_some_tool_saw_there(device: str, serial: str):
    signal = _signal(PartName("disk", identifiers=((DEVICE, device),)))

    placed = place_signals([TellingSignal("mdadm", signal)], DRIVES)

    assert [DRIVES[one.component].serial for one in placed if one.component is not None] == [serial] * bool(serial)
    assert [one.lookup for one in placed] == [serial_lookup("disk", serial)] * bool(serial)


def test_two_partitions_of_one_drive_are_one_signal():
    told = [TellingSignal("mdadm", _signal(PartName("disk", identifiers=((DEVICE, f"sda{n}"),)))) for n in (1, 2)]

    assert len(place_signals(told, DRIVES)) == 1


def test_a_slot_that_shows_another_identifier_holds_another_part():
    other = (("uuid", "GPU-99999999-6a0b-4a44-a1a2-0d4f9f3b7c11"),)

    assert _placed_at(_signal(PartName("gpu", slot="0000:9b:00.0", identifiers=other))) == ""
