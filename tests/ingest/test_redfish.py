"""What golden trees do not tell: odd layouts, doubles, clocks, owners, and trees of any shape at all."""

import copy
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.interface import TreeParser
from ingest.parsers.redfish import RedfishParser
from registry.domain.serials import clean_serial

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples" / "redfish"
V1 = "/redfish/v1"
SYSTEM, CHASSIS, MANAGER = f"{V1}/Systems/1", f"{V1}/Chassis/1", f"{V1}/Managers/1"
ENABLED = {"State": "Enabled", "Health": "OK"}

Resources = dict[str, dict[str, Any]]


class TreeOf:
    """A server's resources by address, with the collections that link them."""

    def __init__(self) -> None:
        self.resources: Resources = {}
        self.put(SYSTEM, "ComputerSystem", Manufacturer="Lenovo", Model="SR650", SerialNumber="J30A1234")
        self.put(CHASSIS, "Chassis", ChassisType="RackMount")
        self.put(MANAGER, "Manager", FirmwareVersion="2.10", DateTime="2024-05-01T12:00:00+02:00")

    def put(self, uri: str, kind: str, **properties: Any) -> "TreeOf":
        """Puts a resource at `uri` and a link to it into the collection around it."""
        around, _, name = uri.rpartition("/")
        known = {"@odata.id": uri, "@odata.type": f"#{kind}.v1_0_0.{kind}", "Id": name, "Status": ENABLED}
        self.resources[uri] = known | properties
        collection = self.resources.setdefault(
            around, {"@odata.id": around, "@odata.type": f"#{kind}Collection.{kind}Collection", "Members": []}
        )
        if "Members" in collection:
            collection["Members"].append({"@odata.id": uri})
        return self

    def part(self, holder: str, collection: str, name: str, kind: str, **properties: Any) -> "TreeOf":
        """Puts a resource into a collection that `holder` links."""
        self.resources[holder][collection] = {"@odata.id": f"{holder}/{collection}"}
        return self.put(f"{holder}/{collection}/{name}", kind, **properties)

    def drive(self, name: str, **properties: Any) -> "TreeOf":
        storage = f"{SYSTEM}/Storage/RAID"
        if storage not in self.resources:
            self.part(SYSTEM, "Storage", "RAID", "Storage", Drives=[])
        uri = f"{storage}/Drives/{name}"
        self.resources[storage]["Drives"].append({"@odata.id": uri})
        self.resources[uri] = {"@odata.id": uri, "@odata.type": "#Drive.v1_0_0.Drive", "Id": name, **properties}
        return self

    def files(self, folder: str = "host") -> dict[str, dict[str, Any]]:
        return {f"{folder}{uri}/index.json": resource for uri, resource in self.resources.items()}


def assembled(files: dict[str, dict[str, Any]], broken: Iterable[str] = ()) -> list[tuple[str, Report]]:
    parser = RedfishParser()
    read = [(name, parser.read(Member(name, json.dumps(value).encode()))) for name, value in files.items()]
    return parser.assemble(read, list(broken))


def only_report(tree: TreeOf) -> Report:
    ((_, report),) = assembled(tree.files())
    return report


def of_type(report: Report, kind: str) -> list[Sighting]:
    return [sighting for sighting in report.sightings if sighting.type == kind]


def serials(report: Report, kind: str) -> list[str]:
    return [sighting.serial for sighting in of_type(report, kind)]


def test_it_is_a_tree_parser() -> None:
    assert isinstance(RedfishParser(), TreeParser)


