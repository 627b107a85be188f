"""What sat where at a moment, and what differs between two."""

import pytest

from registry.models import Asset
from tests.timeline.histories import bring, disk, document, moment
from timeline.domain.configuration import Change, Place, compare
from timeline.selectors import configuration, difference

BEFORE = [Place(1, "Bay 1", "1.0"), Place(2, "Bay 2", "1.0")]


@pytest.mark.parametrize(
    ("after", "kind", "change"),
    [
        ([*BEFORE, Place(3, "Bay 3", "")], "added", Change(3, "slot", None, "Bay 3")),
        (BEFORE[:1], "removed", Change(2, "slot", "Bay 2", None)),
        ([Place(1, "Bay 9", "1.0"), BEFORE[1]], "moved", Change(1, "slot", "Bay 1", "Bay 9")),
        ([Place(1, "Bay 1", "2.0"), BEFORE[1]], "firmware_changed", Change(1, "firmware", "1.0", "2.0")),
    ],
)
def test_configurations_differ_in_one_thing(after: list[Place], kind: str, change: Change) -> None:
    found = compare(BEFORE, after)

    assert found == {"added": [], "removed": [], "moved": [], "firmware_changed": [], kind: [change]}


def test_equal_configurations_do_not_differ() -> None:
    assert not any(compare(BEFORE, BEFORE[::-1]).values())


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (Change(1, "slot", None, "Bay 1"), {"slot": "Bay 1"}),
        (Change(1, "slot", "Bay 1", None), {"slot": "Bay 1"}),
        (Change(1, "slot", "Bay 1", "Bay 2"), {"from": "Bay 1", "to": "Bay 2"}),
        (Change(1, "slot", "", "Bay 2"), {"from": "", "to": "Bay 2"}),
    ],
)
def test_a_change_shows_what_it_is_from_and_to(change: Change, shown: dict[str, str]) -> None:
    assert change.shown() == shown


def shown_at(day: float) -> list[tuple[str, str, str]]:
    """(serial, slot, firmware) of what sat in ALPHA."""
    asset = Asset.objects.get(serial="ALPHA")
    return [(row["component"]["serial"], row["slot"], row["firmware"]) for row in configuration(asset.id, moment(day))]


@pytest.fixture
def history(db: None) -> Asset:
    """S1 changes its slot and firmware on day 2 and leaves on day 4, S2 comes on day 2."""
    bring(document(0, "ALPHA", disk("S1", "Bay 1", firmware="1.0")))
    bring(document(2, "ALPHA", disk("S1", "Bay 2", firmware="2.0"), disk("S2", "Bay 1")))
    bring(document(4, "ALPHA", disk("S2", "Bay 1")))
    return Asset.objects.get()


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (-1, []),
        (0, [("S1", "Bay 1", "1.0")]),
        (1, [("S1", "Bay 1", "1.0")]),
        (2, [("S2", "Bay 1", ""), ("S1", "Bay 2", "2.0")]),
        (3.9, [("S2", "Bay 1", ""), ("S1", "Bay 2", "2.0")]),
        (4, [("S2", "Bay 1", "")]),
        (400, [("S2", "Bay 1", "")]),
    ],
)
def test_the_configuration_is_that_of_the_moment(history: Asset, day: float, shown: list[tuple[str, str, str]]) -> None:
    assert shown_at(day) == shown


def test_two_moments_differ_in_all_that_changed_between(history: Asset) -> None:
    found = difference(history.id, moment(1), moment(3))

    assert {kind: [change["component"]["serial"] for change in changes] for kind, changes in found.items()} == {
        "added": ["S2"],
        "removed": [],
        "moved": ["S1"],
        "firmware_changed": ["S1"],
    }


def test_what_came_and_went_between_two_moments_does_not_show(history: Asset) -> None:
    found = difference(history.id, moment(-1), moment(5))

    assert [change["component"]["serial"] for change in found["added"]] == ["S2"]
    assert not found["removed"]
