"""Which parts that several tools saw are one component: by serial number, by other identifiers, by slot."""

from typing import Any

import pytest

from ingest.domain.merge import merge_parts
from tests.ingest.parts import NGUID, WWN, merged, part

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