@pytest.mark.parametrize(
    ("name", "head", "wanted"),
    [
        ("a/redfish/v1/Systems/index.json", b"", True),
        ("redfish/v1/Chassis.json", b"not even JSON", True),
        ("dump/7.json", b'{"@odata.id" : "/redfish/v1/Systems/1"', True),
        ("dump/7.json", b'\xef\xbb\xbf\n{"Id": "1", "@odata.type": "#Memory.v1_7_1.Memory"', True),
        ("dump/7.json", b'{"@odata.id": "/other/v1"', False),
        ("smart.json", b'{"json_format_version": [1, 0]', False),
        ("notes.txt", b'see "@odata.id": "/redfish/v1"', False),
    ],
)
def test_files_are_wanted_by_their_place_or_their_content(name: str, head: bytes, wanted: bool) -> None:
    assert RedfishParser().wants(name, head) is wanted


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe", b"[" * 10_000])
def test_what_is_no_json_object_is_a_broken_member(content: bytes) -> None:
    with pytest.raises(MemberError):
        RedfishParser().read(Member("host/redfish/v1/index.json", content))


def test_file_names_do_not_matter() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    by_number = {f"dump/{number}.json": value for number, value in enumerate(tree.resources.values())}

    ((_, report),) = assembled(by_number)

    assert report == only_report(tree)


def test_an_archive_of_several_trees_gives_a_report_for_each() -> None:
    one, other = TreeOf(), TreeOf()
    other.resources[SYSTEM]["SerialNumber"] = "J30A9999"

    reports = assembled(one.files("rack/a") | other.files("rack/b"))

    assert [(path, report.asset.serials[0].value) for path, report in reports if report.asset] == [
        ("rack/a/redfish/v1", "J30A1234"),
        ("rack/b/redfish/v1", "J30A9999"),
    ]


def test_the_order_of_the_files_does_not_matter() -> None:
    tree = TreeOf().drive("0", SerialNumber="S1").drive("1", SerialNumber="S2")
    files = tree.files()

    assert assembled(dict(reversed(files.items()))) == assembled(files)


def test_a_resource_written_out_in_its_collection_counts_once() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.resources[f"{SYSTEM}/Memory"]["Members"] = [dict(tree.resources[f"{SYSTEM}/Memory/1"])]

    report = only_report(tree)

    assert serials(report, "memory") == ["17B3A0C2"]


def test_an_expanded_collection_needs_no_files_for_its_members() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.resources[f"{SYSTEM}/Memory"]["Members"] = [tree.resources.pop(f"{SYSTEM}/Memory/1")]

    report = only_report(tree)

    assert serials(report, "memory") == ["17B3A0C2"]
    assert "memory" in report.coverage


def test_lower_case_doubles_are_one_resource() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.put(f"{V1}/systems/1/memory/1", "Memory", SerialNumber="17B3A0C2")

    assert serials(only_report(tree), "memory") == ["17B3A0C2"]


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


@pytest.mark.parametrize(
    ("clocks", "collected_at"),
    [
        (["2024-05-01T12:00:00+02:00"], datetime(2024, 5, 1, 10, tzinfo=UTC)),
        (["2020-12-11T16:00:00Z", "2024-07-10T22:00:00Z"], datetime(2024, 7, 10, 22, tzinfo=UTC)),
        (["1970-01-01T00:03:00Z"], None),
        (["2024-05-01T12:00:00"], None),
        (["0001-01-01T00:00:00+05:00"], None),
        (["yesterday", None, 7, []], None),
    ],
)
def test_the_time_is_the_latest_clock_that_can_be_true(clocks: list[Any], collected_at: datetime | None) -> None:
    tree = TreeOf()
    for number, clock in enumerate(clocks, start=1):
        tree.put(f"{V1}/Managers/{number}", "Manager", DateTime=clock)

    assert only_report(tree).collected_at == collected_at


@pytest.mark.parametrize(
    ("system", "claims"),
    [
        (
            {"Manufacturer": "Dell Inc.", "SKU": "F54P1G3", "SerialNumber": "CNIVC0014M0388"},
            [("F54P1G3", "service_tag"), ("CNIVC0014M0388", "board")],
        ),
        ({"Manufacturer": "Dell Inc.", "SKU": "F54P1G3", "SerialNumber": "F54P1G3"}, [("F54P1G3", "service_tag")]),
        ({"Manufacturer": "HPE", "SKU": "P38411-B21", "SerialNumber": "MXQ302099S"}, [("MXQ302099S", "system")]),
        ({"Manufacturer": "Supermicro", "SKU": "To be filled by O.E.M.", "SerialNumber": "   "}, []),
    ],
)
def test_the_makers_own_name_for_a_server_comes_first(system: dict[str, Any], claims: list[tuple[str, str]]) -> None:
    tree = TreeOf()
    tree.resources[SYSTEM] |= system

    asset = only_report(tree).asset

    assert asset is not None
    assert [(claim.value, claim.source) for claim in asset.serials] == claims


def test_the_board_of_gpus_belongs_to_the_server_around_it_even_with_a_serial_number() -> None:
    tree = TreeOf().put(f"{V1}/Systems/HGX_Baseboard_0", "ComputerSystem", SerialNumber="1662523650462")
    tree.part(
        f"{V1}/Systems/HGX_Baseboard_0", "Processors", "GPU1", "Processor", ProcessorType="GPU", SerialNumber="G1"
    )

    report = only_report(tree)

    assert report.asset is not None
    assert report.asset.serials[0].value == "J30A1234"
    assert serials(report, "gpu") == ["G1"]


def test_a_computer_on_a_card_is_an_asset_beside_its_server() -> None:
    card = f"{V1}/Systems/Bluefield"
    tree = TreeOf().put(card, "ComputerSystem", SerialNumber="MT2423600ANG", Model="BlueField-3 SmartNIC")
    tree.part(card, "Memory", "1", "Memory", SerialNumber="C1")
    tree.part(CHASSIS, "NetworkAdapters", "1", "NetworkAdapter", SerialNumber="MT2423600ANG")

    reports = [report for _, report in assembled(tree.files()) if report.asset]

    assert [(report.asset.serials[0].value, serials(report, "memory")) for report in reports if report.asset] == [
        ("J30A1234", []),
        ("MT2423600ANG", ["C1"]),
    ]
    assert serials(reports[0], "nic") == ["MT2423600ANG"]


def test_a_resource_by_itself_gives_its_part_and_no_asset() -> None:
    drive = TreeOf().drive("0", SerialNumber="S1").resources[f"{SYSTEM}/Storage/RAID/Drives/0"]

    ((path, report),) = assembled({"drive.json": drive})

    assert (path, report.asset, report.coverage, serials(report, "disk")) == ("drive.json", None, frozenset(), ["S1"])


def test_resources_without_parts_or_system_give_nothing() -> None:
    assert assembled({"log.json": {"@odata.id": f"{V1}/x", "@odata.type": "#LogEntry.v1.LogEntry", "Id": "1"}}) == []


def test_a_wrong_shape_is_named_with_its_place_and_withdraws_coverage() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber=["17B3A0C2"], PartNumber="36ASF")

    report = only_report(tree)

    assert report.problems[0] == f"{SYSTEM}/Memory/1: SerialNumber is a list, not text"
    assert "memory" not in report.coverage
    assert len(of_type(report, "memory")) == 1


