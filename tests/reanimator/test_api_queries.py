"""How many queries a list costs does not depend on how many rows it has."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.builders import (
    NOON,
    make_asset,
    make_bundle,
    make_component,
    make_customer,
    make_event,
    make_file,
    make_installation,
    make_location,
    make_lot,
    make_observation,
    make_project,
    make_signal,
    make_snapshot,
)
from tests.clients import client_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> APIClient:
    return client_as("viewer")


@dataclass(frozen=True)
class Around:
    """What the address of a list names, and the number of the row to make."""

    asset: Any
    component: Any
    bundle: Any
    number: int = 0


def _asset(_: Around) -> None:
    make_asset(project=make_project(), location=make_location(parent=make_location()))


def _component(_: Around) -> None:
    make_component(lot=make_lot(), asset=make_asset(), identifiers=[["mac", "0c:42:a1:3d:bd:e0"]])


def _bundle(_: Around) -> None:
    bundle = make_bundle()
    for _number in range(2):
        make_observation(snapshot=make_snapshot(bundle=bundle, asset=make_asset()))
        make_file(bundle=bundle)


def _event(around: Around) -> None:
    at = NOON + timedelta(days=around.number)
    places = {"asset": around.asset, "component": around.component, "from_asset": make_asset()}
    make_event(type="MOVED", occurred_at=at, bundle=make_bundle(), **places)


def _signal(around: Around) -> None:
    make_signal(snapshot=make_snapshot(bundle=around.bundle))


def _spell(around: Around) -> None:
    start = NOON + timedelta(days=around.number)
    make_installation(component=around.component, installed_at=start, removed_at=start + timedelta(hours=1))


# Address, what makes one row of it, and the number of queries: the client's token, what the
# address names, the rows, and what they refer to where that is not joined.
LISTS: list[tuple[str, Callable[[Around], Any], int]] = [
    ("/customers", lambda _: make_customer(), 2),
    ("/projects", lambda _: make_project(), 2),
    ("/locations", lambda _: make_location(parent=make_location()), 2),
    ("/lots", lambda _: make_lot(), 2),
    ("/assets", _asset, 2),
    ("/components", _component, 2),
    ("/installations", lambda _: make_installation(), 4),
    ("/observations", lambda _: make_observation(), 5),
    ("/logbundles", _bundle, 5),
    ("/logbundles/{bundle}/files", lambda around: make_file(bundle=around.bundle), 3),
    ("/logbundles/{bundle}/signals", _signal, 3),
    ("/assets/{asset}/timeline", _event, 8),
    ("/components/{component}/timeline", _event, 8),
    ("/components/{component}/installations", _spell, 5),
    ("/components/{component}/observations", lambda around: make_observation(component=around.component), 6),
    ("/assets/{asset}/components", lambda around: make_installation(asset=around.asset), 4),
    ("/assets/{asset}/diff?from=2026-01-01T00:00:00Z", lambda around: make_installation(asset=around.asset), 5),
]


@pytest.mark.parametrize(("address", "make", "queries"), LISTS, ids=[address for address, *_ in LISTS])
def test_a_list_costs_the_same_queries_for_three_rows_and_for_thirty(
    viewer: APIClient, address: str, make: Callable[[Around], Any], queries: int
):
    around = Around(make_asset(), make_component(), make_bundle())
    address = address.format(asset=around.asset.pk, component=around.component.pk, bundle=around.bundle.pk)
    counts = []

    for number in range(30):
        make(replace(around, number=number))
        if number in {2, 29}:
            with CaptureQueriesContext(connection) as captured:
                viewer.get(address)
            counts.append(len(captured))

    assert counts == [queries, queries]


def test_filters_by_code_cost_one_query_each(viewer: APIClient):
    make_component()

    with CaptureQueriesContext(connection) as captured:
        viewer.get("/components?lot=SAM-2025-W14&project=ACME-EU&identifier=5000c500a1b2c3d4&asset_serial=7XK2M93")

    assert len(captured) <= 6
