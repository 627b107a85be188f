"""Trees of Redfish files: which are wanted, in what layout, of which asset and time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.domain.report import Member, MemberError
from ingest.parsers.interface import TreeParser
from ingest.parsers.redfish import RedfishParser
from tests.ingest.redfish_trees import CHASSIS, SYSTEM, V1, TreeOf, assembled, only_report, serials


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


def test_an_expanded_collection_needs_no_files_for_its_members() -> None:
    tree = TreeOf().part(SYSTEM, "Memory", "1", "Memory", SerialNumber="17B3A0C2")
    tree.resources[f"{SYSTEM}/Memory"]["Members"] = [tree.resources.pop(f"{SYSTEM}/Memory/1")]

    report = only_report(tree)

    assert serials(report, "memory") == ["17B3A0C2"]
    assert "memory" in report.coverage


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
