"""What a Redfish tree covers: a type is covered only where all that lists it was read."""

from tests.ingest.redfish_trees import CHASSIS, SYSTEM, V1, TreeOf, assembled, of_type, only_report


def test_two_files_that_contradict_each_other_are_named() -> None:
    files = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2").files()
    double = dict(files[f"host{SYSTEM}/Memory/1/index.json"], SerialNumber="17B3FFFF")

    ((_, report),) = assembled(files | {"host/redfish/v1/copy.json": double})

    assert report.problems[0] == f"{SYSTEM}/Memory/1: two files give it different serial numbers"
    assert "memory" not in report.coverage


def test_a_collection_that_lists_fewer_than_it_counts_covers_nothing() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.resources[f"{SYSTEM}/Memory"]["Members@odata.count"] = 2

    assert "memory" not in only_report(tree).coverage


def test_a_missing_page_withdraws_coverage() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.resources[f"{SYSTEM}/Memory"]["Members@odata.nextLink"] = f"{SYSTEM}/Memory?$skip=1"

    assert "memory" not in only_report(tree).coverage


def test_a_server_that_lists_no_memory_at_all_has_not_lost_it() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    del tree.resources[f"{SYSTEM}/Memory/1"]
    tree.resources[f"{SYSTEM}/Memory"]["Members"] = []

    assert "memory" not in only_report(tree).coverage


def test_a_server_that_lists_no_drive_has_none() -> None:
    tree = TreeOf().part(SYSTEM, "Storage", "RAID", "Storage", Drives=[])

    assert "disk" in only_report(tree).coverage


def test_a_drive_that_says_nothing_but_its_address_was_not_read() -> None:
    tree = TreeOf().drive("0", SerialNumber="S1").drive("1")
    del tree.resources[f"{SYSTEM}/Storage/RAID/Drives/1"]["Id"]

    report = only_report(tree)

    assert "disk" not in report.coverage
    assert f"{SYSTEM}/Storage/RAID/Drives/1 was not read".lower() in report.problems[0].lower()


def test_without_the_collection_of_chassis_nothing_in_them_is_covered() -> None:
    tree = TreeOf().part(CHASSIS, "NetworkAdapters", "1", "NetworkAdapter", SerialNumber="N1")
    del tree.resources[f"{V1}/Chassis"]

    assert "nic" not in only_report(tree).coverage


def test_a_broken_file_of_unknown_content_withdraws_all_coverage() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    files = {f"dump/{number}.json": value for number, value in enumerate(tree.resources.values())}

    ((_, report),) = assembled(files, broken=["dump/99.json"])

    assert report.coverage == frozenset()


def test_a_broken_log_withdraws_no_coverage() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")

    ((_, report),) = assembled(tree.files(), broken=[f"host{SYSTEM}/LogServices/SEL/Entries/4/index.json"])

    assert "memory" in report.coverage


def test_a_wrong_shape_is_named_with_its_place_and_withdraws_coverage() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber=["17B3A0C2"], PartNumber="36ASF")

    report = only_report(tree)

    assert report.problems[0] == f"{SYSTEM}/Memory/1: SerialNumber is a list, not text"
    assert "memory" not in report.coverage
    assert len(of_type(report, "memory")) == 1
