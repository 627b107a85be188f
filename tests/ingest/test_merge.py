"""What several tools saw of one asset's components is each component once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.assemble import parser_rank
from ingest.domain.merge import INFERRED, Merged, merge_parts
from ingest.domain.parts import Part
from ingest.domain.report import Sighting

WWN = "5000c500a1b2c3d4"
NGUID = "36354630526001230025384100000001"


def part(parser: str, kind: str = "disk", **fields: Any) -> Part:
    return Part(parser, parser_rank(parser), Sighting(kind, **fields))


def merged(*parts: Part) -> tuple[Merged, ...]:
    return merge_parts(parts)[0]


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


# names that cannot be one component's


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"slot": "Bay 1", "slot_kind": "redfish"}, {"slot": "Bay 2", "slot_kind": "redfish"}),
        ({"model": "ST8000NM0055"}, {"model": "HUH721008"}),
        ({"identifiers": (("wwn", WWN),)}, {"identifiers": (("wwn", "5000c500a1b2ffff"),)}),
    ],
    ids=["two slots", "other models", "other names"],
)
def test_a_serial_that_one_tool_shows_on_two_parts_names_neither(one: dict[str, Any], other: dict[str, Any]) -> None:
    components, conflicts = merge_parts([part("redfish", serial="ZA1", **one), part("redfish", serial="ZA1", **other)])

    assert conflicts == ("disk:ZA1",)
    assert [(component.serial, component.shared) for component in components] == [("", ("disk:ZA1",))] * 2


def test_a_shared_serial_names_no_part_of_another_tool_either() -> None:
    components, conflicts = merge_parts(
        [
            part("redfish", serial="ZA1", slot="Bay 1", slot_kind="redfish"),
            part("redfish", serial="ZA1", slot="Bay 2", slot_kind="redfish"),
            part("smartctl-json", serial="ZA1", identifiers=(("wwn", WWN),)),
        ]
    )

    assert conflicts == ("disk:ZA1",)
    assert [component.lookup for component in components] == ["", "", f"disk~wwn~{WWN}"]


@pytest.mark.parametrize(
    "other",
    [
        {"slot": "0000:3b:00.0", "slot_kind": "pci"},
        {"slot": "bay  1", "slot_kind": "redfish"},
        {"model": "st8000nm0055"},
        {"identifiers": (("wwn", f"0x{WWN.upper()}"), ("wwn", "5000c500a1b2ffff"))},
        {},
    ],
    ids=["a slot of another kind", "the slot spelt otherwise", "the model in lower case", "one name more", "nothing"],
)
def test_one_part_may_be_told_twice_by_one_tool(other: dict[str, Any]) -> None:
    told: dict[str, Any] = {
        "slot": "Bay 1",
        "slot_kind": "redfish",
        "model": "ST8000NM0055",
        "identifiers": (("wwn", WWN),),
    }

    components, conflicts = merge_parts([part("redfish", serial="ZA1", **told), part("redfish", serial="ZA1", **other)])

    assert (len(components), conflicts) == (1, ())


def test_what_two_tools_call_otherwise_is_no_conflict() -> None:
    components, conflicts = merge_parts(
        [part("redfish", serial="ZA1", model="ST8000NM0055"), part("lshw-json", serial="ZA1", model="ST8000NM0055-1RM")]
    )

    assert (len(components), conflicts) == (1, ())


def test_two_vendors_that_use_one_serial_have_a_part_each() -> None:
    components, conflicts = merge_parts(
        [
            part("redfish", "memory", serial="40A1B2C3", vendor="Samsung", slot="A1", slot_kind="redfish"),
            part("redfish", "memory", serial="40A1B2C3", vendor="Micron Technology", slot="A2", slot_kind="redfish"),
            part("dmidecode", "memory", serial="40A1B2C3", vendor="SAMSUNG", slot="DIMM_A1", slot_kind="dmi"),
        ]
    )

    assert conflicts == ()
    assert sorted((one.said("vendor"), one.parsers) for one in components) == [
        ("Micron Technology", ("redfish",)),
        ("Samsung", ("dmidecode", "redfish")),
    ]


def test_forms_of_a_company_are_no_second_vendor() -> None:
    components = merged(
        part("dmidecode", "memory", serial="40A1B2C3", vendor="Samsung Corp."),
        part("dmidecode", "memory", serial="40A1B2C3", vendor="SAMSUNG"),
    )

    assert len(components) == 1


# other identifiers


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("disk", ("wwn", f"naa.{WWN}"), ("wwn", "5 000c50 0a1b2c3d4")),
        ("disk", ("wwn", NGUID), ("nguid", NGUID)),
        ("disk", ("wwn", f"eui.{NGUID}"), ("nguid", NGUID.upper())),
        ("disk", ("wwn", "0025388b11b2c3d4"), ("eui64", "00-25-38-8b-11-b2-c3-d4")),
        ("disk", ("wwn", "5cd2e4a1b2c3d401"), ("eui64", "5cd2e4a1b2c3d401")),
        ("disk", ("nguid", "6" + NGUID[1:]), ("wwn", "6" + NGUID[1:])),
        ("disk", ("wwn", "eui.3000000000b2c3d4"), ("eui64", "3000000000b2c3d4")),
        ("gpu", ("uuid", "GPU-1faa2b5f-6e0c-2d1a-8f3e-000000000001"), ("uuid", "1FAA2B5F6E0C2D1A8F3E000000000001")),
        ("nic", ("mac", "0C:42:A1:3D:BD:E0"), ("mac", "0c42a13dbde0")),
    ],
)
def test_a_part_without_serial_joins_the_one_that_shows_its_identifier(
    kind: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    components = merged(
        part("redfish", kind, serial="ZA1", identifiers=(one,)), part("lshw-json", kind, identifiers=(other,))
    )

    assert [(component.serial, component.parsers) for component in components] == [("ZA1", ("lshw-json", "redfish"))]
    assert len(components[0].identifiers) == 1


def test_two_parts_without_serial_and_one_identifier_are_one() -> None:
    components = merged(
        part("smartctl-json", identifiers=(("wwn", WWN),)), part("lshw-json", identifiers=(("wwn", WWN),))
    )

    assert [component.lookup for component in components] == [f"disk~wwn~{WWN}"]


def test_an_identifier_on_two_serials_joins_neither() -> None:
    components = merged(
        part("redfish", "nic", serial="A1", identifiers=(("mac", "0c:42:a1:3d:bd:e0"),)),
        part("redfish", "nic", serial="A2", identifiers=(("mac", "0c:42:a1:3d:bd:e0"),)),
        part("lshw-json", "nic", identifiers=(("mac", "0c:42:a1:3d:bd:e0"),)),
    )

    assert [component.parsers for component in components] == [("redfish",), ("redfish",), ("lshw-json",)]


@pytest.mark.parametrize(
    "identifier",
    [("wwn", "0000000000000000"), ("wwn", "nonsense"), ("wwn", "3001a2b3c4d5e6f7"), ("mac", "02:42:ac:11:00:02")],
)
def test_identifiers_that_tell_no_part_from_another_are_left_out(identifier: tuple[str, str]) -> None:
    (disk,) = merged(part("redfish", identifiers=(identifier,), slot="Bay 1", slot_kind="redfish"))

    assert (disk.identifiers, disk.lookup) == ((), "")


# slots


def test_a_gpu_without_serial_is_the_one_that_another_tool_sees_at_its_address() -> None:
    (gpu,) = merged(
        part("lshw-json", "gpu", model="GA100", slot="0000:5e:00.0", slot_kind="pci"),
        part("nvidia-smi-xml", "gpu", serial="1561221000123", slot="0000:5E:00.0", slot_kind="pci"),
    )

    assert (gpu.serial, gpu.parsers) == ("1561221000123", ("lshw-json", "nvidia-smi-xml"))


def test_a_slot_of_which_two_serials_are_told_joins_nothing_nameless() -> None:
    components = merged(
        part("redfish", serial="ZA1", slot="Bay 1", slot_kind="redfish"),
        part("redfish", serial="ZA2", slot="Bay 1", slot_kind="redfish"),
        part("lshw-json", slot="Bay 1", slot_kind="dmi"),
    )

    assert [component.serial for component in components] == ["", "ZA1", "ZA2"]


def test_what_one_tool_sees_twice_in_a_slot_of_one_name_stays_two() -> None:
    components = merged(
        part("dmidecode", "memory", serial="40A1B2C3", slot="DIMM A1", slot_kind="dmi"),
        part("dmidecode", "memory", model="M393A4K40DB3", slot="DIMM A1", slot_kind="dmi"),
    )

    assert [component.serial for component in components] == ["", "40A1B2C3"]


def test_two_nameless_models_in_one_slot_of_one_tool_stay_two() -> None:
    components = merged(
        part("redfish", "fan", model="FAN-A", slot="Fan 1", slot_kind="redfish"),
        part("redfish", "fan", model="FAN-B", slot="Fan 1", slot_kind="redfish"),
    )

    assert [component.said("model") for component in components] == ["FAN-A", "FAN-B"]


def test_two_tools_name_a_nameless_part_in_a_slot_each_in_its_way() -> None:
    (cpu,) = merged(
        part("dmidecode", "cpu", model="Xeon Gold 6248", slot="CPU1", slot_kind="dmi"),
        part("lshw-json", "cpu", model="Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz", slot="CPU1", slot_kind="dmi"),
    )

    assert (cpu.said("model"), cpu.parsers) == ("Xeon Gold 6248", ("dmidecode", "lshw-json"))


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