def _whole_tree() -> TreeOf:
    """A tree with one resource of every kind that is read."""
    device = {"@odata.id": f"{CHASSIS}/PCIeDevices/1"}
    function = {"@odata.id": f"{CHASSIS}/PCIeDevices/1/PCIeFunctions/1"}
    tree = TreeOf().drive("0", SerialNumber="S1", Location=[{"Info": "1"}], Links={"PCIeFunctions": [function]})
    tree.put(f"{V1}/Systems/Node2", "ComputerSystem", SerialNumber="J30A5678", Links={"Chassis": [device]})
    tree.part(SYSTEM, "Memory", "1", "Memory", SerialNumber="M1", CapacityMiB=1024)
    links = {"PCIeDevice": device, "PCIeFunctions": [function]}
    tree.part(SYSTEM, "Processors", "1", "Processor", ProcessorType="GPU", SerialNumber="G1", Links=links)
    controllers = [
        {"FirmwarePackageVersion": "1", "Links": {"PCIeDevices": [device]}, "Location": {"PartLocation": {}}}
    ]
    tree.part(CHASSIS, "NetworkAdapters", "1", "NetworkAdapter", SerialNumber="N1", Controllers=controllers)
    functions = f"{CHASSIS}/NetworkAdapters/1/NetworkDeviceFunctions"
    tree.put(f"{functions}/1", "NetworkDeviceFunction", Ethernet={"PermanentMACAddress": "0c:42:a1:00:00:01"})
    tree.part(CHASSIS, "PCIeDevices", "1", "PCIeDevice", SerialNumber="X1", Slot={"Location": {"PartLocation": {}}})
    tree.put(f"{CHASSIS}/PCIeDevices/1/PCIeFunctions/1", "PCIeFunction", DeviceClass="NetworkController", ClassCode="2")
    tree.put(f"{CHASSIS}/Power", "Power", PowerSupplies=[{"SerialNumber": "P1", "Oem": {"Hpe": {"BayNumber": 1}}}])
    tree.put(f"{CHASSIS}/Thermal", "Thermal", Fans=[{"SerialNumber": "F1"}])
    storage = tree.resources[f"{SYSTEM}/Storage/RAID"]
    storage["StorageControllers"] = [{"MemberId": "0", "SerialNumber": "H1", "Identifiers": [{"DurableName": "x"}]}]
    tree.resources[CHASSIS] |= {name: {"@odata.id": f"{CHASSIS}/{name}"} for name in ("Power", "Thermal")}
    tree.resources[CHASSIS]["Links"] = {"ComputerSystems": [{"@odata.id": SYSTEM}], "ContainedBy": device}
    related = [{"@odata.id": f"{SYSTEM}/Memory/1"}]
    tree.put(f"{V1}/UpdateService/FirmwareInventory/1", "SoftwareInventory", Version="1", RelatedItem=related)
    return tree


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    return [place for step, inner in steps for place in ((*path, step), *_places(inner, (*path, step)))]


