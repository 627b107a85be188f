"""Which entries of a Redfish log tell of failed hardware, of which part, and when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ingest.redfish_failures import signals, supply, told
from tests.ingest.redfish_trees import CHASSIS, SYSTEM, V1, TreeOf

LOG = f"{SYSTEM}/LogServices/Log/Entries"
AT = datetime(2024, 4, 30, 9, 15, tzinfo=UTC)


def logged(tree: TreeOf, number: int = 1, **properties: Any) -> TreeOf:
    return tree.put(f"{LOG}/{number}", "LogEntry", Created="2024-04-30T09:15:00Z", Severity="Critical", **properties)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"MessageId": "IDRAC.2.9.PDR1001", "MessageArgs": ["Drive 4"]}, ("drive_failed", "fatal", "disk", "Drive 4")),
        ({"MessageId": "PSU0001", "Message": "Power supply 2 failed."}, ("psu_failure", "fatal", "psu", "PS2")),
        (
            {"MessageId": "IDRAC.2.9.MEM0001", "Message": "Multi-bit memory errors detected at location(s) DIMM_A1."},
            ("uncorrectable_ecc", "critical", "memory", "DIMM_A1"),
        ),
        (
            {"MessageId": "StorageDevice.1.1.DriveFailure", "MessageArgs": ["Bay 3"]},
            ("drive_failed", "fatal", "disk", "Bay 3"),
        ),
        (
            {"EntryType": "SEL", "SensorType": "Memory", "EntryCode": "Assert", "Message": "Uncorrectable ECC @DIMMB1"},
            ("uncorrectable_ecc", "critical", "memory", "DIMMB1"),
        ),
        (
            {"SensorType": "Drive Slot / Bay", "EntryCode": "Drive Fault", "MessageArgs": ["Disk 7"]},
            ("drive_failed", "fatal", "disk", "Disk 7"),
        ),
        (
            {
                "OemRecordFormat": "Hpe-IML",
                "Message": "Uncorrectable Memory Error (Processor 2, DIMM 5)",
                "Oem": {"Hpe": {"Class": 2}},
            },
            ("uncorrectable_ecc", "critical", "memory", "PROC 2 DIMM 5"),
        ),
        (
            {"Message": "detected errors of type 'XID 79 GPU lost'", "MessageArgs": ["GPU_SXM_4 Driver Event"]},
            ("xid_79", "fatal", "gpu", "GPU_SXM_4"),
        ),
        (
            {"Message": "errors of type 'SXID 12028 Fatal, Link 18'", "MessageArgs": ["NVSwitch_0 Driver Event"]},
            ("sxid_12028", "critical", "other", "NVSwitch_0"),
        ),
    ],
)
def test_entries_that_tell_of_failed_hardware(entry: dict[str, Any], expected: tuple[str, ...]) -> None:
    tree = logged(TreeOf(), **entry)

    assert told(tree) == [expected]
    assert [(one.kind, one.occurred_at) for one in signals(tree)] == [("entry", AT)]


@pytest.mark.parametrize(
    "entry",
    [
        {"MessageId": "IDRAC.2.9.SEC0033", "Message": "The chassis is open while the power is off."},
        {"MessageId": "IDRAC.2.7.SWC9005", "Message": "The SecureBoot Certificate Export cannot be completed."},
        {"MessageId": "IDRAC.2.9.LOG006", "Message": "Log cleared."},
        {"MessageId": "IDRAC.2.9.PSU0003", "Message": "The power input for power supply 2 is lost."},
        {"MessageId": "iLOEvents.3.7.OverallSecStateAtRisk"},
        {"MessageId": "ResourceEvent.1.0.ResourceErrorsDetected", "Message": "ThrottleReason has detected errors"},
        {"Message": "errors of type 'XID 13 Graphics SM Exception'"},
        {"Message": "errors of type 'SXID 20009 Non-fatal; Link 42'"},
        {"SensorType": "Memory", "EntryCode": "Assert", "Message": "[ OEM ] Correctable ECC @DIMMB1"},
        {"SensorType": "Memory", "EntryCode": "Deassert", "Message": "Uncorrectable ECC @DIMMB1"},
        {"SensorType": "Temperature", "EntryCode": "Upper Critical - going high"},
        {"SensorType": "Physical Chassis Security", "Message": "Chassis intrusion: failure detected"},
        {"MessageId": "StorageDevice.1.1.DriveFailureCleared"},
        {
            "OemRecordFormat": "Hpe-IML",
            "Message": "System Power Supply: Input Power Loss or Unplugged Power Cord, Verify Power Supply Input",
        },
        {"MessageId": "PSU0001", "Severity": "OK"},
        {"MessageId": 7, "Message": ["XID 79"], "SensorType": {}, "Links": "nowhere"},
    ],
)
def test_entries_that_tell_of_none(entry: dict[str, Any]) -> None:
    tree = logged(TreeOf())
    tree.resources[f"{LOG}/1"] |= entry

    assert told(tree) == []


def test_an_entry_written_out_in_its_collection_counts_once() -> None:
    tree = logged(TreeOf(), MessageId="PSU0001", Message="Power supply 2 failed.")
    tree.resources[LOG]["Members"] = [dict(tree.resources[f"{LOG}/1"])]
    elsewhere = f"{CHASSIS}/LogServices/Health/Entries"
    tree.resources[elsewhere] = tree.resources[LOG] | {"@odata.id": elsewhere}

    assert len(signals(tree)) == 1


def test_an_entry_names_the_slot_of_the_part_that_it_links_to() -> None:
    gpu = f"{SYSTEM}/Processors/GPU_SXM_4"
    location = {"PartLocation": {"ServiceLabel": "SXM4"}}
    tree = TreeOf().part(
        SYSTEM,
        "Processors",
        "GPU_SXM_4",
        "Processor",
        ProcessorType="GPU",
        SerialNumber="G4",
        Location=location,
        Links={"PCIeDevice": {"@odata.id": f"{V1}/Chassis/GPU4/PCIeDevices/GPU4"}},
    )
    for number, origin in enumerate([gpu, f"{V1}/Chassis/GPU4"]):
        links = {"OriginOfCondition": {"@odata.id": origin}}
        logged(tree, number, Message=f"errors of type 'XID 62 no. {number}'", Links=links)

    assert told(tree) == [("xid_62", "critical", "gpu", "SXM4")] * 2


def test_a_supply_is_known_by_the_number_that_its_sensor_bears() -> None:
    tree = supply(supply(TreeOf(), "1", SerialNumber="P1", Model="X"), "2", SerialNumber="P2", Model="X")
    sensor = {"Supermicro": {"RawEventData": {"SensorName": "PS2 Status"}}}
    logged(tree, SensorType="Power Supply / Converter", Message="Power Supply Failure detected", Oem=sensor)

    assert told(tree) == [("psu_failure", "fatal", "psu", "Power Supply Bay 2")]


@pytest.mark.parametrize(("seconds", "failures"), [(0, 0), (59, 0), (120, 1)])
def test_a_supply_that_lost_its_input_at_that_moment_has_not_failed(seconds: int, failures: int) -> None:
    lost = f"2024-04-30T09:{15 + seconds // 60}:{seconds % 60:02}Z"
    tree = logged(TreeOf(), 1, SensorType="Power Supply", Message="PS1 Status, Power Supply Failure detected")
    tree.put(
        f"{LOG}/2", "LogEntry", Created=lost, SensorType="Power Supply", Message="PS1 Status, Power Supply input lost"
    )

    assert len(signals(tree)) == failures


@pytest.mark.parametrize(
    "created",
    [
        "9999-12-31T23:59:59+00:00",
        "2000-01-01T00:00:00Z",
        "1970-01-01T00:01:38Z",
        "0000-00-00T00:00:00Z",
        "2024-06-01",
        7,
    ],
)
def test_a_clock_that_was_not_set_dates_nothing(created: object) -> None:
    tree = logged(TreeOf(), MessageId="PSU0001")
    tree.resources[f"{LOG}/1"]["Created"] = created

    assert [one.occurred_at for one in signals(tree)] == [None]


def test_the_log_of_a_manager_whose_clock_lags_dates_nothing() -> None:
    tree = logged(TreeOf(), MessageId="PSU0001")
    tree.put(f"{V1}/Managers/2", "Manager", DateTime="2020-12-11T00:00:00Z")
    tree.resources[SYSTEM]["Links"] = {"ManagedBy": [{"@odata.id": f"{V1}/Managers/2"}]}

    assert [one.occurred_at for one in signals(tree)] == [None]


def test_the_drivers_own_time_is_better_than_the_controllers() -> None:
    said = "errors of type '[Mon Apr 29 03:31:23 UTC 2024][2][00] XID 62 badf'"
    tree = logged(TreeOf(), Message=said)
    tree.resources[f"{LOG}/1"]["Created"] = "2020-06-16T21:12:42+00:00"

    assert [one.occurred_at for one in signals(tree)] == [datetime(2024, 4, 29, 3, 31, 23, tzinfo=UTC)]
