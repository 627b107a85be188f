"""Parts in a Redfish tree: each is one wherever it is seen, and its facts are its own."""

from typing import Any

import pytest

from tests.ingest.redfish_trees import CHASSIS, ENABLED, SYSTEM, V1, TreeOf, of_type, only_report, serials


def test_a_resource_written_out_in_its_collection_counts_once() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.resources[f"{SYSTEM}/Memory"]["Members"] = [dict(tree.resources[f"{SYSTEM}/Memory/1"])]

    report = only_report(tree)

    assert serials(report, "memory") == ["17B3A0C2"]


def test_lower_case_doubles_are_one_resource() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.put(f"{V1}/systems/1/memory/1", "Memory", SerialNumber="17B3A0C2")

    assert serials(only_report(tree), "memory") == ["17B3A0C2"]


def test_a_card_seen_as_adapter_and_as_pcie_device_is_one() -> None:
    tree = TreeOf().part(CHASSIS, "NetworkAdapters", "1", "NetworkAdapter", SerialNumber="MT2317J02532")
    tree.part(CHASSIS, "PCIeDevices", "NIC1", "PCIeDevice", SerialNumber="MT2317J02532   ", FirmwareVersion="28.37")

    (card,) = of_type(only_report(tree), "nic")

    assert (card.serial, card.firmware) == ("MT2317J02532", "28.37")


def test_a_card_without_a_serial_number_is_joined_by_its_link() -> None:
    device = {"@odata.id": f"{CHASSIS}/PCIeDevices/59-0"}
    tree = TreeOf().part(SYSTEM, "Processors", "GPU1", "Processor", ProcessorType="GPU", Links={"PCIeDevice": device})
    tree.part(CHASSIS, "PCIeDevices", "59-0", "PCIeDevice", Model="L40S", SerialNumber="165292311")

    (card,) = of_type(only_report(tree), "gpu")

    assert (card.serial, card.model, card.slot) == ("165292311", "L40S", "GPU1")


def test_one_serial_number_at_two_slots_stays_two_sightings() -> None:
    tree = TreeOf().drive("Bay1", SerialNumber="S1").drive("Bay2", SerialNumber="S1")

    assert [sighting.slot for sighting in of_type(only_report(tree), "disk")] == ["Bay1", "Bay2"]


def test_equal_placeholders_join_nothing() -> None:
    tree = TreeOf()
    for name in ("CPU0", "CPU1"):
        tree.part(SYSTEM, "Processors", name, "Processor", ProcessorType="CPU", Model="7A53", SerialNumber="0000000")

    assert len(of_type(only_report(tree), "cpu")) == 2


def test_the_controller_inside_an_nvme_drive_is_no_part_of_its_own() -> None:
    tree = TreeOf().drive("0", SerialNumber="S6C1", Model="MZXLR6T4HALA")
    tree.resources[f"{SYSTEM}/Storage/RAID"]["StorageControllers"] = [
        {"MemberId": "0", "SerialNumber": "S6C1", "Model": "MZXLR6T4HALA", "FirmwareVersion": "MPK7625Q"},
        {"MemberId": "1", "Model": "MZXLR6T4HALA", "FirmwareVersion": "MPK7625Q"},
    ]

    report = only_report(tree)

    assert serials(report, "disk") == ["S6C1"]
    assert of_type(report, "hba") == []


def test_power_supplies_of_both_schemas_are_joined_by_position_when_one_lacks_the_serial_number() -> None:
    supply = {"Model": "PWS-407P", "Status": ENABLED}
    tree = TreeOf().part(CHASSIS, "PowerSubsystem/PowerSupplies", "0", "PowerSupply", SerialNumber="P407A", **supply)
    tree.resources[CHASSIS] |= {"Power": {"@odata.id": f"{CHASSIS}/Power"}}
    tree.put(f"{CHASSIS}/Power", "Power", PowerSupplies=[{"MemberId": "0", "Name": "PSU", **supply}])

    assert serials(only_report(tree), "psu") == ["P407A"]


def test_an_empty_slot_is_no_part() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2", Status={"State": "Absent"})

    assert of_type(only_report(tree), "memory") == []


def test_memory_soldered_to_a_graphics_card_is_no_part() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", MemoryDeviceType="HBM3", CapacityMiB=81559)

    assert of_type(only_report(tree), "memory") == []


@pytest.mark.parametrize(
    ("properties", "health"),
    [
        ({"Status": {"Health": "OK"}}, "ok"),
        ({"Status": {"Health": "warning"}}, "warning"),
        ({"Status": {"Health": "Critical"}}, "critical"),
        ({"Status": {"Health": "OK"}, "FailurePredicted": True}, "critical"),
        ({"Status": {"Health": ""}}, "unknown"),
        ({"Status": {"Health": None, "HealthRollup": "Critical"}}, "unknown"),
        ({"Status": None}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_health_is_the_parts_own(properties: dict[str, Any], health: str) -> None:
    (drive,) = of_type(only_report(TreeOf().drive("0", SerialNumber="S1", **properties)), "disk")

    assert drive.health == health


@pytest.mark.parametrize(
    ("properties", "slot"),
    [
        ({"PhysicalLocation": {"PartLocation": {"ServiceLabel": "Box 2:Bay 1"}}}, "Box 2:Bay 1"),
        ({"Location": [{"Info": "2:1", "InfoFormat": "Box:Bay"}]}, "2:1"),
        ({"Location": []}, "RAID/0"),
        ({"Id": "Disk.Bay.0"}, "Disk.Bay.0"),
    ],
)
def test_a_drives_slot_is_the_best_place_that_is_printed(properties: dict[str, Any], slot: str) -> None:
    (drive,) = of_type(only_report(TreeOf().drive("0", SerialNumber="S1", **properties)), "disk")

    assert drive.slot == slot


@pytest.mark.parametrize(
    ("name", "scheme", "identifiers"),
    [
        ("0x5000C500A1B2C3D4", "NAA", (("wwn", "5000c500a1b2c3d4"),)),
        ("0025389A210108DA", "EUI", (("eui64", "0025389a210108da"),)),
        ("36354630-5260-0123-0025-384100000001", "NGUID", (("nguid", "36354630526001230025384100000001"),)),
        ("31402EC018316334", "NAA", ()),  # the bay's, given by the controller
        ("0000000000000000", "NAA", ()),
        (None, None, ()),
    ],
)
def test_durable_names_are_bare_digits(name: str | None, scheme: str | None, identifiers: tuple[Any, ...]) -> None:
    named = [{"DurableName": name, "DurableNameFormat": scheme}]
    (drive,) = of_type(only_report(TreeOf().drive("0", SerialNumber="S1", Identifiers=named)), "disk")

    assert drive.identifiers == identifiers


@pytest.mark.parametrize(
    ("status", "name", "firmware"),
    [
        ("Enabled", "Installed-1-2.0__PSU", "2.0"),
        ("Enabled", "Previous-1-2.0__PSU", ""),
        ("StandbySpare", "PSU-Backup", ""),
    ],
)
def test_only_running_firmware_counts(status: str, name: str, firmware: str) -> None:
    tree = TreeOf().drive("0", SerialNumber="S1")
    related = [{"@odata.id": f"{SYSTEM}/Storage/RAID/Drives/0"}]
    inventory = f"{V1}/UpdateService/FirmwareInventory/{name}"
    tree.put(inventory, "SoftwareInventory", Version="2.0", RelatedItem=related, Status={"State": status})

    (drive,) = of_type(only_report(tree), "disk")

    assert (drive.firmware, drive.firmware_kind) == (firmware, "redfish" if firmware else "")