WHOLE = _whole_tree().files()
PLACES = [place for place in _places(WHOLE) if len(place) > 1]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, "", "text", "/redfish/v1/Systems", 7, -1.5, 1e308, 10**18, True, [[]], [None, 3], {"a": []}]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=6))
def test_no_shape_of_any_value_makes_it_raise(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    files = copy.deepcopy(WHOLE)
    for (*way, last), odd in changes:
        holder: Any = files
        for step in way:
            holder = holder[step] if isinstance(holder, (dict, list)) and _has(holder, step) else None
        if isinstance(holder, (dict, list)) and _has(holder, last):
            holder[last] = odd

    reports = assembled(files)

    assert all(isinstance(report, Report) for _, report in reports)


def _has(holder: dict[Any, Any] | list[Any], step: Any) -> bool:
    return step in holder if isinstance(holder, dict) else isinstance(step, int) and step < len(holder)


def _sample_trees() -> list[Path]:
    return sorted(path for path in SAMPLES.glob("*") if path.is_dir()) if SAMPLES.is_dir() else []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
@pytest.mark.parametrize("folder", _sample_trees(), ids=lambda path: path.name)
def test_a_real_tree_is_one_asset_with_every_serial_number_of_its_parts(folder: Path) -> None:
    files = {str(path.relative_to(SAMPLES)): json.loads(path.read_bytes()) for path in folder.rglob("*.json")}
    printed = {
        clean_serial(value["SerialNumber"])
        for value in files.values()
        if str(value.get("@odata.type")).startswith(("#Memory.", "#Drive.", "#Processor.", "#NetworkAdapter."))
        and isinstance(value.get("SerialNumber"), str)
    }

    ((_, report),) = assembled(files)

    assert printed - {""} <= {clean_serial(sighting.serial) for sighting in report.sightings}


def test_a_cut_dell_tree_still_names_the_service_tag() -> None:
    tree = TreeOf()
    tree.put(CHASSIS, "Chassis", Manufacturer="Dell Inc.", SKU="7XK2M93", SerialNumber="CNFCP0034D00PQ")
    del tree.resources[SYSTEM]

    report = only_report(tree)

    assert report.asset is not None
    assert [(claim.value, claim.source) for claim in report.asset.serials] == [
        ("7XK2M93", "service_tag"),
        ("CNFCP0034D00PQ", "board"),
    ]
