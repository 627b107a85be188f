"""What of a Redfish tree is a failure of a part, where it is told, and what only looks like one."""

from typing import Any

import pytest

from tests.ingest.redfish_failures import CRITICAL, OUT_OF_USE, ROLLED_UP, supply, told
from tests.ingest.redfish_trees import CHASSIS, MANAGER, SYSTEM, TreeOf


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
