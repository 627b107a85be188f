"""From bundle to failure: a disk moves, tickets of both servers show on it while it is there, and it fails."""

from typing import Any

import pytest

from registry.models import Asset, Component
from tests.clients import client_as, walk
from tests.tickets.cases import make_link, make_ticket
from tests.timeline.histories import bring, disk, document, moment
from tickets.models import FailureEpisode

pytestmark = pytest.mark.django_db

HERE = disk("DISK-1", "Bay 1")
FAILURE = {
    "component": {"type": "disk", "serial": "DISK-1"},
    "occurred_at": moment(4.2).isoformat(),
    "mode": "media_error",
    "severity": "fatal",
}


def when(text: str | None) -> float | None:
    """A time in JSON as days after the first."""
    return (
        None
        if text is None
        else round((type(moment(0)).fromisoformat(text[:-1] + "+00:00") - moment(0)).total_seconds() / 86400, 2)
    )


def windows(component: int) -> dict[str, list[tuple[str, float | None, float | None]]]:
    """For each ticket that shows on the component, through which server and from when to when."""
    rows = walk(client_as("viewer"), f"/components/{component}/tickets")
    return {
        row["ticket"]["external_id"]: [
            (one["asset"]["serial"], when(one["overlap_from"]), when(one["overlap_to"])) for one in row["windows"]
        ]
        for row in rows
    }


def events(whose: str, key: int) -> list[tuple[str, float | None, str | None]]:
    """The failures and tickets on a timeline: what, when and in which server."""
    kinds = "type=FAILURE,TICKET_OPENED,TICKET_CLOSED"
    rows: list[dict[str, Any]] = walk(client_as("viewer"), f"/{whose}/{key}/timeline?{kinds}")
    return [(row["type"], when(row["occurred_at"]), row["asset"] and row["asset"]["serial"]) for row in rows]


def test_a_disk_moves_and_a_late_bundle_dates_the_move_anew():
    bring(document(1, "SRV-A", HERE), document(1, "SRV-B", disk("OTHER", "Bay 9")))
    bring(document(3, "SRV-B", HERE))
    component = Component.objects.get(serial="DISK-1")
    for name, server, opened, closed in (("A2", "SRV-A", 2, None), ("A4", "SRV-A", 4, 4.5), ("B4", "SRV-B", 4, 4.5)):
        ticket = make_ticket(external_id=name, opened_at=moment(opened), closed_at=closed and moment(closed))
        make_link(ticket=ticket, asset=Asset.objects.get(serial=server))
    bring(document(6, "SRV-B", HERE, failures=[FAILURE]))

    assert windows(component.pk) == {"A2": [("SRV-A", 2, 3)], "B4": [("SRV-B", 4, 4.5)]}
    assert events("components", component.pk) == [
        ("TICKET_OPENED", 2, "SRV-A"),
        ("TICKET_OPENED", 4, "SRV-B"),
        ("FAILURE", 4.2, "SRV-B"),
        ("TICKET_CLOSED", 4.5, "SRV-B"),
    ]
    assert ("FAILURE", 4.2, "SRV-B") in events("assets", Asset.objects.get(serial="SRV-B").pk)

    # It was back on the same day, and went for good on day 5.
    bring(document(3.1, "SRV-B", coverage=["disk"]), document(3.2, "SRV-A", HERE), document(5, "SRV-B", HERE))

    assert windows(component.pk) == {"A2": [("SRV-A", 2, 3), ("SRV-A", 3.2, 5)], "A4": [("SRV-A", 4, 4.5)]}
    assert events("components", component.pk) == [
        ("TICKET_OPENED", 2, "SRV-A"),
        ("TICKET_OPENED", 4, "SRV-A"),
        ("FAILURE", 4.2, "SRV-A"),
        ("TICKET_CLOSED", 4.5, "SRV-A"),
    ]
    assert ("FAILURE", 4.2, "SRV-A") in events("assets", Asset.objects.get(serial="SRV-A").pk)
    assert not [row for row in events("assets", Asset.objects.get(serial="SRV-B").pk) if row[0] == "FAILURE"]
    assert [episode.counts_at for episode in FailureEpisode.objects.all()] == [moment(4.2)]
