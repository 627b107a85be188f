"""The table of section "Derivation" in the design, row by row, and the rules around it."""

from datetime import timedelta

import pytest

from tests.timeline.histories import absent, installed, moment, removed, seen
from timeline.domain.evidence import Evidence, as_one
from timeline.domain.fold import Outcome, Period, Spell, fold

WINDOW = timedelta(days=7)


def _fold(*evidence: Evidence) -> Outcome:
    return fold("disk:S1", evidence, WINDOW)


def _told(*evidence: Evidence) -> list[tuple[str, str, str, str, str]]:
    """The events as (type, from asset, from value, asset, to value)."""
    return [(fact.type, fact.from_asset, fact.from_value, fact.asset, fact.to_value) for fact in _fold(*evidence).facts]


INSTALLED_IN_A = ("INSTALLED", "", "", "A", "Bay 1")

ROWS = {
    "nowhere, then seen": ([seen(0, "A", "Bay 1")], [INSTALLED_IN_A]),
    "nowhere, then seen without a slot": ([seen(0, "A")], [("INSTALLED", "", "", "A", "")]),
    "seen again in the same slot": ([seen(0, "A", "Bay 1"), seen(1, "A", "Bay 1")], [INSTALLED_IN_A]),
    "seen in another slot of the same asset": (
        [seen(0, "A", "Bay 1"), seen(1, "A", "Bay 2")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "A", "Bay 2")],
    ),
    "seen again with its slot not told": ([seen(0, "A", "Bay 1"), seen(1, "A")], [INSTALLED_IN_A]),
    "its slot told only later": (
        [seen(0, "A"), seen(1, "A", "Bay 1"), seen(2, "A", "Bay 2")],
        [("INSTALLED", "", "", "A", ""), ("MOVED", "A", "Bay 1", "A", "Bay 2")],
    ),
    "slots of different kinds of source": (
        [seen(0, "A", redfish="Bay 1"), seen(1, "A", pci="0000:17:00.0")],
        [INSTALLED_IN_A],
    ),
    "slots of several kinds, of which the best that both know disagrees": (
        [seen(0, "A", redfish="Bay 1", dmi="D1"), seen(1, "A", redfish="Bay 2", dmi="D1")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "A", "Bay 2")],
    ),
    "slots of several kinds, of which the best that both know agrees": (
        [seen(0, "A", redfish="Bay 1", dmi="D1"), seen(1, "A", redfish="Bay 1", dmi="D2")],
        [INSTALLED_IN_A],
    ),
    "a kind learnt on the way is compared afterwards": (
        [seen(0, "A", redfish="Bay 1"), seen(1, "A", dmi="D1"), seen(2, "A", dmi="D2")],
        [INSTALLED_IN_A, ("MOVED", "A", "D1", "A", "D2")],
    ),
    "seen in another asset": (
        [seen(0, "A", "Bay 1"), seen(1, "B", "Bay 9")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "B", "Bay 9")],
    ),
    "seen in a slot of that name in another asset": (
        [seen(0, "A", "Bay 1"), seen(1, "B", "Bay 1")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "B", "Bay 1")],
    ),
    "absent": (
        [seen(0, "A", "Bay 1"), absent(1, "A")],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", "")],
    ),
    "absent, then seen in another asset": (
        [seen(0, "A", "Bay 1"), absent(1, "A"), seen(2, "B", "Bay 1")],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", ""), ("INSTALLED", "", "", "B", "Bay 1")],
    ),
    "absent for a parser that never saw it": (
        [seen(0, "A", "Bay 1", parsers=("smartctl",)), absent(1, "A", "redfish")],
        [INSTALLED_IN_A],
    ),
    "absent for a parser that saw it in an earlier installation": (
        [
            seen(0, "A", "Bay 1", parsers=("redfish",)),
            absent(1, "A", "redfish"),
            seen(2, "A", "Bay 1", parsers=("lshw",)),
            absent(3, "A", "redfish"),
        ],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", ""), INSTALLED_IN_A],
    ),
    "absent for one of the parsers that saw it": (
        [seen(0, "A", "Bay 1", parsers=("lshw", "redfish")), absent(1, "A", "redfish")],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", "")],
    ),
    "absent for a parser that saw it once in this installation": (
        [
            seen(0, "A", "Bay 1", parsers=("redfish",)),
            seen(1, "A", "Bay 1", parsers=("lshw",)),
            absent(2, "A", "redfish"),
        ],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", "")],
    ),
    "absent twice": (
        [seen(0, "A", "Bay 1"), absent(1, "A"), absent(2, "A")],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", "")],
    ),
    "absent before it was ever seen": ([absent(0, "A"), seen(1, "A", "Bay 1")], [INSTALLED_IN_A]),
    "absent from where it left": (
        [seen(0, "A", "Bay 1"), seen(1, "B", "Bay 1"), absent(2, "A")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "B", "Bay 1")],
    ),
    "absent from an asset where it never was": ([seen(0, "A", "Bay 1"), absent(1, "B")], [INSTALLED_IN_A]),
    "one bundle shows it in another asset and not in its own": (
        [seen(0, "A", "Bay 1"), absent(1, "A", ref="one"), seen(1, "B", "Bay 1", ref="one")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "B", "Bay 1")],
    ),
    "firmware changes": (
        [seen(0, "A", "Bay 1", firmware="1"), seen(1, "A", "Bay 1", firmware="2")],
        [INSTALLED_IN_A, ("FIRMWARE_CHANGED", "", "1", "A", "2")],
    ),
    "firmware not told in between": (
        [seen(0, "A", "Bay 1", firmware="1"), seen(1, "A", "Bay 1"), seen(2, "A", "Bay 1", firmware="2")],
        [INSTALLED_IN_A, ("FIRMWARE_CHANGED", "", "1", "A", "2")],
    ),
    "firmware first told later": ([seen(0, "A", "Bay 1"), seen(1, "A", "Bay 1", firmware="1")], [INSTALLED_IN_A]),
    "firmware by different kinds of source": (
        [seen(0, "A", "Bay 1", firmware_by={"drive": "V8GNW460"}), seen(1, "A", "Bay 1", firmware_by={"lshw": "W460"})],
        [INSTALLED_IN_A],
    ),
    "firmware changed while it moved": (
        [seen(0, "A", "Bay 1", firmware="1"), seen(1, "B", "Bay 1", firmware="2")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "B", "Bay 1"), ("FIRMWARE_CHANGED", "", "1", "B", "2")],
    ),
    "firmware changed while it was out": (
        [seen(0, "A", "Bay 1", firmware="1"), absent(1, "A"), seen(2, "A", "Bay 1", firmware="2")],
        [
            INSTALLED_IN_A,
            ("REMOVED", "", "Bay 1", "A", ""),
            INSTALLED_IN_A,
            ("FIRMWARE_CHANGED", "", "1", "A", "2"),
        ],
    ),
    "health changes": (
        [seen(0, "A", "Bay 1", health="ok"), seen(1, "A", "Bay 1", health="failed")],
        [INSTALLED_IN_A, ("HEALTH_CHANGED", "", "ok", "A", "failed")],
    ),
    "health unknown in between": (
        [
            seen(0, "A", "Bay 1", health="ok"),
            seen(1, "A", "Bay 1"),
            seen(2, "A", "Bay 1", health="ok"),
            seen(3, "A", "Bay 1", health="warning"),
        ],
        [INSTALLED_IN_A, ("HEALTH_CHANGED", "", "ok", "A", "warning")],
    ),
    "health first told later": ([seen(0, "A", "Bay 1"), seen(1, "A", "Bay 1", health="failed")], [INSTALLED_IN_A]),
    "an operator installs it": ([installed(0, "A", "Bay 1")], [INSTALLED_IN_A]),
    "an operator installs it where it is": ([seen(0, "A", "Bay 1"), installed(1, "A", "Bay 1")], [INSTALLED_IN_A]),
    "an operator installs it elsewhere": (
        [seen(0, "A", "Bay 1"), installed(1, "B", "Bay 2")],
        [INSTALLED_IN_A, ("MOVED", "A", "Bay 1", "B", "Bay 2")],
    ),
    "an operator removes it": (
        [seen(0, "A", "Bay 1"), removed(1, "A")],
        [INSTALLED_IN_A, ("REMOVED", "", "Bay 1", "A", "")],
    ),
    "an operator removes it from where it is not": ([seen(0, "A", "Bay 1"), removed(1, "B")], [INSTALLED_IN_A]),
    "what an operator installed is not missed by a parser that never saw it": (
        [installed(0, "A", "Bay 1"), absent(1, "A")],
        [INSTALLED_IN_A],
    ),
    "an operator's slot and a tool's slot are not compared": (
        [installed(0, "A", "Bay 1"), seen(1, "A", "Disk.Bay.0")],
        [INSTALLED_IN_A],
    ),
}


