"""Whatever comes in which order, bundles, tickets and what people tell: the same failures, episodes and events."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reanimator.pipeline import process_pending
from registry.models import Asset, Component, Installation
from tests.builders import make_user
from tests.clients import client_as, walk
from tests.tickets.deliveries import take_in as sync
from tests.timeline.histories import RECEIVED, as_bundle, disk, document, moment, process, take_in
from tickets.models import Failure, FailureEpisode
from tickets.services import Manual, record_failure

pytestmark = pytest.mark.django_db

_SERVERS = ("SRV-A", "SRV-B")
_DISKS = ("DISK-1", "DISK-2")
_DAYS = (1, 2, 2.5, 4, 6, 9)
_HALF = timedelta(hours=12)


@st.composite
def _bundles(draw: st.DrawFn) -> bytes:
    day, server = draw(st.sampled_from(_DAYS)), draw(st.sampled_from(_SERVERS))
    shown = draw(st.lists(st.sampled_from(_DISKS), unique=True, max_size=2))
    healths = draw(st.lists(st.sampled_from(("unknown", "ok", "failed")), min_size=2, max_size=2))
    parts = [
        disk(serial, f"Bay {place + 1}", health=health)
        for place, (serial, health) in enumerate(zip(shown, healths, strict=False))
    ]
    named = st.sampled_from(({"serial": "DISK-1"}, {"serial": "DISK-2"}, {"slot": "Bay 1"}, {"slot": "Bay 2"}))
    entries = st.builds(
        lambda part, at: {
            "component": {"type": "disk", **part},
            "occurred_at": moment(at).isoformat(),
            "mode": "media_error",
            "severity": "fatal",
        },
        named,
        st.sampled_from((0.5, 1.5, 3, 5)),
    )
    failures = draw(st.lists(entries, max_size=2))
    return as_bundle(document(day, server, *parts, coverage=["disk"], failures=failures))


@st.composite
def _tickets(draw: st.DrawFn) -> dict[str, Any]:
    opened = draw(st.sampled_from(_DAYS))
    number = draw(st.integers(1, 2))
    links = draw(st.sampled_from(([{"asset_serial": "SRV-A"}], [{"component_serial": "DISK-1"}], [])))
    return {
        "external_id": f"OPS-{number}",
        "title": "Disk gone",
        "opened_at": moment(opened).isoformat(),
        "closed_at": draw(st.sampled_from((None, (moment(opened) + 4 * _HALF).isoformat()))),
        # No two versions of one ticket are of one moment.
        "updated_at": moment(opened + draw(st.integers(0, 5))).isoformat(),
        "links": links,
        "failures": [{"component_serial": "DISK-2", "occurred_at": moment(opened).isoformat()}],
        "resolution": draw(st.sampled_from(("", "Upgraded"))),
    }


_manuals = st.tuples(st.sampled_from(_DAYS), st.sampled_from(("DISK-1", "Bay 1")))
_steps = st.one_of(
    st.tuples(st.just("bundle"), _bundles()),
    st.tuples(st.just("bundle"), _bundles()),
    st.tuples(st.just("ticket"), _tickets()),
    st.tuples(st.just("manual"), _manuals),
)


def _key(step: tuple[str, Any]) -> Any:
    kind, told = step
    return (kind, told["external_id"], told["updated_at"]) if kind == "ticket" else (kind, told)


def _take(step: tuple[str, Any], user: Any) -> None:
    kind, told = step
    if kind == "bundle":
        process(take_in(told).id, now=RECEIVED)
    elif kind == "ticket":
        sync(told)
    else:
        day, name = told
        part = {"component_serial": name} if name.startswith("DISK") else {"asset_serial": "SRV-A", "slot": name}
        manual = Manual(occurred_at=moment(day), mode="drive_failed", severity="fatal", type="disk", **part)
        record_failure(manual, key=f"{day} {name}", user=user, now=RECEIVED)


def _outcome(steps: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    with transaction.atomic():
        user = make_user()
        for step in steps:
            _take(step, user)
        process_pending(now=RECEIVED)
        found = {
            "failures": _rows(
                Failure.objects.exclude(source="manual"),
                *("key", "occurred_at", "component__identity", "asset__identity", "bundle__sha256", "episode__key"),
                *("mode", "severity", "told_at", "told_until", "not_before"),
            ),
            "by hand": _rows(
                Failure.objects.filter(source="manual"),
                *("occurred_at", "component__identity", "asset__identity", "episode__key"),
            ),
            "episodes": _rows(
                FailureEpisode.objects.all(),
                *("key", "component__identity", "occurred_at", "last_at", "counts_at", "mode", "failures", "sources"),
            ),
            "stays": _rows(
                Installation.objects.exclude(removal_reason=None),
                *("component__identity", "installed_at", "removed_at", "removal_reason"),
            ),
            "timelines": [
                _events(f"/{whose}/{thing.pk}/timeline")
                for whose, things in (("assets", Asset), ("components", Component))
                for thing in things.objects.order_by("identity")
            ],
        }
        transaction.set_rollback(True)
    return found


def _rows(found: Any, *columns: str) -> list[Any]:
    return sorted(found.order_by().values_list(*columns), key=repr)


def _events(address: str) -> list[Any]:
    rows = walk(client_as("viewer"), address)
    told = [row for row in rows if row["failure"] is None or row["details"]["source"] != "manual"]
    return [orjson.dumps([row["key"], row["type"], row["occurred_at"], row["details"].get("title")]) for row in told]


@settings(max_examples=8, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(st.lists(_steps, min_size=3, max_size=6, unique_by=lambda step: repr(_key(step))), st.data())
def test_any_order_gives_the_same(steps: list[tuple[str, Any]], data: st.DataObject) -> None:
    other = data.draw(st.permutations(steps))

    assert _outcome(other) == _outcome(steps)
