"""Which tickets show on which things: the rule alone."""

from datetime import datetime, timedelta

import pytest

from tests.builders import NOON
from tickets.domain.windows import Life, Links, Relation, Showing, Stay, on_asset, on_component, window

COMPONENT, SERVER, OTHER, PROJECT = 7, 1, 2, 3


def day(number: float | None) -> datetime | None:
    return None if number is None else NOON + timedelta(days=number)


def life(opened: float, closed: float | None = None) -> Life:
    return Life(NOON + timedelta(days=opened), day(closed))


def stay(start: float, end: float | None = None, asset: int = SERVER, number: int = 1) -> Stay:
    return Stay(number, COMPONENT, asset, "Bay 3", NOON + timedelta(days=start), day(end))


@pytest.mark.parametrize(
    ("lived", "stayed", "met"),
    [
        pytest.param(life(2, 3), stay(1, 4), (2, 3), id="ticket within the stay"),
        pytest.param(life(1, 4), stay(2, 3), (2, 3), id="stay within the ticket's life"),
        pytest.param(life(1, 3), stay(2, 4), (2, 3), id="ticket began before"),
        pytest.param(life(2, 4), stay(1, 3), (2, 3), id="ticket ended after"),
        pytest.param(life(1, 2), stay(2, 3), None, id="ticket ends when the stay begins"),
        pytest.param(life(3, 4), stay(1, 3), None, id="stay ends when the ticket begins"),
        pytest.param(life(1), stay(1, 2), (1, 2), id="open ticket, both begin at once"),
        pytest.param(life(0), stay(1, 2), (1, 2), id="ticket without an end from before the installation"),
        pytest.param(life(2), stay(1, 2), None, id="open ticket from when the stay ends"),
        pytest.param(life(1, 2), stay(0), (1, 2), id="open installation"),
        pytest.param(life(1, 2), stay(2), None, id="open installation from when the ticket ends"),
        pytest.param(life(1), stay(0), (1, None), id="both open"),
        pytest.param(life(1), stay(2), (2, None), id="both open, the ticket first"),
        pytest.param(life(2, 2), stay(1, 3), (2, 2), id="opened and closed at one moment"),
        pytest.param(life(1, 1), stay(1, 3), None, id="at the very moment of the installation"),
        pytest.param(life(3, 3), stay(1, 3), None, id="at the very moment of the removal"),
    ],
)
def test_a_ticket_and_a_stay_meet_where_both_last(lived: Life, stayed: Stay, met: tuple[float, float | None] | None):
    found = window(lived, stayed)

    assert (None if found is None else (found.start, found.end)) == (met and (day(met[0]), day(met[1])))


def test_a_component_that_was_away_and_came_back_has_two_windows():
    stays = [stay(0, 2, number=1), stay(2, 4, OTHER, number=2), stay(4, number=3)]

    shown = on_component(COMPONENT, life(1, 5), Links(assets=[SERVER]), stays)

    assert shown is not None
    assert shown.relation == Relation.INHERITED
    assert [(one.stay.installation, one.start, one.end) for one in shown.windows] == [
        (1, day(1), day(2)),
        (3, day(4), day(5)),
    ]


def test_a_late_bundle_that_moves_the_installation_changes_what_shows():
    ticket, links = life(4, 4.5), Links(assets=[SERVER])

    before = on_component(COMPONENT, ticket, links, [stay(1, 3), stay(3, None, OTHER)])
    after = on_component(COMPONENT, ticket, links, [stay(1, 5), stay(5, None, OTHER)])

    assert before is None
    assert after is not None


def test_a_ticket_that_is_opened_again_shows_on_what_came_since():
    links, stays = Links(assets=[SERVER]), [stay(5)]

    assert on_component(COMPONENT, life(1, 3), links, stays) is None
    assert on_component(COMPONENT, life(1), links, stays) is not None


def test_a_link_to_the_thing_itself_counts_before_all_else():
    links = Links(assets=[SERVER], components=[COMPONENT], projects=[PROJECT])

    assert on_component(COMPONENT, life(1), links, [stay(0)]) == Showing(Relation.DIRECT)
    assert on_asset(SERVER, PROJECT, life(1), links, [stay(0)]) == Showing(Relation.DIRECT)


def test_a_projects_ticket_shows_on_its_assets_and_on_no_component():
    links = Links(projects=[PROJECT])

    assert on_component(COMPONENT, life(1), links, [stay(0)]) is None
    assert on_asset(SERVER, PROJECT, life(1), links, [stay(0)]) == Showing(Relation.PROJECT)
    assert on_asset(SERVER, None, life(1), links, [stay(0)]) is None


def test_a_components_ticket_shows_on_the_asset_it_sat_in_then():
    links, stays = Links(components=[COMPONENT]), [stay(0, 2), stay(2, None, OTHER, 2)]

    assert on_asset(SERVER, None, life(3), links, stays) is None
    shown = on_asset(OTHER, None, life(1), links, stays)

    assert shown is not None
    assert [(one.stay.installation, one.start) for one in shown.windows] == [(2, day(2))]