@pytest.mark.parametrize(("evidence", "told"), ROWS.values(), ids=ROWS.keys())
def test_evidence_gives_events(evidence: list[Evidence], told: list[tuple[str, str, str, str, str]]) -> None:
    assert _told(*evidence) == told


def test_events_know_when_they_cannot_have_been_yet() -> None:
    outcome = _fold(seen(0, "A"), seen(1, "A"), seen(3, "B"), absent(5, "B"))

    assert [(fact.type, fact.at, fact.not_before) for fact in outcome.facts] == [
        ("INSTALLED", moment(0), None),
        ("MOVED", moment(3), moment(1)),
        ("REMOVED", moment(5), moment(3)),
    ]


def test_evidence_that_tells_nothing_of_the_component_bounds_no_event() -> None:
    outcome = _fold(seen(0, "A"), absent(1, "B"), absent(2, "A", "another"), seen(3, "B"))

    assert outcome.facts[-1].not_before == moment(0)


def test_spells_touch_and_the_last_is_open() -> None:
    outcome = _fold(seen(0, "A", "Bay 1"), seen(1, "A", "Bay 2"), seen(2, "B", "Bay 1"))

    assert outcome.spells == (
        Spell("A", "Bay 1", moment(0), moment(1), None),
        Spell("A", "Bay 2", moment(1), moment(2), moment(0)),
        Spell("B", "Bay 1", moment(2), None, moment(1)),
    )


