"""Who sat in a slot, when logs and inventories call it by different names."""

from datetime import UTC, datetime

import pytest

from tickets.domain.occupants import Sitting, SlotName, occupant

START = datetime(2026, 1, 1, tzinfo=UTC)
THEN = datetime(2026, 2, 1, tzinfo=UTC)


def sitting(component: int, kind: str, slot: str) -> Sitting:
    return Sitting(component, kind, slot, START, None, [("dmi", slot)])


@pytest.mark.parametrize(
    ("kind", "told", "known"),
    [
        ("memory", "DIMM_B5", "B5"),
        ("memory", "DIMM B5", "DIMM_B5"),
        ("memory", "P1-DIMMA1", "CPU1_DIMM_A1"),
        ("memory", "PROC 1 DIMM 3", "Proc 1 DIMM 3"),
    ],
)
def test_a_slot_is_the_same_in_another_spelling(kind, told, known):
    sittings = [sitting(1, kind, known), sitting(2, kind, "B6")]

    assert occupant(SlotName(kind, "sel", told, THEN), sittings) == 1


def test_bare_numbers_in_other_words_are_not_taken_for_the_same():
    sittings = [sitting(1, "psu", "PSU 1"), sitting(2, "psu", "PSU 2")]

    assert occupant(SlotName("psu", "sel", "PS1", THEN), sittings) is None


def test_a_spelling_that_fits_two_parts_names_neither():
    sittings = [sitting(1, "memory", "B5"), sitting(2, "memory", "DIMM B5")]

    assert occupant(SlotName("memory", "sel", "DIMM_B5", THEN), sittings) is None
