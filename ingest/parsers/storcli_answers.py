"""The answers in storcli's and perccli's JSON, one a controller, and the tables in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from ingest.domain.report import MemberError
from ingest.parsers.fields import plausible_time
from ingest.parsers.json_text import node_at, nodes_at, number_at, text_at

# "Drive /c0/e252/s0", with or without an enclosure, and what follows it in the names of its tables.
_DRIVE_KEY: Final = re.compile(r"Drive /c\d+(?:/e(?P<enclosure>\d+))?/s(?P<slot>\d+)(?P<rest> - Detailed Information)?")
_VOLUME_KEY: Final = re.compile(r"PDs for VD \d+")
PD_LIST: Final = "PD LIST"
_LISTS: Final = (PD_LIST, "Drive Information")

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one controller answered. `number`: None where the command asked no single controller.

    `complaint`: why there is nothing more, or ``""``.
    """

    number: int | None
    data: Table
    complaint: str = ""


def answers(document: object) -> list[Answer]:
    """The controllers' answers; raises `MemberError` when there are none, or none but complaints."""
    if isinstance(document, dict) and "Controllers" not in document:
        document = node_at(document, "data")  # as RackHD keeps them
    controllers = nodes_at(document, "Controllers")
    if not controllers:
        raise MemberError("storcli JSON without an answer of a controller")
    found = [_answer(controller) for controller in controllers]
    if all(answer.complaint for answer in found):
        raise MemberError("; ".join(dict.fromkeys(answer.complaint for answer in found))[:500])
    return found


def _answer(controller: Table) -> Answer:
    status, data = node_at(controller, "Command Status"), node_at(controller, "Response Data")
    told = number_at(status, "Controller")
    number = told if isinstance(told, int) else _number_in(data)
    if data or text_at(status, "Status") == "Success":
        return Answer(number, data)
    reasons = [text_at(status, "Description")]
    reasons += [text_at(detail, "ErrMsg") for detail in nodes_at(status, "Detailed Status")]
    reason = next((text for text in reasons if text not in {"", "None", "-"}), "no answer")
    return Answer(number, {}, f"controller {number}: {reason}" if number is not None else reason)


def _number_in(data: Table) -> int | None:
    """The controller's number by the paths in the names of its tables, where the command's status is missing."""
    paths = (re.search(r"/c(\d{1,3})(?:/|$)", key) for key in data)
    return next((int(path[1]) for path in paths if path), None)


def asked(data: Table, *places: tuple[str, ...]) -> str:
    """The first of `places` that holds text; ``show all`` keeps in tables what ``show`` has at the top."""
    return next((text for place in places if (text := text_at(data, *place))), "")


def drive_rows(data: Table) -> Iterator[tuple[str, Table]]:
    """(slot, row) of each drive that any of the tables lists, with its state and model."""
    for key, table in _tables(data):
        drive = _DRIVE_KEY.fullmatch(key)
        if key in _LISTS or _VOLUME_KEY.fullmatch(key) or (drive and not drive["rest"]):
            for row in nodes_at({"": table}, ""):
                yield slot_in(text_at(row, "EID:Slt")), row


def drive_details(data: Table) -> Iterator[tuple[str, Table, Table]]:
    """(slot, attributes, state) of each drive that is described in full."""
    for key, table in _tables(data):
        drive = _DRIVE_KEY.fullmatch(key)
        if drive and drive["rest"] and isinstance(table, dict):
            path = key.removesuffix(drive["rest"])
            enclosure = f"{drive['enclosure']}:" if drive["enclosure"] else ""
            yield (
                f"{enclosure}{drive['slot']}",
                node_at(table, f"{path} Device attributes"),
                node_at(table, f"{path} State"),
            )


def _tables(data: Table) -> Iterator[tuple[str, Any]]:
    yield from data.items()
    yield from node_at(data, "Physical Device Information").items()  # where a host bus adapter keeps its drives


def slot_in(text: str) -> str:
    """``252:0``; the slot alone where the drive sits in no enclosure (`` :4``); ``""`` where it sits nowhere."""
    enclosure, _, slot = (part.strip(" -") for part in text.partition(":"))
    return f"{enclosure}:{slot}" if enclosure and slot else slot


def system_time(data: Table) -> datetime | None:
    """The machine's time (not the controller's own) when it answered, read as UTC: no zone is printed."""
    printed = asked(data, ("Basics", "Current System Date/time"), ("System Time",))
    try:
        moment = datetime.strptime(printed.replace(",", ""), "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return plausible_time(moment)


def made_on(printed: str) -> str:
    """The day as an ISO date, from ``12/19/17`` or ``2017/12/19``; ``""`` for zeros and what is no day."""
    found = re.fullmatch(r"(?:(\d{2})/(\d{2})/(\d{2})|(\d{4})/(\d{2})/(\d{2}))", printed)
    if not found:
        return ""
    month, day, short, year, month_after, day_after = (int(part or 0) for part in found.groups())
    try:
        return date(year or 2000 + short, month or month_after, day or day_after).isoformat()
    except ValueError:
        return ""
