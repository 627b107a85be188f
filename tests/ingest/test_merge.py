"""What several tools saw of one asset's components is each component once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.assemble import parser_rank
from ingest.domain.merge import INFERRED, merge_parts
from ingest.domain.parts import Part
from tests.ingest.parts import NGUID, WWN, merged, part

# one component, several tools


def test_a_disk_that_three_tools_see_is_one_component_that_remembers_them() -> None:
    components = merged(
        part("redfish", serial="S5FNNA0R500123", slot="Bay 3", slot_kind="redfish"),
        part("smartctl-json", serial=" s5fnna0r500123 "),
        part("lshw-json", serial="S5FNNA0R500123", slot="0000:3b:00.0", slot_kind="pci"),
    )

    assert [(one.lookup, one.parsers) for one in components] == [
        ("disk:S5FNNA0R500123", ("lshw-json", "redfish", "smartctl-json"))
    ]


def test_a_card_known_by_its_ports_is_the_one_whose_product_data_are_read_at_its_address() -> None:
    at = {"slot": "0000:3b:00.0", "slot_kind": "pci"}

    components = merged(
        part("lshw-json", "nic", identifiers=(("mac", "0c:42:a1:3d:bd:e0"),), **at),
        part("redfish", "nic", identifiers=(("mac", "0c:42:a1:3d:bd:e0"),), slot="Slot 2", slot_kind="redfish"),
        part("lspci", "nic", serial="MT2025KAA970", **at),
    )

    assert [(one.lookup, one.parsers) for one in components] == [
        ("nic:MT2025KAA970", ("lshw-json", "lspci", "redfish"))
    ]


def test_cards_at_an_address_stay_apart_where_one_tool_lists_both() -> None:
    at = {"slot": "0000:3b:00.0", "slot_kind": "pci"}

    components = merged(
        part("lspci", "nic", identifiers=(("mac", "0c:42:a1:3d:bd:e0"),), **at),
        part("lspci", "nic", serial="MT2025KAA970", **at),
    )

    assert [one.lookup for one in components] == ["nic:MT2025KAA970", "nic~mac~0c:42:a1:3d:bd:e0"]


def test_parts_of_two_types_share_a_serial_in_peace() -> None:
    components, conflicts = merge_parts(
        [part("redfish", "bmc", serial="7XK2M93"), part("redfish", "motherboard", serial="7XK2M93")]
    )

    assert [one.lookup for one in components] == ["bmc:7XK2M93", "motherboard:7XK2M93"]
    assert conflicts == ()


def test_a_module_id_and_the_serial_number_within_it_are_one_module() -> None:
    components = merged(
        part("redfish", "memory", serial="80CE012133" + "40A1B2C3"), part("dmidecode", "memory", serial="40A1B2C3")
    )

    assert [one.serial for one in components] == ["40A1B2C3"]


def test_a_board_is_one_whether_a_tool_prints_the_service_tag_around_it_or_not() -> None:
    components = merged(
        part("dmidecode", "motherboard", serial=".7XK2M93.CNFCP0011A00B2."),
        part("redfish", "motherboard", serial="CNFCP0011A00B2"),
    )

    assert [one.serial for one in components] == ["CNFCP0011A00B2"]


def test_placeholders_name_nothing_and_join_nothing() -> None:
    components = merged(
        part("dmidecode", "memory", serial="Not Specified", slot="DIMM A1", slot_kind="dmi"),
        part("dmidecode", "memory", serial="NO DIMM", slot="DIMM A2", slot_kind="dmi"),
    )

    assert [(one.serial, one.lookup) for one in components] == [("", ""), ("", "")]


def test_a_site_names_placeholders_of_its_own() -> None:
    parts = [part("redfish", serial="SCRAPPED-1", slot="Bay 1", slot_kind="redfish")]

    components, _ = merge_parts(parts, {"SCRAPPED-1"})

    assert components[0].serial == ""


# whose word counts


def test_each_fact_comes_from_the_best_tool_that_tells_it() -> None:
    (disk,) = merged(
        part("lshw-json", serial="ZA1", vendor="ATA", model="ST8000NM", part_number="9ZM"),
        part("smartctl-json", serial="ZA1", model="Seagate ST8000NM0055"),
        part("redfish", serial="ZA1", vendor="SEAGATE", lot="W14"),
    )

    assert disk.claims == {
        "vendor": (parser_rank("redfish"), "SEAGATE"),
        "lot": (parser_rank("redfish"), "W14"),
        "model": (parser_rank("smartctl-json"), "Seagate ST8000NM0055"),
        "part_number": (parser_rank("lshw-json"), "9ZM"),
    }


def test_slots_and_firmware_are_kept_by_kind_of_source_the_best_first() -> None:
    (disk,) = merged(
        part("lshw-json", serial="ZA1", slot="0000:3b:00.0", slot_kind="pci", firmware="SN", firmware_kind="lshw"),
        part("smartctl-json", serial="ZA1", firmware="SN05", firmware_kind="drive"),
        part("redfish", serial="ZA1", slot="Bay 3", slot_kind="redfish", firmware="SN05", firmware_kind="redfish"),
    )

    assert disk.slots == (("redfish", "Bay 3"), ("pci", "0000:3b:00.0"))
    assert disk.firmware == (("drive", "SN05"), ("redfish", "SN05"), ("lshw", "SN"))


def test_the_worst_that_a_tool_says_of_health_counts() -> None:
    (disk,) = merged(
        part("redfish", serial="ZA1", health="ok"),
        part("smartctl-json", serial="ZA1", health="failed"),
        part("lshw-json", serial="ZA1"),
    )

    assert disk.health == "failed"


def test_a_measurement_told_twice_is_the_better_tools() -> None:
    (disk,) = merged(
        part("lshw-json", serial="ZA1", measurements={"size": 8, "device": "/dev/sda"}),
        part("redfish", serial="ZA1", measurements={"size": 8001563222016}),
    )

    assert disk.measurements == {"size": 8001563222016, "device": "/dev/sda"}


@pytest.mark.parametrize("vendor", ["", "ATA", "NVMe", "Not Specified"])
def test_a_drive_whose_vendor_no_tool_names_has_the_maker_that_its_model_tells_with_the_least_weight(
    vendor: str,
) -> None:
    (disk,) = merged(part("smartctl-json", serial="ZA1", vendor=vendor, model="ST8000NM0055"))

    assert disk.claims["vendor"] == (INFERRED, "Seagate")
    assert disk.vendor == ""


def test_a_vendor_that_a_tool_prints_stands_before_what_the_model_tells() -> None:
    (disk,) = merged(
        part("smartctl-json", serial="ZA1", model="ST8000NM0055"), part("lshw-json", serial="ZA1", vendor="Dell")
    )

    assert disk.claims["vendor"] == (parser_rank("lshw-json"), "Dell")
    assert disk.vendor == "Dell"


@pytest.mark.parametrize(("kind", "model"), [("disk", "Virtual Disk"), ("nic", "MZWLJ7T6")])
def test_a_model_that_tells_no_maker_gives_none(kind: str, model: str) -> None:
    (one,) = merged(part("lshw-json", kind, serial="ZA1", model=model))

    assert "vendor" not in one.claims


# sizes


def test_texts_longer_than_their_columns_are_cut() -> None:
    (disk,) = merged(
        part("redfish", serial="S1" * 500, model="MZ" * 500, slot="B" * 999, slot_kind="redfish", firmware="F" * 999)
    )

    sizes = [len(disk.serial), len(disk.said("model")), len(disk.slots[0][1]), len(disk.firmware[0][1])]
    assert sizes == [128, 200, 200, 200]


# order

SIGHTINGS = st.builds(
    part,
    st.sampled_from(["document", "redfish", "smartctl-json", "lshw-json"]),
    st.sampled_from(["disk", "memory"]),
    serial=st.sampled_from(["", "N/A", "A1", "A2"]),
    vendor=st.sampled_from(["", "Samsung", "Micron"]),
    model=st.sampled_from(["", "X", "Y"]),
    slot=st.sampled_from(["", "1", "2"]),
    slot_kind=st.sampled_from(["redfish", "dmi"]),
    health=st.sampled_from(["unknown", "ok", "failed"]),
    identifiers=st.sampled_from([(), (("wwn", WWN),), (("nguid", NGUID), ("wwn", "5000c500a1b2ffff"))]),
)


@given(st.lists(SIGHTINGS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_tools_are_read_does_not_matter(parts: list[Part], random: Any) -> None:
    # One tool's own sightings keep their order: a file has one.
    tools = sorted({one.parser for one in parts})
    random.shuffle(tools)
    otherwise = [one for tool in tools for one in parts if one.parser == tool]

    assert merge_parts(otherwise) == merge_parts(parts)


@given(st.lists(SIGHTINGS, max_size=6))
def test_no_name_is_two_components_and_no_sighting_is_lost(parts: list[Part]) -> None:
    components, _ = merge_parts(parts)

    names = [(one.lookup, one.said("vendor").upper()) for one in components if one.serial]
    assert len(names) == len(set(names))
    assert {one.parser for one in parts} == {parser for one in components for parser in one.parsers}
