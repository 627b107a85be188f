"""What a management controller's event log makes of a failure, and what takes it back."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.domain.report import Member, Signal
from ingest.parsers.ipmi_events import Entry, fault_of
from ingest.parsers.ipmi_sel import IpmiSelParser
from registry.domain.vocabulary import Severity

NOON = datetime(2024, 5, 27, 12, 0, tzinfo=UTC)


def signals(*lines: str) -> tuple[Signal, ...]:
    """What the log of `lines` tells; each is the text after the entry's number."""
    text = "".join(f" {number:x} | {line}\n" for number, line in enumerate(lines, start=1))
    return tuple(signal for report in IpmiSelParser().parse(Member("sel", text.encode())) for signal in report.signals)


def at(moment: datetime, rest: str) -> str:
    return f"{moment:%m/%d/%Y | %H:%M:%S} | {rest}"


@pytest.mark.parametrize(
    ("watched", "event", "mode", "severity"),
    [
        ("Memory", "Uncorrectable ECC", "uncorrectable_ecc", Severity.CRITICAL),
        ("Memory", "Parity", "uncorrectable_ecc", Severity.CRITICAL),
        ("Processor", "IERR", "machine_check", Severity.CRITICAL),
        ("Processor", "Uncorrectable machine check exception", "machine_check", Severity.CRITICAL),
        ("Processor", "FRB1/BIST failure", "cpu_failure", Severity.FATAL),
        ("Power Supply", "Failure detected", "psu_failure", Severity.FATAL),
        ("Power Supply", "Predictive failure", "predicted_failure", Severity.CRITICAL),
        ("Drive Slot / Bay", "Drive Fault", "drive_failed", Severity.FATAL),
        ("Drive Slot", "Predictive Failure", "predicted_failure", Severity.CRITICAL),
        ("Fan", "Lower Critical going low", "fan_failure", Severity.CRITICAL),
        ("Fan", "Lower Non-recoverable going low", "fan_failure", Severity.FATAL),
        ("Battery", "Failed", "battery_failure", Severity.FATAL),
    ],
)
def test_an_event_that_means_a_failed_part_is_one(watched: str, event: str, mode: str, severity: Severity) -> None:
    fault = fault_of(Entry(NOON, watched, "sensor", event))

    assert fault is not None
    assert (fault.mode, fault.severity) == (mode, severity)


@pytest.mark.parametrize(
    ("watched", "event"),
    [
        ("Memory", "Correctable ECC"),
        ("Memory", "Correctable ECC logging limit reached"),
        ("Processor", "Thermal Trip"),
        ("Processor", "Correctable machine check error"),
        ("Power Supply", "Power Supply AC lost"),
        ("Power Supply", "Presence detected"),
        ("Power Supply", "Predictive failure deasserted"),
        ("Power Unit", "Failure detected"),
        ("Power Unit", "Redundancy Lost"),
        ("Drive Slot / Bay", "In Critical Array"),
        ("Drive Slot / Bay", "Drive Present"),
        ("Fan", "Lower Non-critical going low"),
        ("Fan", "Redundancy Lost"),
        ("Battery", "Low"),
        ("Critical Interrupt", "Bus Fatal Error"),
        ("Physical Security", "General Chassis intrusion"),
        ("Event Logging Disabled", "Log area reset/cleared"),
        ("Temperature", "Upper Critical going high"),
        ("Management Subsystem Health", "Sensor failure"),
        ("System Event", "Timestamp Clock Sync"),
        ("OS Boot", "C: boot completed"),
        ("", "Uncorrectable ECC"),
    ],
)
def test_an_event_that_means_no_failed_part_is_none(watched: str, event: str) -> None:
    assert fault_of(Entry(NOON, watched, "sensor", event)) is None


@pytest.mark.parametrize(("after", "told"), [(timedelta(minutes=15), 0), (timedelta(minutes=15, seconds=1), 1)])
def test_a_state_that_is_taken_back_soon_was_no_failure_and_later_was_a_repair(after: timedelta, told: int) -> None:
    found = signals(
        at(NOON, "Power Supply PS1 Status | Failure detected | Asserted"),
        at(NOON + after, "Power Supply PS1 Status | Failure detected | Deasserted"),
    )

    assert len(found) == told


def test_another_sensors_recovery_takes_nothing_back() -> None:
    found = signals(
        at(NOON, "Power Supply PS1 Status | Failure detected | Asserted"),
        at(NOON, "Power Supply PS2 Status | Failure detected | Deasserted"),
        at(NOON, "Power Supply PS1 Status | Power Supply AC lost | Deasserted"),
    )

    assert [signal.part.slot for signal in found] == ["PS1"]


def test_data_that_were_lost_stay_lost() -> None:
    found = signals(
        at(NOON, "Memory DIMM_A1 | Uncorrectable ECC | Asserted"),
        at(NOON, "Memory DIMM_A1 | Uncorrectable ECC | Deasserted"),
    )

    assert [(signal.part.slot, signal.mode) for signal in found] == [("DIMM_A1", "uncorrectable_ecc")]


def test_a_state_before_the_clock_was_set_that_is_taken_back_was_no_failure() -> None:
    found = signals(
        "Pre-Init Time-stamp   | Fan Fan 1 | Lower Critical going low | Asserted",
        "Pre-Init Time-stamp   | Fan Fan 1 | Lower Critical going low | Deasserted",
    )

    assert found == ()


@pytest.mark.parametrize(
    "when", ["Pre-Init Time-stamp  ", "Pre-Init  |0000000041", "01/01/1970 | 00:01:35", "13/45/2024 | 25:61:61"]
)
def test_an_entry_of_a_clock_that_was_not_set_has_no_time(when: str) -> None:
    found = signals(f"{when} | Memory DIMM_A1 | Uncorrectable ECC | Asserted")

    assert [signal.occurred_at for signal in found] == [None]


def test_the_logs_clock_never_dates_the_snapshot() -> None:
    (report,) = IpmiSelParser().parse(
        Member("sel", b" 1 | 05/27/2024 | 12:00:00 | Memory DIMM_A1 | Uncorrectable ECC | Asserted\n")
    )

    assert report.collected_at is None


def test_a_long_log_of_failures_is_read_in_one_pass() -> None:
    lines = [at(NOON, f"Power Supply PS{number} | Failure detected | Asserted") for number in range(20_000)]

    assert len(signals(*lines)) == 20_000
