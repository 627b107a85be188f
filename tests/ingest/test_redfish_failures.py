"""What of a Redfish tree is a failure, where it is told, and what only looks like one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.domain.report import Member, Report, Signal
from ingest.parsers.redfish import RedfishParser
from tests.ingest.test_redfish import CHASSIS, MANAGER, SYSTEM, V1, TreeOf, assembled, only_report, serials

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
CRITICAL = {"State": "Enabled", "Health": "Critical"}
ROLLED_UP = {"State": "Enabled", "Health": "Critical", "HealthRollup": "Critical"}
OUT_OF_USE = {"State": "UnavailableOffline", "Health": "Critical"}
LOG = f"{SYSTEM}/LogServices/Log/Entries"
AT = datetime(2024, 4, 30, 9, 15, tzinfo=UTC)


def logged(tree: TreeOf, number: int = 1, **properties: Any) -> TreeOf:
    return tree.put(f"{LOG}/{number}", "LogEntry", Created="2024-04-30T09:15:00Z", Severity="Critical", **properties)


def supply(tree: TreeOf, name: str, **properties: Any) -> TreeOf:
    holder = f"{CHASSIS}/PowerSubsystem"
    if holder not in tree.resources:
        tree.put(holder, "PowerSubsystem")
    return tree.part(holder, "PowerSupplies", name, "PowerSupply", Name=f"Power Supply Bay {name}", **properties)


def told(tree: TreeOf) -> list[tuple[str, str, str, str]]:
    return [(one.mode, one.severity, one.part.type, one.part.serial or one.part.slot) for one in _signals(tree)]


def _signals(tree: TreeOf) -> tuple[Signal, ...]:
    return only_report(tree).signals


# of the parts themselves


def test_one_failing_drive_in_five_resources_is_one_signal_at_the_drive() -> None:
    tree = TreeOf().drive("0", SerialNumber="S1", Status=ROLLED_UP, FailurePredicted=True)
    tree.resources[f"{SYSTEM}/Storage/RAID"] |= {
        "Status": ROLLED_UP,
        "StorageControllers": [{"MemberId": "0", "SerialNumber": "C1", "Model": "P408i", "Status": ROLLED_UP}],
    }
    for top in (SYSTEM, CHASSIS, MANAGER):
        tree.resources[top]["Status"] = ROLLED_UP

    assert told(tree) == [("predicted_failure", "critical", "disk", "S1")]


def test_a_controller_that_passes_on_the_failure_of_a_drive_in_the_chassis_is_none() -> None:
    tree = TreeOf().part(CHASSIS, "Drives", "0", "Drive", SerialNumber="S1", Status=CRITICAL)
    tree.part(SYSTEM, "Storage", "RAID", "Storage", Drives=[{"@odata.id": f"{CHASSIS}/Drives/0"}])
    tree.part(
        f"{SYSTEM}/Storage/RAID", "Controllers", "0", "StorageController", SerialNumber="C1", Model="X", Status=CRITICAL
    )

    assert told(tree) == [("health_critical", "critical", "disk", "S1")]


def test_a_controller_that_is_critical_alone_is_the_leaf() -> None:
    tree = TreeOf().drive("0", SerialNumber="S1")
    tree.part(
        f"{SYSTEM}/Storage/RAID", "Controllers", "0", "StorageController", SerialNumber="C1", Model="X", Status=CRITICAL
    )

    assert told(tree) == [("health_critical", "critical", "hba", "C1")]


@pytest.mark.parametrize(
    ("properties", "mode", "severity"),
    [
        ({"FailurePredicted": True}, "predicted_failure", "critical"),
        ({"StatusIndicator": "PredictiveFailureAnalysis"}, "predicted_failure", "critical"),
        ({"Status": CRITICAL}, "health_critical", "critical"),
        ({"Status": OUT_OF_USE}, "drive_failed", "fatal"),
        ({"Status": OUT_OF_USE, "FailurePredicted": True}, "drive_failed", "fatal"),
        ({"StatusIndicator": "Fail"}, "drive_failed", "fatal"),
    ],
)
def test_the_drives_own_words_give_the_mode(properties: dict[str, Any], mode: str, severity: str) -> None:
    assert told(TreeOf().drive("0", SerialNumber="S1", **properties)) == [(mode, severity, "disk", "S1")]


@pytest.mark.parametrize(
    "properties",
    [
        {"Status": {"State": "Enabled", "Health": "Warning"}},
        {"Status": {"State": "Enabled", "Health": "OK", "HealthRollup": "Critical"}},
        {"Status": {"State": "UnavailableOffline", "Health": "OK"}},
        {"Status": {"State": "Absent", "Health": "Critical"}},
        {"Status": {"State": "Starting", "Health": None}},
        {"Status": "Critical"},
        {"FailurePredicted": "yes"},
    ],
)
def test_what_is_less_than_critical_is_no_failure(properties: dict[str, Any]) -> None:
    assert told(TreeOf().drive("0", SerialNumber="S1", **properties)) == []


def test_a_supply_fails_unless_it_lost_its_input() -> None:
    tree = supply(TreeOf(), "1", SerialNumber="P1", Status=OUT_OF_USE)
    supply(tree, "2", SerialNumber="P2", Status=OUT_OF_USE, LineInputStatus="LossOfInput")
    supply(tree, "3", SerialNumber="P3", Status=CRITICAL)

    assert told(tree) == [("psu_failure", "fatal", "psu", "P1"), ("health_critical", "critical", "psu", "P3")]


def test_a_fan_that_is_no_component_of_its_own_fails_by_its_place() -> None:
    tree = TreeOf().part(CHASSIS, "Thermal", "0", "Thermal")
    tree.put(f"{CHASSIS}/Thermal", "Thermal", Fans=[{"MemberId": "3", "Name": "Fan 4A", "Status": OUT_OF_USE}])

    assert told(tree) == [("fan_failure", "fatal", "fan", "Fan 4A")]


# in the logs


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
    assert [(one.kind, one.occurred_at) for one in _signals(tree)] == [("entry", AT)]


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

    assert len(_signals(tree)) == 1


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

    assert len(_signals(tree)) == failures


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

    assert [one.occurred_at for one in _signals(tree)] == [None]


def test_the_log_of_a_manager_whose_clock_lags_dates_nothing() -> None:
    tree = logged(TreeOf(), MessageId="PSU0001")
    tree.put(f"{V1}/Managers/2", "Manager", DateTime="2020-12-11T00:00:00Z")
    tree.resources[SYSTEM]["Links"] = {"ManagedBy": [{"@odata.id": f"{V1}/Managers/2"}]}

    assert [one.occurred_at for one in _signals(tree)] == [None]


def test_the_drivers_own_time_is_better_than_the_controllers() -> None:
    said = "errors of type '[Mon Apr 29 03:31:23 UTC 2024][2][00] XID 62 badf'"
    tree = logged(TreeOf(), Message=said)
    tree.resources[f"{LOG}/1"]["Created"] = "2020-06-16T21:12:42+00:00"

    assert [one.occurred_at for one in _signals(tree)] == [datetime(2024, 4, 29, 3, 31, 23, tzinfo=UTC)]


# HPE's own schemas


def with_smart_storage(tree: TreeOf, *, drives: int = 1, **properties: Any) -> TreeOf:
    """The tree with HPE's old storage, and the links that lead there."""
    storage, controller = f"{SYSTEM}/SmartStorage", f"{SYSTEM}/SmartStorage/ArrayControllers/0"
    tree.resources[SYSTEM]["Oem"] = {"Hpe": {"Links": {"SmartStorage": {"@odata.id": storage}}}}
    tree.put(storage, "HpeSmartStorage", Links={"ArrayControllers": {"@odata.id": f"{storage}/ArrayControllers"}})
    tree.put(
        controller,
        "HpeSmartStorageArrayController",
        SerialNumber="C1",
        Model="HPE Smart Array P408i-a",
        Location="Slot 0",
        ControllerPartNumber="836260-001",
        FirmwareVersion={"Current": {"VersionString": "5.32"}},
        Links={"PhysicalDrives": {"@odata.id": f"{controller}/DiskDrives"}},
    )
    for number in range(drives):
        tree.put(
            f"{controller}/DiskDrives/{number}",
            "HpeSmartStorageDiskDrive",
            SerialNumber=f"D{number}",
            Model="EG0600FBVFP",
            Location=f"1I:2:{number}",
            FirmwareVersion={"Current": {"VersionString": "HPD6"}},
            **properties,
        )
    return tree


