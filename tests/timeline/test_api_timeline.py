"""Timelines, installations, configuration and difference."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.builders import NOON, make_asset, make_bundle, make_component, make_event, make_installation
from tests.clients import client_as, found, walk
from timeline.models import Assertion

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


def test_a_move_is_shown_as_the_contract_has_it(engineer: APIClient):
    old, new = make_asset(serial="9PQ4L22", hostname="db-16"), make_asset(serial="7XK2M93")
    component, bundle = make_component(serial="S5FNNA0R500123"), make_bundle()
    event = make_event(
        type="MOVED",
        component=component,
        asset=new,
        from_asset=old,
        from_value="Bay 3",
        to_value="Bay 1",
        bundle=bundle,
    )

    shown = engineer.get(f"/components/{component.pk}/timeline").json()["results"]

    here = {"id": new.pk, "serial": "7XK2M93", "hostname": "db-17"}
    there = {"id": old.pk, "serial": "9PQ4L22", "hostname": "db-16"}
    assert shown == [
        {
            "id": event.pk,
            "key": event.key,
            "type": "MOVED",
            "occurred_at": "2026-03-01T12:00:00Z",
            "not_before": "2026-02-28T12:00:00Z",
            "asset": here,
            "component": {
                "id": component.pk,
                "type": "disk",
                "serial": "S5FNNA0R500123",
                "model": "MZWLJ7T6HALA-00AU3",
            },
            "from": {"asset": there, "slot": "Bay 3"},
            "to": {"asset": here, "slot": "Bay 1"},
            "bundle": bundle.pk,
            "ticket": None,
            "failure": None,
            "details": {},
        }
    ]


def test_a_move_is_on_both_assets_timelines(engineer: APIClient):
    old, new = make_asset(), make_asset()
    event = make_event(type="MOVED", component=make_component(), asset=new, from_asset=old)

    assert found(engineer, f"/assets/{old.pk}/timeline") == [event.pk]
    assert found(engineer, f"/assets/{new.pk}/timeline") == [event.pk]


@pytest.mark.parametrize(
    ("kind", "values", "before", "after"),
    [
        ("INSTALLED", {"to_value": "Bay 1"}, None, {"slot": "Bay 1"}),
        ("REMOVED", {"from_value": "Bay 1"}, {"slot": "Bay 1"}, None),
        ("FIRMWARE_CHANGED", {"from_value": "1", "to_value": "2"}, {"firmware": "1"}, {"firmware": "2"}),
        ("HEALTH_CHANGED", {"from_value": "ok", "to_value": "failed"}, {"health": "ok"}, {"health": "failed"}),
        ("LOG_COLLECTED", {}, None, None),
    ],
)
def test_each_type_of_event_has_its_sides(
    engineer: APIClient, kind: str, values: dict[str, str], before: Any, after: Any
):
    asset = make_asset(serial="7XK2M93")
    make_event(type=kind, asset=asset, component=None if kind == "LOG_COLLECTED" else make_component(), **values)

    (shown,) = engineer.get(f"/assets/{asset.pk}/timeline").json()["results"]

    here = {"asset": {"id": asset.pk, "serial": "7XK2M93", "hostname": "db-17"}}
    assert shown["from"] == (before and {**(here if "slot" in before else {}), **before})
    assert shown["to"] == (after and {**(here if "slot" in after else {}), **after})


@pytest.fixture
def story() -> Any:
    """An asset and a component with an event a day for five days."""
    asset, component = make_asset(), make_component()
    kinds = ["INSTALLED", "HEALTH_CHANGED", "FIRMWARE_CHANGED", "HEALTH_CHANGED", "REMOVED"]
    events = [
        make_event(type=kind, asset=asset, component=component, occurred_at=NOON + day * DAY)
        for day, kind in reversed(list(enumerate(kinds)))
    ]
    make_event()
    return asset, component, [event.pk for event in reversed(events)]


@pytest.mark.parametrize("whose", ["assets", "components"])
def test_a_timeline_runs_both_ways(engineer: APIClient, story: Any, whose: str):
    asset, component, events = story
    address = f"/{whose}/{asset.pk if whose == 'assets' else component.pk}/timeline"

    assert found(engineer, address) == events
    assert found(engineer, address, ordering="occurred_at") == events
    assert found(engineer, address, ordering="-occurred_at") == events[::-1]


@pytest.mark.parametrize("whose", ["assets", "components"])
def test_a_timeline_is_filtered_by_type_and_span(engineer: APIClient, story: Any, whose: str):
    asset, component, events = story
    address = f"/{whose}/{asset.pk if whose == 'assets' else component.pk}/timeline"
    start, end = "2026-03-02T12:00:00Z", "2026-03-04T12:00:00Z"

    assert found(engineer, address, type="HEALTH_CHANGED") == [events[1], events[3]]
    assert found(engineer, address, type="INSTALLED,REMOVED") == [events[0], events[4]]
    assert found(engineer, address, after=start) == events[1:]
    assert found(engineer, address, before=end) == events[:3]
    assert found(engineer, address, after=start, before=end) == events[1:3]


@pytest.mark.parametrize("ordering", ["occurred_at", "-occurred_at"])
@pytest.mark.parametrize("whose", ["assets", "components"])
def test_events_of_one_moment_are_paged_without_loss(engineer: APIClient, whose: str, ordering: str):
    asset, component = make_asset(), make_component()
    kinds = ["INSTALLED", "REMOVED", "HEALTH_CHANGED"]
    events = [make_event(asset=asset, component=component, type=kinds[n % 3], to_value=str(n)).pk for n in range(20)]
    key = asset.pk if whose == "assets" else component.pk

    rows = walk(engineer, f"/{whose}/{key}/timeline?page_size=3&ordering={ordering}")

    assert sorted(row["id"] for row in rows) == events


@pytest.mark.parametrize("query", ["type=EXPLODED", "after=yesterday", "ordering=type", "asset=1", "cursor=x"])
def test_a_timeline_refuses_what_it_does_not_know(engineer: APIClient, query: str):
    asset = make_asset()

    assert engineer.get(f"/assets/{asset.pk}/timeline?{query}").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/assets/4711/timeline",
        "/assets/4711/components",
        "/assets/4711/diff?from=2026-01-01T00:00:00Z",
        "/components/4711/timeline",
        "/components/4711/installations",
        "/installations/4711",
    ],
)
def test_of_what_is_not_there_nothing_is_told(engineer: APIClient, address: str):
    assert engineer.get(address).status_code == 404


def test_an_installation_is_shown(engineer: APIClient):
    asset, component = make_asset(serial="7XK2M93"), make_component(serial="S5FNNA0R500123")
    row = make_installation(asset=asset, component=component, slot="Bay 3", not_before=NOON - DAY)

    shown = engineer.get(f"/installations/{row.pk}").json()

    assert shown == {
        "id": row.pk,
        "component": {
            "id": component.pk,
            "type": "disk",
            "serial": "S5FNNA0R500123",
            "model": "MZWLJ7T6HALA-00AU3",
        },
        "asset": {"id": asset.pk, "serial": "7XK2M93", "hostname": "db-17"},
        "slot": "Bay 3",
        "installed_at": "2026-03-01T12:00:00Z",
        "removed_at": None,
        "not_before": "2026-02-28T12:00:00Z",
        "removal_reason": None,
    }


def test_installations_are_filtered(engineer: APIClient):
    make_installation(
        component=make_component(type="memory"), slot="A1", installed_at=NOON - 9 * DAY, removed_at=NOON - DAY
    )
    row = make_installation(
        component=make_component(serial="S5FNNA0R500123"), asset=make_asset(serial="7XK2M93"), slot="Bay 3"
    )
    queries: list[dict[str, Any]] = [
        {"component": row.component_id},
        {"asset": row.asset_id},
        {"slot": "bay 3"},
        {"type": "disk"},
        {"open": "true"},
        {"at": "2026-03-01T12:00:00Z"},
        {"after": "2026-02-28T12:00:00Z"},
        {"component_serial": "s5fnna0r500123"},
        {"asset_serial": "7xk2m93"},
    ]

    results = [found(engineer, "/installations", **query) for query in queries]

    assert results == [[row.pk]] * len(queries)
    assert len(found(engineer, "/installations", open="false")) == 1
    assert row.pk not in found(engineer, "/installations", at="2026-03-01T11:59:59.999999Z")
    assert row.pk not in found(engineer, "/installations", before="2026-03-01T12:00:00Z")


def test_a_components_installations_are_listed_first_to_last(engineer: APIClient):
    component = make_component()
    later = make_installation(component=component)
    earlier = make_installation(component=component, installed_at=NOON - 9 * DAY, removed_at=NOON - DAY)
    make_installation()

    assert found(engineer, f"/components/{component.pk}/installations") == [earlier.pk, later.pk]
    assert found(engineer, f"/components/{component.pk}/installations", open="true") == [later.pk]


def install(client: APIClient, component: Any, asset: Any, /, **fields: Any) -> Any:
    """The answer to an operator's word."""
    usual = {"slot": "Bay 3", "installed_at": "2026-03-01T12:00:00Z"}
    return client.post("/installations", {"component": component.pk, "asset": asset.pk, **usual, **fields})


