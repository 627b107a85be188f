"""A bundle's reports become one snapshot per asset: whose each is, and what else a snapshot says."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.assemble import PARSER_ORDER, AssetName, Source, assemble
from ingest.domain.report import Report, Sighting
from ingest.parsers.registry import all_parsers
from tests.ingest.sources import HOUR, NOON, names, server, told


def test_the_order_of_precedence_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "parsers.md").read_text()

    [told] = re.findall(
        r"the first tool in this order that tells it:(.*?), then other packages' parsers", page, re.DOTALL
    )

    assert tuple(re.findall(r"`([\w-]+)`", told)) == PARSER_ORDER


def test_every_parser_of_components_or_failures_has_its_place_in_the_order() -> None:
    ours = {one.name for one in all_parsers() if type(one).__module__.startswith("ingest.parsers.")}

    assert set(PARSER_ORDER) == ours - {"sosreport"}  # which tells the host and the time alone


# whose report it is


def test_files_of_one_machine_are_one_snapshot() -> None:
    drafts = assemble(
        [
            told("box/dmidecode.txt", "dmidecode", system="7XK2M93"),
            told("box/lshw.json", "lshw-json", system="7xk2m93 ", disk="ZA1"),
            told("box/smart/sda.json", "smartctl-json", disk="ZA1"),
            told("box/smart/sdb.json", "smartctl-json", disk="ZA2"),
        ]
    )

    assert names(drafts) == [("7XK2M93", ["ZA1", "ZA2"])]


def test_a_folder_for_each_machine_is_a_snapshot_for_each() -> None:
    drafts = assemble(
        [
            told("rack/a/dmidecode.txt", "dmidecode", system="SRV-A"),
            told("rack/a/sda.json", "smartctl-json", disk="ZA1"),
            told("rack/b/lshw.json", "lshw-json", system="SRV-B"),
            told("rack/b/smart/sda.json", "smartctl-json", disk="ZA2"),
        ]
    )

    assert names(drafts) == [("SRV-A", ["ZA1"]), ("SRV-B", ["ZA2"])]


def test_a_report_beside_two_machines_belongs_to_neither() -> None:
    drafts = assemble(
        [
            told("a/dmidecode.txt", "dmidecode", system="SRV-A"),
            told("b/dmidecode.txt", "dmidecode", system="SRV-B"),
            told("sda.json", "smartctl-json", disk="ZA1"),
        ]
    )

    assert names(drafts) == [("", ["ZA1"]), ("SRV-A", []), ("SRV-B", [])]


def test_folders_are_told_apart_by_whole_names() -> None:
    drafts = assemble(
        [
            told("srv1/dmidecode.txt", "dmidecode", system="SRV-1"),
            told("srv10/dmidecode.txt", "dmidecode", system="SRV-10"),
            told("srv10/sda.json", "smartctl-json", disk="ZA1"),
        ]
    )

    assert names(drafts) == [("SRV-1", []), ("SRV-10", ["ZA1"])]


def test_a_tree_speaks_of_the_folder_that_it_is_read_from() -> None:
    drafts = assemble(
        [told("box", "redfish", service_tag="7XK2M93"), told("box/smart/sda.json", "smartctl-json", disk="ZA1")]
    )

    assert names(drafts) == [("7XK2M93", ["ZA1"])]


def test_a_boards_serial_gives_way_to_the_systems() -> None:
    drafts = assemble(
        [
            told("box/dmidecode.txt", "dmidecode", board="WM19AS001234"),
            told("box", "redfish", system="S411795X9C12345", disk="ZA1"),
        ]
    )

    assert names(drafts) == [("S411795X9C12345", ["ZA1"])]


def test_a_boards_serial_names_the_asset_where_nothing_better_does() -> None:
    drafts = assemble([told("dmidecode.txt", "dmidecode", system="To Be Filled By O.E.M.", board="WM19AS001234")])

    assert (drafts[0].asset.serial, drafts[0].asset.serial_source) == ("WM19AS001234", "board")


@pytest.mark.parametrize("source", ["system", "board"])
def test_an_asset_goes_by_the_strongest_name_that_a_tool_has_for_it(source: str) -> None:
    drafts = assemble(
        [
            told("idrac", "redfish", service_tag="7XK2M93", system="CNFCP0011A00B2", disk="ZA1"),
            told("os/dmidecode.txt", "dmidecode", **{source: "CNFCP0011A00B2"}, disk="ZA2"),
            told("os/sda.json", "smartctl-json", disk="ZA3"),
        ]
    )

    assert names(drafts) == [("7XK2M93", ["ZA1", "ZA2", "ZA3"])]
    assert drafts[0].asset.serial_source == "service_tag"


def test_a_name_that_two_machines_list_behind_their_own_is_neither_s() -> None:
    drafts = assemble(
        [
            told("a", "redfish", service_tag="7XK2M93", system="SHARED"),
            told("b", "redfish", service_tag="7XK2M94", system="SHARED"),
            told("c/dmidecode.txt", "dmidecode", system="SHARED", disk="ZA1"),
        ]
    )

    assert names(drafts) == [("7XK2M93", []), ("7XK2M94", []), ("SHARED", ["ZA1"])]


def test_a_fallback_says_so_unless_a_tool_prints_it_as_the_systems_own() -> None:
    fallback = told("redfish", "redfish", board="BRD-1", disk="ZA1")
    own = told("dmidecode.txt", "dmidecode", system="BRD-1")

    assert [draft.asset.serial_source for draft in assemble([fallback])] == ["board"]
    assert [draft.asset.serial_source for draft in assemble([fallback, own])] == ["system"]


def test_a_serial_that_a_bundle_has_everywhere_names_neither_part_nor_asset() -> None:
    parts = tuple(Sighting("memory", serial="FILLED", slot=f"DIMM {number}", slot_kind="dmi") for number in "123")

    (draft,) = assemble([told("dmidecode.txt", "dmidecode", system="FILLED", board="BRD-1", sightings=parts)])

    assert (draft.asset.serial, draft.asset.serial_source) == ("BRD-1", "board")
    assert [component.serial for component in draft.components] == [""] * 3
    assert draft.conflicts == ()


def test_lone_files_join_a_machine_that_only_its_board_names() -> None:
    drafts = assemble(
        [
            told("dmidecode.txt", "dmidecode", board="WM19AS001234"),
            told("sda.json", "smartctl-json", disk="ZA1"),
        ]
    )

    assert names(drafts) == [("WM19AS001234", ["ZA1"])]


def test_a_folder_whose_machine_only_its_board_names_stays_apart_from_the_next() -> None:
    drafts = assemble(
        [
            told("a/dmidecode.txt", "dmidecode", board="WM19AS001234"),
            told("a/sda.json", "smartctl-json", disk="ZA1"),
            told("b/dmidecode.txt", "dmidecode", system="SRV-B"),
            told("b/lshw.json", "lshw-json", system="SRV-B", disk="ZA2"),
        ]
    )

    assert names(drafts) == [("SRV-B", ["ZA2"]), ("WM19AS001234", ["ZA1"])]


def test_a_folder_for_each_tool_is_one_machine() -> None:
    drafts = assemble(
        [
            told("dmi/dmidecode.txt", "dmidecode", board="WM19AS001234"),
            told("hw/lshw.json", "lshw-json", system="SRV-B"),
            told("smart/sda.json", "smartctl-json", disk="ZA1"),
        ]
    )

    assert names(drafts) == [("SRV-B", ["ZA1"])]


def test_lone_files_of_no_machine_are_snapshots_that_name_their_paths() -> None:
    drafts = assemble([told("sda.json", "smartctl-json", disk="ZA1"), told("sdb.json", "smartctl-json", disk="ZA2")])

    assert sorted(draft.path for draft in drafts) == ["sda.json", "sdb.json"]
    assert [draft.asset for draft in drafts] == [AssetName(), AssetName()]


def test_what_is_told_of_a_hinted_asset_is_one_snapshot() -> None:
    drafts = assemble(
        [told("sda.json", "smartctl-json", disk="ZA1"), told("lshw.json", "lshw-json", disk="ZA1")], hinted=True
    )

    assert names(drafts) == [("", ["ZA1"])]
    assert drafts[0].components[0].parsers == ("lshw-json", "smartctl-json")


def test_a_sites_own_placeholders_name_no_asset() -> None:
    drafts = assemble([told("a.json", "document", system="SPARE", standalone=True, disk="ZA1")], {"SPARE"})

    assert drafts[0].asset.serial == ""


def test_an_asset_is_described_by_who_names_it_first_and_then_by_all_others() -> None:
    (draft,) = assemble(
        [
            told("box/dmidecode.txt", "dmidecode", asset=server(("board", "WM1"), hostname="db-17", model="X11DPH-T")),
            told("box", "redfish", asset=server(("system", "S41"), vendor="Supermicro", model="SYS-6029")),
        ]
    )

    assert draft.asset == AssetName("S41", "system", "Supermicro", "SYS-6029", "db-17")


def test_long_names_of_an_asset_are_cut_to_their_columns() -> None:
    claim = server(("system", "S1" * 300), vendor="V" * 999, model="M" * 999, hostname="h" * 999)

    (draft,) = assemble([told("a.json", "document", asset=claim, standalone=True)])

    asset = draft.asset
    assert [len(text) for text in (asset.serial, asset.vendor, asset.model, asset.hostname)] == [128, 200, 200, 253]


# what else it says


def test_coverage_says_which_tool_lists_which_type_completely() -> None:
    (draft,) = assemble(
        [
            told("box/dmidecode.txt", "dmidecode", system="SRV-A", coverage=frozenset({"memory", "cpu"})),
            told("box/lshw.json", "lshw-json", system="SRV-A", coverage=frozenset({"memory"})),
            told("box/sda.json", "smartctl-json", disk="ZA1"),
        ]
    )

    assert draft.coverage == (("dmidecode", "cpu"), ("dmidecode", "memory"), ("lshw-json", "memory"))


def test_conflicts_are_kept_with_the_snapshot() -> None:
    bays = tuple(Sighting("disk", serial="ZA1", slot=slot, slot_kind="redfish") for slot in ("Bay 1", "Bay 2"))

    (draft,) = assemble([told("box", "redfish", system="SRV-A", sightings=bays)])

    assert draft.conflicts == ("disk:ZA1",)


def test_the_project_is_the_first_that_is_told() -> None:
    (draft,) = assemble(
        [told("a", "redfish", system="SRV-A"), told("b", "dmidecode", system="SRV-A", project=" ACME-EU ")]
    )

    assert draft.project == "ACME-EU"


def test_a_report_of_nothing_but_problems_is_no_snapshot() -> None:
    assert assemble([told("a.ndjson", "document", standalone=True, problems=("line 2: not JSON",))]) == []


def test_an_asset_that_shows_no_component_was_still_there() -> None:
    (draft,) = assemble([told("dmidecode.txt", "dmidecode", system="SRV-A")])

    assert (draft.asset.serial, draft.components) == ("SRV-A", ())


# order

REPORTS = st.builds(
    Report,
    asset=st.sampled_from(
        [
            None,
            server(("system", "SRV-A")),
            server(("system", "SRV-B"), hostname="b"),
            server(("board", "WM1"), vendor="Dell"),
        ]
    ),
    collected_at=st.sampled_from([None, NOON, NOON + HOUR]),
    time_rank=st.sampled_from([0, 1]),
    coverage=st.sampled_from([frozenset[str](), frozenset({"disk"})]),
    sightings=st.lists(
        st.builds(
            Sighting, st.just("disk"), serial=st.sampled_from(["", "ZA1", "ZA2"]), slot=st.sampled_from(["", "1"])
        ),
        max_size=2,
    ).map(tuple),
    standalone=st.booleans(),
)
PLACES = st.tuples(st.sampled_from(["", "x/", "y/", "x/z/"]), st.sampled_from(["document", "redfish", "lshw-json"]))


@given(st.lists(st.tuples(PLACES, REPORTS), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(told_of: list[Any], random: Any) -> None:
    sources = [
        Source(f"{folder}{number}.json", parser, report) for number, ((folder, parser), report) in enumerate(told_of)
    ]
    shuffled = [replace(source) for source in sources]
    random.shuffle(shuffled)

    assert assemble(shuffled) == assemble(sources)


@given(st.lists(st.tuples(PLACES, REPORTS), max_size=6))
def test_every_serial_is_in_a_snapshot_unless_it_is_in_conflict(told_of: list[Any]) -> None:
    sources = [
        Source(f"{folder}{number}.json", parser, report) for number, ((folder, parser), report) in enumerate(told_of)
    ]

    drafts = assemble(sources)

    shown = {sighting.serial for source in sources for sighting in source.report.sightings} - {""}
    conflicting = {name.split(":")[1] for draft in drafts for name in draft.conflicts}
    assert shown - conflicting <= {one.serial for draft in drafts for one in draft.components}