def test_drives_and_controllers_of_the_old_schema_are_parts_and_covered() -> None:
    report = only_report(with_smart_storage(TreeOf(), drives=2))

    disks = [(one.serial, one.slot, one.firmware) for one in report.sightings if one.type == "disk"]
    assert disks == [("D0", "1I:2:0", "HPD6"), ("D1", "1I:2:1", "HPD6")]
    assert [(one.serial, one.part_number) for one in report.sightings if one.type == "hba"] == [("C1", "836260-001")]
    assert report.coverage >= {"disk", "hba"}


def test_a_drive_of_both_schemas_is_one() -> None:
    report = only_report(with_smart_storage(TreeOf().drive("0", SerialNumber="D0", Revision="HPD6")))

    assert serials(report, "disk") == ["D0"]


def test_a_drive_of_the_old_schema_that_was_not_read_is_not_absent() -> None:
    tree = with_smart_storage(TreeOf().drive("0", SerialNumber="S1"), drives=2)
    del tree.resources[f"{SYSTEM}/SmartStorage/ArrayControllers/0/DiskDrives/1"]

    report = only_report(tree)

    assert "disk" not in report.coverage
    assert any("diskdrives/1 was not read" in problem for problem in report.problems)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"DiskDriveStatusReasons": ["Failed"], "Status": CRITICAL}, [("drive_failed", "fatal", "disk", "D0")]),
        ({"DiskDriveStatusReasons": ["PredictiveFail"]}, [("predicted_failure", "critical", "disk", "D0")]),
        ({"DiskDriveStatusReasons": ["EraseInProgress", "NonAuthenticDrive"]}, []),
        ({"DiskDriveStatusReasons": ["None"], "Status": CRITICAL}, [("health_critical", "critical", "disk", "D0")]),
    ],
)
def test_the_old_schemas_reasons_give_the_mode(properties: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert told(with_smart_storage(TreeOf(), **properties)) == expected


def test_the_list_of_devices_gives_what_no_other_view_has() -> None:
    tree = TreeOf()
    for number, (kind, serial) in enumerate(
        [("Smart Storage Battery", "B1"), ("LOM/NIC", "N1"), ("Backplane PIC", "X1"), ("Unknown", ""), ("LOM/NIC", "")]
    ):
        tree.part(CHASSIS, "Devices", str(number), "HpeServerDevice", DeviceType=kind, SerialNumber=serial, Name=kind)

    report = only_report(tree)

    assert {(one.type, one.serial) for one in report.sightings if one.serial} == {("nic", "N1"), ("battery", "B1")}


# a resource by itself


def lone(resource: dict[str, Any]) -> Report:
    ((_, report),) = assembled({"resource.json": resource})
    return report


def test_a_lone_chassis_names_no_asset() -> None:
    chassis = {"@odata.id": CHASSIS, "@odata.type": "#Chassis.v1_6_0.Chassis", "SerialNumber": "X1", "Model": "R750"}
    drive = {"@odata.id": f"{CHASSIS}/Drives/0", "@odata.type": "#Drive.v1_0_0.Drive", "SerialNumber": "S1"}

    ((_, report),) = assembled({"chassis.json": chassis, "drive.json": drive})

    assert report.asset is None
    assert serials(report, "disk") == ["S1"]


def test_a_lone_system_names_the_asset() -> None:
    report = lone({"@odata.id": SYSTEM, "@odata.type": "#ComputerSystem.v1_4_0.ComputerSystem", "SerialNumber": "M1"})

    assert report.asset is not None
    assert [claim.value for claim in report.asset.serials] == ["M1"]


def test_a_lone_drive_tells_its_failure() -> None:
    report = lone(
        {
            "@odata.id": f"{CHASSIS}/Drives/0",
            "@odata.type": "#Drive.v1_17_0.Drive",
            "SerialNumber": "S1",
            "FailurePredicted": True,
        }
    )

    assert report.asset is None
    assert [(one.mode, one.part.serial) for one in report.signals] == [("predicted_failure", "S1")]


# real ones


def _reports_of(folder: Path) -> Iterator[Report]:
    parser = RedfishParser()
    files = ((path.relative_to(folder.parent).as_posix(), path.read_bytes()) for path in sorted(folder.rglob("*.json")))
    members = [(name, parser.read(Member(name, data))) for name, data in files if parser.wants(name, data[:4096])]
    return (report for _, report in parser.assemble(members, []))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")
@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("hpe-dl385-gen10plusv2-critical", {("predicted_failure", "S6C1NA0TA04209"): 1}),
        ("dell-poweredge-r750", {}),
        ("dmtf-public-rackmount1", {}),
        ("nvidia-bluefield3-dpu", {}),
        ("supermicro-sys-821ge-tnhr", {}),  # ten entries of supplies whose power was cut
        ("supermicro-x10sdv", {}),  # 128 corrected errors
        (
            "nvidia-dgx-h100",
            {
                ("xid_62", "SXM1"): 2,
                ("xid_62", "SXM2"): 1,
                ("xid_62", "SXM4"): 3,
                ("xid_62", "SXM5"): 2,
                ("xid_62", "SXM6"): 2,
                ("xid_62", "SXM8"): 3,
            },
        ),
    ],
)
def test_real_trees_tell_their_failures_each_once(machine: str, expected: dict[tuple[str, str], int]) -> None:
    signals = [one for report in _reports_of(SAMPLES / "redfish" / machine) for one in report.signals]

    found: dict[tuple[str, str], int] = {}
    for one in signals:
        key = (one.mode, one.part.serial or one.part.slot)
        found[key] = found.get(key, 0) + 1
    assert found == expected
    assert all(one.occurred_at and one.occurred_at.year >= 2023 for one in signals if one.kind == "entry")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")
@pytest.mark.parametrize("path", sorted((SAMPLES / "redfish-fragments").glob("*.json")), ids=lambda path: path.stem)
def test_a_real_resource_by_itself_names_an_asset_only_where_it_is_the_system(path: Path) -> None:
    parser = RedfishParser()
    content = path.read_bytes()

    assert parser.wants(path.name, content[:4096])
    reports = [report for _, report in parser.assemble([(path.name, parser.read(Member(path.name, content)))], [])]

    named = [report for report in reports if report.asset is not None]
    assert not named or b"#ComputerSystem." in content
    assert not any(report.coverage - {"bios", "motherboard"} or report.signals for report in reports)