def test_an_operators_word_becomes_an_installation_and_an_event(engineer: APIClient):
    asset, component = make_asset(), make_component()

    answer = install(engineer, component, asset, note="Replaced under OPS-4711")

    assert answer.status_code == 201
    assert (answer.json()["slot"], answer.json()["installed_at"]) == ("Bay 3", "2026-03-01T12:00:00Z")
    assertion = Assertion.objects.get()
    (event,) = engineer.get(f"/components/{component.pk}/timeline").json()["results"]
    assert (event["type"], event["bundle"]) == ("INSTALLED", None)
    assert event["details"] == {"assertion": assertion.pk}
    assert assertion.note == "Replaced under OPS-4711"
    assert assertion.recorded_by is not None


def test_the_same_word_again_changes_nothing(engineer: APIClient):
    asset, component = make_asset(), make_component()
    first = install(engineer, component, asset)

    again = install(engineer, component, asset)

    assert again.json()["installed_at"] == first.json()["installed_at"]
    assert Assertion.objects.count() == 1


def test_a_component_that_sits_elsewhere_is_a_conflict_which_names_the_installation(engineer: APIClient):
    component = make_component()
    there = install(engineer, component, make_asset()).json()

    answer = install(engineer, component, make_asset(), installed_at="2026-03-02T12:00:00Z")

    assert answer.status_code == 409
    assert answer.json()["installation"] == {"id": there["id"]}
    assert f"installation {there['id']}" in answer.json()["detail"]