def test_a_removed_component_has_no_open_spell() -> None:
    outcome = _fold(seen(0, "A", "Bay 1"), absent(2, "A"))

    assert outcome.spells == (Spell("A", "Bay 1", moment(0), moment(2), None),)
    assert outcome.state.asset == ""


def test_a_spell_bears_the_slot_of_the_best_kind_of_source() -> None:
    outcome = _fold(seen(0, "A", pci="0000:17:00.0"), seen(1, "A", redfish="Slot 4"))

    assert [spell.slot for spell in outcome.spells] == ["Slot 4"]
    assert outcome.state.slot == "Slot 4"


def test_a_stay_without_length_is_no_spell() -> None:
    outcome = _fold(seen(0, "A", ref="1"), seen(0, "B", ref="2"))

    assert [fact.type for fact in outcome.facts] == ["INSTALLED", "MOVED"]
    assert outcome.spells == (Spell("B", "", moment(0), None, moment(0)),)


def test_evidence_of_one_moment_counts_in_the_order_of_its_references() -> None:
    later_reference_first = [seen(1, "B", ref="2"), seen(1, "A", ref="1"), seen(0, "A", ref="9")]

    assert [fact.asset for fact in _fold(*later_reference_first).facts] == ["A", "B"]


def test_periods_of_firmware_touch_and_the_last_is_open() -> None:
    outcome = _fold(seen(0, "A", firmware="1"), seen(1, "A"), seen(2, "A", firmware="2"))

    assert outcome.periods == (Period("1", moment(0), moment(2)), Period("2", moment(2), None))


def test_a_firmware_lasts_while_the_component_is_out() -> None:
    outcome = _fold(seen(0, "A", firmware="1"), absent(1, "A"), seen(2, "B", firmware="1"))

    assert outcome.periods == (Period("1", moment(0), None),)


def test_a_period_bears_the_firmware_of_the_best_kind_of_source() -> None:
    outcome = _fold(seen(0, "A", firmware_by={"lshw": "W460"}), seen(1, "A", firmware_by={"drive": "V8GNW460"}))

    assert outcome.periods == (Period("V8GNW460", moment(0), None),)
    assert outcome.state.firmware_version == "V8GNW460"


def test_the_state_knows_when_the_component_was_first_and_last_seen() -> None:
    state = _fold(seen(0, "A"), seen(2, "B"), absent(3, "B"), removed(4, "B")).state

    assert (state.first_seen_at, state.last_seen_at) == (moment(0), moment(2))


def test_the_best_source_describes_and_the_latest_of_equals() -> None:
    state = _fold(
        seen(0, "A", facts=(("model", 1, "PM1733"),)),
        seen(1, "A", facts=(("model", 0, "MZWLJ7T6"), ("vendor", 2, "Samsung"))),
        seen(2, "A", facts=(("model", 1, "SAMSUNG MZ"), ("vendor", 2, "SAMSUNG"))),
    ).state

    assert state.facts == (("model", 0, "MZWLJ7T6"), ("vendor", 2, "SAMSUNG"))


def test_no_evidence_gives_nothing() -> None:
    outcome = _fold()

    assert (outcome.facts, outcome.spells, outcome.periods, outcome.state.asset) == ((), (), (), "")


def test_sightings_of_one_snapshot_are_one() -> None:
    one = seen(0, "A", redfish="Bay 1", health="ok", parsers=("redfish",), facts=(("model", 1, "M1"),))
    other = seen(0, "A", dmi="D1", firmware="1", health="failed", parsers=("lshw",), facts=(("model", 0, "M0"),))

    joined = as_one([one, other])

    assert joined == as_one([other, one])
    assert joined.slots == (("redfish", "Bay 1"), ("dmi", "D1"))
    assert joined.firmware == (("document", "1"),)
    assert joined.health == "failed"
    assert joined.parsers == ("lshw", "redfish")
    assert joined.facts == (("model", 0, "M0"),)
