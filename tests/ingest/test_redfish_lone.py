"""A Redfish resource by itself: its part is told, and an asset only where it is the system."""

from typing import Any

from ingest.domain.report import Report
from tests.ingest.redfish_trees import CHASSIS, SYSTEM, V1, TreeOf, assembled, serials


def lone(resource: dict[str, Any]) -> Report:
    ((_, report),) = assembled({"resource.json": resource})
    return report


def test_a_resource_by_itself_gives_its_part_and_no_asset() -> None:
    drive = TreeOf().drive("0", SerialNumber="S1").resources[f"{SYSTEM}/Storage/RAID/Drives/0"]

    ((path, report),) = assembled({"drive.json": drive})

    assert (path, report.asset, report.coverage, serials(report, "disk")) == ("drive.json", None, frozenset(), ["S1"])


def test_resources_without_parts_or_system_give_nothing() -> None:
    assert assembled({"log.json": {"@odata.id": f"{V1}/x", "@odata.type": "#LogEntry.v1.LogEntry", "Id": "1"}}) == []


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
