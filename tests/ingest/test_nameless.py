"""Parts that only their position names: when two tools' lists are one list."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.assemble import parser_rank
from ingest.domain.merge import Merged, merge_parts
from ingest.domain.parts import Part
from ingest.domain.report import Sighting

XEON = "Xeon Gold 6248"
WHOLE_XEON = "Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz"


def listed(parser: str, kind: str, *slots: str, **fields: Any) -> list[Part]:
    """One part for each slot, all alike."""
    slot_kind = {"redfish": "redfish", "lspci": "pci", "ipmi-fru": "fru"}.get(parser, "dmi")
    return [
        Part(parser, parser_rank(parser), Sighting(kind, slot=slot, slot_kind=slot_kind, **fields)) for slot in slots
    ]


def merged(*lists: list[Part], enumerating: str = "", kind: str = "") -> list[Merged]:
    coverage = [(parser, kind) for parser in enumerating.split()]
    return list(merge_parts([part for parts in lists for part in parts], coverage=coverage)[0])


def slots(components: list[Merged]) -> list[list[str]]:
    return sorted([slot for _, slot in one.slots] for one in components)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("cpu", ("CPU.Socket.1", "CPU.Socket.2"), ("CPU1", "CPU2")),
        ("cpu", ("Proc 1", "Proc 2"), ("Socket 1", "Socket 2")),
        ("cpu", ("CPU 1", "CPU 2"), ("P0", "P1")),
        ("cpu", ("CPU1", "CPU2"), ("CPU 02", "CPU 01")),
        ("memory", ("DIMM.Socket.A1", "DIMM.Socket.B10"), ("B10", "A1")),
        ("memory", ("DIMM A1", "DIMM A2"), ("DIMM_A1", "A2")),
        ("memory", ("P1-DIMMA1", "P2-DIMMA1"), ("CPU1_DIMM_A1", "CPU2_DIMM_A1")),
        ("memory", ("PROC 1 DIMM 2", "PROC 2 DIMM 2"), ("proc1dimm2", "proc2dimm2")),
        ("psu", ("PSU.Slot.1", "PSU.Slot.2"), ("PSU1", "PSU2")),
        ("psu", ("Power Supply 1", "Power Supply 2"), ("PS0", "PS1")),
        ("psu", ("Bay 1", "Bay 2"), ("PSU1", "PSU2")),
        ("fan", ("Fan.Embedded.1A", "Fan.Embedded.1B"), ("System Board Fan1A", "FAN 1B")),
    ],
)
def test_slots_that_two_tools_spell_in_two_ways_are_one(
    kind: str, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    components = merged(listed("redfish", kind, *one), listed("lshw-json", kind, *other))

    assert [component.parsers for component in components] == [("lshw-json", "redfish")] * 2


def test_each_socket_is_joined_to_its_own() -> None:
    components = merged(
        listed("redfish", "cpu", "CPU.Socket.1", "CPU.Socket.2"), listed("lshw-json", "cpu", "CPU2", "CPU1")
    )

    assert slots(components) == [["CPU.Socket.1", "CPU1"], ["CPU.Socket.2", "CPU2"]]


def test_as_many_in_slots_of_other_names_are_joined_in_their_order() -> None:
    components = merged(
        listed("redfish", "memory", "PROC 1 DIMM 12", "PROC 1 DIMM 1"),
        listed("lshw-json", "memory", "P0 CHANNEL A", "P0 CHANNEL B"),
    )

    assert slots(components) == [["PROC 1 DIMM 1", "P0 CHANNEL A"], ["PROC 1 DIMM 12", "P0 CHANNEL B"]]


def test_other_models_speak_against_the_order() -> None:
    components = merged(
        listed("redfish", "cpu", "CPU 1", "CPU 2", model="EPYC 7502P"), listed("dmidecode", "cpu", "A", "B", model=XEON)
    )

    assert len(components) == 4


def test_a_model_with_words_more_is_the_same_model() -> None:
    (cpu,) = merged(
        listed("dmidecode", "cpu", "Socket A", model=XEON), listed("lshw-json", "cpu", "Node 0", model=WHOLE_XEON)
    )

    assert (cpu.said("model"), cpu.parsers) == (XEON, ("dmidecode", "lshw-json"))


@pytest.mark.parametrize("kind", ["bios", "bmc", "motherboard"])
def test_a_server_has_one_of_some_parts_whatever_they_are_called(kind: str) -> None:
    components = merged(
        listed("redfish", kind, "", model="iDRAC9"), listed("dmidecode", kind, "BIOS", model="A01"),
        listed("lshw-json", kind, "", model="firmware"),
    )  # fmt: skip

    assert [one.parsers for one in components] == [("dmidecode", "lshw-json", "redfish")]


def test_two_controllers_of_one_tool_leave_the_other_tools_one_apart() -> None:
    components = merged(listed("redfish", "bmc", "HGX", "Host"), listed("ipmi-fru", "bmc", "Builtin"))

    assert len(components) == 3


def test_two_makes_are_two_parts_even_where_each_tool_shows_one() -> None:
    components = merged(
        listed("redfish", "nic", "NIC 1", model="ConnectX-6"), listed("lshw-json", "nic", "0000:3b:00.0", model="X550")
    )

    assert len(components) == 2


def test_a_part_with_a_serial_takes_in_the_nameless_one_of_its_place() -> None:
    components = merged(
        listed("redfish", "psu", "PSU.Slot.1", serial="CN1", health="critical")
        + listed("redfish", "psu", "PSU.Slot.2", serial="CN2"),
        listed("dmidecode", "psu", "PSU1", "PSU2", serial="Not Specified"),
    )

    assert [(one.serial, one.parsers) for one in components] == [
        ("CN1", ("dmidecode", "redfish")),
        ("CN2", ("dmidecode", "redfish")),
    ]


def test_where_one_tool_lists_all_what_another_shows_elsewhere_is_left_out() -> None:
    lists = [
        listed("redfish", "memory", "A1", "A2", "B1", model="M393"),
        listed("lshw-json", "memory", "slot left", "slot right", model="M393"),
    ]

    assert len(merged(*lists)) == 5
    assert slots(merged(*lists, enumerating="redfish", kind="memory")) == [["A1"], ["A2"], ["B1"]]
    assert slots(merged(*lists, enumerating="lshw-json", kind="memory")) == [["slot left"], ["slot right"]]


def test_of_two_complete_lists_the_better_tools_is_taken() -> None:
    components = merged(
        listed("redfish", "fan", "Fan 1", "Fan 2", "Fan 3"),
        listed("dmidecode", "fan", "left", "right"),
        enumerating="redfish dmidecode",
        kind="fan",
    )

    assert slots(components) == [["Fan 1"], ["Fan 2"], ["Fan 3"]]


def test_a_complete_list_of_serials_is_better_than_one_of_places() -> None:
    components = merged(
        listed("redfish", "psu", "left", "right"),
        listed("dmidecode", "psu", "", serial="CN1") + listed("dmidecode", "psu", "", serial="CN2"),
        enumerating="redfish dmidecode",
        kind="psu",
    )

    assert [one.serial for one in components] == ["CN1", "CN2"]


def test_a_serial_is_never_left_out() -> None:
    components = merged(
        listed("redfish", "psu", "PSU 1", "PSU 2"),
        listed("dmidecode", "psu", "PSU 3", serial="CN3"),
        enumerating="redfish",
        kind="psu",
    )

    assert [one.serial for one in components] == ["", "", "CN3"]


def test_one_tools_own_parts_stay_apart_in_slots_that_mean_the_same() -> None:
    components = merged(listed("dmidecode", "cpu", "CPU 1", "Socket 1"))

    assert len(components) == 2


LISTED = st.builds(
    lambda parser, kind, slot, model, serial: listed(parser, kind, slot, model=model, serial=serial)[0],
    st.sampled_from(["redfish", "dmidecode", "lshw-json", "ipmi-fru"]),
    st.sampled_from(["cpu", "psu", "bios"]),
    st.sampled_from(["", "CPU1", "Socket 0", "PSU 1", "PS0", "left"]),
    st.sampled_from(["", XEON, WHOLE_XEON, "EPYC"]),
    st.sampled_from(["", "", "CN1", "CN2"]),
)
COVERED = st.sets(st.tuples(st.sampled_from(["redfish", "lshw-json", "dmidecode"]), st.sampled_from(["cpu", "psu"])))


@given(st.lists(LISTED, max_size=9), COVERED, st.randoms(use_true_random=False))
def test_the_order_of_tools_does_not_matter(parts: list[Part], covered: set[tuple[str, str]], random: Any) -> None:
    # One tool's own parts keep their order: a file has one.
    tools = sorted({one.parser for one in parts})
    random.shuffle(tools)
    otherwise = [one for tool in tools for one in parts if one.parser == tool]

    assert merge_parts(otherwise, coverage=covered) == merge_parts(parts, coverage=covered)


@given(st.lists(LISTED, max_size=9), COVERED)
def test_no_list_is_lost_and_none_is_longer_than_the_tools_together(
    parts: list[Part], covered: set[tuple[str, str]]
) -> None:
    components, conflicts = merge_parts(parts, coverage=covered)

    for kind in {one.sighting.type for one in parts}:
        told = [one for one in parts if one.sighting.type == kind]
        counted = [one for one in components if one.type == kind]
        assert 1 <= len(counted) <= len(told)
        serials = {one.sighting.serial for one in told if one.sighting.serial}
        assert {one.serial for one in counted if one.serial} == serials - {
            name.split(":")[1] for name in conflicts if name.startswith(f"{kind}:")
        }
