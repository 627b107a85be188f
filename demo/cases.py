"""The service desk's part of the story: who told of which failure, and the tickets as Jira would send them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from demo.fleet import Breakdown, Fitted, Kind, Place, Server, Story

Json: TypeAlias = dict[str, Any]

SOURCE = "jira"
_FIRST_NUMBER = 4101
_OPENED_AFTER = timedelta(minutes=40)
_CLOSED_AFTER = timedelta(hours=4)
# What logs tell only as the state at collection; everything else they date.
_STATES = {
    "tools": ("disk",),
    "raid": ("disk",),
    "sosreport": ("disk",),
    "redfish-tar": ("disk", "memory"),
    "redfish-zip": ("disk", "memory"),
}
_WORDS = {
    "disk": "Disk failing",
    "memory": "Uncorrectable memory error",
    "gpu": "GPU error, job killed",
    "psu": "Power supply failed, redundancy lost",
    "nic": "Network card dead, link down on both ports",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A breakdown as it came to be known: `told_at` first of all, by those `sources`; `repaired` when it was replaced.

    `ticket`: what the service desk made of it: ``told`` (with the failure itself), ``noted`` (of the server alone), or
    nothing.
    """

    broken: Breakdown
    server: Server
    told_at: datetime
    sources: frozenset[str]
    ticket: str
    repaired: datetime | None


def cases(story: Story) -> list[Case]:
    """Each breakdown of the story with how it came to be known: the truth about failures."""
    repaired = {one.part: one.at for one in story.happenings if one.kind is Kind.REPLACED}
    found = []
    cards = 0
    for number, broken in enumerate(story.breakdowns):
        server = story.servers[broken.place.server]
        ticket = ("told", "told", "", "noted", "told")[number % 5]
        sources = {"log"} | ({"ticket"} if ticket == "told" else set())
        told_at = _seen_at(story, broken)
        if broken.place.type == "nic":
            # No log tells that a network card is dead: of one the service desk knows, of the other its engineer.
            ticket, sources = (("told", {"ticket"}), ("", {"manual"}))[cards % 2]
            told_at = broken.at + (_OPENED_AFTER if ticket else timedelta())
            cards += 1
        found.append(Case(broken, server, told_at, frozenset(sources), ticket, repaired.get(broken.part)))
    return found


def _seen_at(story: Story, broken: Breakdown) -> datetime:
    """When logs first tell of it: at the moment itself, or when the next ones are collected."""
    index = broken.place.server
    if broken.place.type not in _STATES.get(story.servers[index].platform.style, ()):
        return broken.at
    later = (one.collected_at for one in story.snapshots if one.server.index == index)
    return next(at for at in later if at >= broken.at)


def tickets(story: Story) -> list[Json]:
    """All tickets of the story, by their opening, in the shape that ``POST /connectors/tickets/sync`` takes."""
    drafts = [*(_of_case(number, case) for number, case in enumerate(cases(story)) if case.ticket), *_others(story)]
    drafts.sort(key=lambda ticket: str(ticket["opened_at"]))
    return [
        {"external_id": f"OPS-{number}", "url": f"https://jira.example.com/browse/OPS-{number}", **ticket}
        for number, ticket in enumerate(drafts, _FIRST_NUMBER)
    ]


def _of_case(number: int, case: Case) -> Json:
    part, place, server = case.broken.part, case.broken.place, case.server
    opened = case.told_at if case.sources == {"ticket"} else case.told_at + _OPENED_AFTER
    named: Json = {"component_serial": part.serial, "component_type": place.type}
    # A ticket about the failure names the part, or else the server, as it is known to whoever writes.
    links = ([named], [{"asset_serial": server.serial}, named], [{"asset_hostname": server.hostname}])[number % 3]
    if case.ticket == "noted":
        links = [{"asset_hostname": server.hostname}]
    return {
        "title": f"{server.hostname}: {_WORDS[place.type]}",
        "description": f"{server.platform.vendor} {server.platform.model}, {part.model.model}. Monitoring raised it.",
        "severity": "major" if place.type in ("disk", "psu") else "critical",
        **_life(opened, case.repaired + _CLOSED_AFTER if case.repaired else None, "Replaced"),
        "links": links,
        "failures": [_failure(case)] if case.ticket == "told" else [],
    }


def _failure(case: Case) -> Json:
    """The failure as the desk tells it: by the part's serial number, or by its place where that is on the label."""
    kind = case.broken.place.type
    said: Json = {"mode": f"{kind}_failure", "severity": "fatal"}
    if kind == "disk" and case.server.platform.style in ("document", "ndjson"):
        slot = f"Bay {case.broken.place.position + 1}"
        return {"asset_serial": case.server.serial, "slot": slot, "component_type": kind, **said}
    return {"component_serial": case.broken.part.serial, "component_type": kind, **said}


def _life(opened: datetime, closed: datetime | None, resolution: str) -> Json:
    return {
        "status": "Done" if closed else "In progress",
        "opened_at": _rfc(opened),
        "closed_at": _rfc(closed) if closed else None,
        "updated_at": _rfc(closed or opened),
        "resolution": {"name": resolution} if closed else None,
    }


def _rfc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _others(story: Story) -> Iterator[Json]:
    """Tickets of no failure that is known: a change, a server nobody knows, and a serial number in a sentence."""
    end = story.end
    first = story.servers[0]
    yield {
        "title": f"{first.project}: BIOS and BMC updates, second quarter",
        "severity": "minor",
        **_life(end - timedelta(days=230), end - timedelta(days=190), "Done"),
        "links": [{"project": first.project}],
    }
    yield {
        "title": "Server still powered in rack 07 after it was written off",
        "description": "Inventory has no such machine. Who owns it?",
        "severity": "minor",
        **_life(end - timedelta(days=12), None, ""),
        "links": [{"asset_serial": "9ZK4LX3"}],
    }
    suspect = _well(story)
    server = story.servers[suspect.place.server]
    yield {
        "title": f"{server.project}: slow reads on one volume",
        "description": f"iostat blames one drive, serial {suspect.part.serial}. SMART looks clean so far.",
        "severity": "minor",
        **_life(end - timedelta(days=4), None, ""),
        "links": [{"project": server.project}],
    }


def _well(story: Story) -> Fitted:
    """A drive that is well to the end."""
    broken: set[Place] = {one.place for one in story.breakdowns}
    last = next(one for one in reversed(story.snapshots) if one.server.platform.style == "tools")
    return next(one for one in last.of_type("disk") if one.place not in broken and one.health == "ok")
