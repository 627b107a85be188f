"""Faults of real fleets, synced: all of them, once, and what is wrong with the data said row by row."""

import csv
import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import make_asset
from tests.clients import client_as
from tests.tickets.deliveries import ADDRESS
from tests.tickets.fleet_tickets import SHARED, Faults, infinitehbd, lanl
from tickets.models import Failure, Ticket, TicketLink

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"the fleets' data is not at {SHARED}"),
]
OUTCOMES = ("created", "updated", "unchanged", "rejected")


def sync(faults: Faults) -> dict[str, int]:
    """What became of the tickets, by outcome."""
    client, total = client_as("connector"), Counter[str]()
    for body in faults.bodies():
        answer = client.post(ADDRESS, body).json()
        total.update({word: answer[word] for word in OUTCOMES})
    return {word: number for word, number in total.items() if number}


def test_the_faults_of_400_gpu_servers_are_synced_and_counted_by_class():
    faults = infinitehbd(SHARED / "infinitehbd")
    for node in {ticket["links"][0]["asset_hostname"] for ticket in faults.tickets}:
        make_asset(hostname=node)

    assert sync(faults) == {"created": 584}

    with (SHARED / "infinitehbd" / "ref_by_class.csv").open() as lines:
        expected = {(row["Level"], row["Class"]): int(row["faults"]) for row in csv.DictReader(lines)}
    told = Counter((severity, raw["class"]) for severity, raw in Ticket.objects.values_list("severity", "raw"))
    assert told == expected
    assert not TicketLink.objects.unresolved().exists()
    assert Failure.objects.filter(asset__isnull=False).count() == sum(
        number for (level, _), number in expected.items() if level == "Hardware Failure"
    )


def test_synced_again_they_change_nothing():
    faults = infinitehbd(SHARED / "infinitehbd")
    sync(faults)
    before = _all()

    with CaptureQueriesContext(connection) as captured:
        assert sync(faults) == {"unchanged": 584}

    written = [
        query["sql"] for query in captured if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
    ]
    assert [sql for sql in written if "tickets_" in sql] == []
    assert _all() == before


def _all() -> list[Any]:
    return [list(model.objects.order_by("id").values()) for model in (Ticket, TicketLink, Failure)]


def test_ten_years_of_failures_of_4750_nodes_are_synced_in_bounded_time_with_their_dirty_dates_told():
    faults = lanl(SHARED / "lanl")
    started = time.monotonic()

    assert sync(faults) == {"created": 23_739}

    assert time.monotonic() - started < 120  # a busy machine; alone it takes a tenth of that
    assert Ticket.objects.count() == 23_739
    dirty = Counter(one.column for one in faults.problems)
    assert dirty["Down Time"] == 423
    assert dirty["Prob Started"] == dirty["Prob Fixed"] == 0
    assert len({one.line for one in faults.problems}) > 423
    assert {one.problem for one in faults.problems if one.line == 954} == {"'199' minutes, but it was fixed after 139"}


def test_a_row_whose_dates_are_none_is_rejected_by_field_and_costs_no_other():
    faults = lanl(SHARED / "lanl")
    few = Faults(faults.source, faults.tickets[:3])
    few.tickets[1] |= {"opened_at": "31/31/2005 10:54"}
    few.tickets[2] |= {"opened_at": few.tickets[2]["closed_at"], "closed_at": few.tickets[2]["opened_at"]}

    answer = client_as("connector").post(ADDRESS, next(few.bodies())).json()

    assert [(one["outcome"], sorted(one["errors"])) for one in answer["results"]] == [
        ("created", []),
        ("rejected", ["opened_at"]),
        ("rejected", ["closed_at"]),
    ]
