"""HPE's own schemas in a Redfish tree: its old storage, and its list of devices."""

from typing import Any

import pytest

from tests.ingest.redfish_failures import CRITICAL, told
from tests.ingest.redfish_trees import CHASSIS, SYSTEM, TreeOf, only_report, serials


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