def test_a_removal_closes_the_installation(engineer: APIClient):
    component = make_component()
    there = install(engineer, component, make_asset()).json()

    answer = engineer.patch(
        f"/installations/{there['id']}", {"removed_at": "2026-03-05T12:00:00Z", "note": "Sent back"}
    )

    assert answer.status_code == 200
    assert answer.json()["removed_at"] == "2026-03-05T12:00:00Z"
    assert engineer.get(f"/components/{component.pk}").json()["status"] == "removed"


def test_another_removal_is_a_conflict(engineer: APIClient):
    there = install(engineer, make_component(), make_asset()).json()
    closed = engineer.patch(f"/installations/{there['id']}", {"removed_at": "2026-03-05T12:00:00Z"}).json()

    answer = engineer.patch(f"/installations/{closed['id']}", {"removed_at": "2026-03-06T12:00:00Z"})

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"component": 4711}, "component"),
        ({"asset": 4711}, "asset"),
        ({"asset": "7XK2M93"}, "asset"),
        ({"installed_at": None}, "installed_at"),
        ({"installed_at": "yesterday"}, "installed_at"),
        ({"installed_at": "2099-01-01T00:00:00Z"}, "installed_at"),
        ({"slot": "x" * 201}, "slot"),
        ({"removed_at": "2026-03-05T12:00:00Z"}, "removed_at"),
    ],
)
def test_a_word_that_cannot_be_is_refused(engineer: APIClient, fields: dict[str, Any], field: str):
    answer = install(engineer, make_component(), make_asset(), **fields)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Assertion.objects.exists()


@pytest.mark.parametrize(
    "changes", [{}, {"note": "x"}, {"removed_at": None}, {"slot": "Bay 4", "removed_at": "2026-03-05T12:00:00Z"}]
)
def test_only_a_removal_can_be_patched(engineer: APIClient, changes: dict[str, Any]):
    there = install(engineer, make_component(), make_asset()).json()

    assert engineer.patch(f"/installations/{there['id']}", changes).status_code == 400


def test_the_configuration_is_that_of_the_moment(engineer: APIClient):
    asset = make_asset(serial="7XK2M93")
    gone = make_installation(asset=asset, installed_at=NOON - 9 * DAY, removed_at=NOON)
    here = make_installation(asset=asset, slot="Bay 2")
    make_installation()

    def components(**query: str) -> list[int]:
        answer = engineer.get(f"/assets/{asset.pk}/components", query).json()
        return [row["component"]["id"] for row in answer["results"]]

    assert components() == [here.component_id]
    assert components(at="2026-03-01T11:59:59Z") == [gone.component_id]
    assert components(at="2026-03-01T12:00:00Z") == [here.component_id]
    assert components(at="2020-01-01T00:00:00Z") == []


def test_the_difference_names_what_came_and_went(engineer: APIClient):
    asset = make_asset(serial="7XK2M93")
    gone = make_installation(asset=asset, installed_at=NOON - 9 * DAY, removed_at=NOON)
    came = make_installation(asset=asset, slot="Bay 2")

    query = {"from": "2026-02-25T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    answer = engineer.get(f"/assets/{asset.pk}/diff", query).json()

    assert answer["asset"] == {"id": asset.pk, "serial": "7XK2M93", "hostname": "db-17"}
    assert {name: answer[name] for name in query} == query
    assert [row["component"]["id"] for row in answer["added"]] == [came.component_id]
    assert [row["component"]["id"] for row in answer["removed"]] == [gone.component_id]
    assert (answer["moved"], answer["firmware_changed"]) == ([], [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("diff", "from"),
        ("diff?from=now", "from"),
        ("diff?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from"),
        ("diff?from=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "until"),
        ("components?at=now", "at"),
        ("components?on=2026-03-01", "on"),
    ],
)
def test_a_question_without_a_moment_is_refused(engineer: APIClient, query: str, field: str):
    asset = make_asset()

    answer = engineer.get(f"/assets/{asset.pk}/{query}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
