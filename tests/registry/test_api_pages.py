"""Keyset pages."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from rest_framework.test import APIClient

from registry.api.pages import Cursor, in_pieces
from registry.models import Asset
from tests.builders import NOON, make_asset
from tests.clients import client_as, walk

pytestmark = pytest.mark.django_db

ORDERINGS = ("id", "-id", "last_seen_at", "-last_seen_at", "hostname,-last_seen_at", "-hostname,last_seen_at")


@pytest.fixture
def fleet() -> list[Asset]:
    """Assets with many equal and missing times and awkward host names."""
    times = [None, NOON, NOON, NOON + timedelta(microseconds=1), NOON + timedelta(days=1), None]
    names = ["a|b", "", "::None", "ä", "b"]
    return [make_asset(last_seen_at=times[n % 6], hostname=names[n % 5]) for n in range(31)]


@pytest.fixture
def viewer() -> APIClient:
    return client_as("viewer")


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("size", [1, 4, 31])
def test_walking_forward_meets_each_row_once(fleet: Any, viewer: APIClient, ordering: str, size: int):
    rows = walk(viewer, f"/assets?ordering={ordering}&page_size={size}")

    assert sorted(row["id"] for row in rows) == [asset.pk for asset in fleet]


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_walking_back_gives_the_same_rows_in_the_same_order(fleet: Any, viewer: APIClient, ordering: str):
    address = f"/assets?ordering={ordering}&page_size=7"
    pages = [viewer.get(address).json()]
    while pages[-1]["next"]:
        pages.append(viewer.get(pages[-1]["next"]).json())

    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(viewer.get(back[-1]["previous"]).json())

    assert [page["results"] for page in reversed(back)] == [page["results"] for page in pages]


@pytest.mark.parametrize("ordering", [("id",), ("-last_seen_at", "-id"), ("hostname", "id")])
@pytest.mark.parametrize("size", [1, 4, 31, 1000])
def test_pieces_have_all_rows_in_their_order(fleet: Any, ordering: tuple[str, ...], size: int):
    pieces = list(in_pieces(Asset.objects.all(), ordering, size))

    assert [row for piece in pieces for row in piece] == list(Asset.objects.order_by(*ordering))
    assert max(map(len, pieces)) <= size


@pytest.mark.parametrize("ordering", ["last_seen_at", "-last_seen_at"])
def test_rows_written_meanwhile_neither_double_nor_hide_those_that_were_there(
    fleet: Any, viewer: APIClient, ordering: str
):
    seen: list[int] = []
    link: str | None = f"/assets?ordering={ordering}&page_size=3"
    while link:
        page = viewer.get(link).json()
        seen.extend(row["id"] for row in page["results"])
        make_asset(last_seen_at=NOON)
        make_asset(last_seen_at=None)
        link = page["next"] if len(seen) < 200 else None

    assert len(seen) == len(set(seen))
    assert {asset.pk for asset in fleet} <= set(seen)


def test_missing_times_come_first_going_up_on_every_engine(fleet: Any, viewer: APIClient):
    rows = walk(viewer, "/assets?ordering=last_seen_at&page_size=5")

    times = [row["last_seen_at"] and datetime.fromisoformat(row["last_seen_at"]) for row in rows]
    missing = times.count(None)
    assert times[:missing] == [None] * missing
    assert all(earlier <= later for earlier, later in pairwise(times[missing:]))


def test_the_first_page_has_no_previous_and_the_last_no_next(fleet: Any, viewer: APIClient):
    page = viewer.get("/assets?page_size=31").json()

    assert (page["previous"], page["next"]) == (None, None)


def test_links_are_absolute_and_keep_the_filters(fleet: Any, viewer: APIClient):
    page = viewer.get("/assets?hostname=b&page_size=2").json()

    assert page["next"].startswith("http://testserver/assets?")
    assert "hostname=b" in page["next"]


def test_a_list_without_rows_is_an_empty_page(viewer: APIClient):
    page = viewer.get("/assets").json()

    assert page == {"next": None, "previous": None, "results": []}


def test_fifty_rows_are_a_page_unless_asked_otherwise(viewer: APIClient):
    for _ in range(51):
        make_asset()

    assert len(viewer.get("/assets").json()["results"]) == 50
    assert len(viewer.get("/assets?page_size=200").json()["results"]) == 51


@pytest.mark.parametrize("size", ["0", "201", "-1", "many", "1.5", "٣", "99999999999999999999"])
def test_a_page_size_out_of_bounds_is_refused(viewer: APIClient, size: str):
    answer = viewer.get("/assets", {"page_size": size})

    assert answer.status_code == 400
    assert "page_size" in answer.json()["errors"]


FORGED = [
    "x",
    "%%%",
    "é",
    "bnVsbA",  # null
    "WzEsMiwzXQ",  # [1,2,3]
    "WyJpZCIsWyJ4Il0sZmFsc2Vd",  # ["id",["x"],false]
    "WyJpZCIsW251bGxdLGZhbHNlXQ",  # ["id",[null],false]
    "WyJpZCIsW1sxXV0sZmFsc2Vd",  # ["id",[[1]],false]
    "WyJpZCIsWzFdLDNd",  # ["id",[1],3]
    "WyJpZCIsWzEsMl0sZmFsc2Vd",  # ["id",[1,2],false]
]


@pytest.mark.parametrize("cursor", FORGED)
def test_a_cursor_that_the_server_did_not_make_is_refused(viewer: APIClient, cursor: str):
    answer = viewer.get("/assets", {"cursor": cursor})

    assert answer.status_code == 400
    assert "cursor" in answer.json()["errors"]


def test_a_cursor_with_a_number_beyond_all_ids_is_an_empty_page(viewer: APIClient):
    make_asset()

    cursor = Cursor(("id",), (2**64 - 1,), backward=False)

    answer = viewer.get("/assets", {"cursor": cursor.encode()})

    assert answer.json()["results"] == []


def test_a_cursor_of_another_ordering_is_refused(fleet: Any, viewer: APIClient):
    page = viewer.get("/assets?ordering=serial&page_size=2").json()

    answer = viewer.get(page["next"].replace("ordering=serial", "ordering=hostname"))

    assert answer.status_code == 400


def test_an_unknown_ordering_is_refused_and_says_what_is_known(viewer: APIClient):
    answer = viewer.get("/assets?ordering=fold_state")

    assert answer.status_code == 400
    assert "hostname" in answer.json()["errors"]["ordering"][0]
