"""Faults of real fleets as bodies for ``POST /connectors/tickets/sync``.

``python -m tests.tickets.fleet_tickets infinitehbd|lanl FOLDER`` prints one body a line, and on standard error, row by
row, what is wrong with the dates of the data.
"""

import csv
import json
import lzma
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fleet"
A_CALL = 1000  # tickets

_FIRST_DAY = datetime(2024, 3, 30, tzinfo=UTC)
_LANL = "LA-UR-05-7318-failure-data-1996-2005.csv.xz"
_CAUSES = ("Facilities", "Hardware", "Human Error", "Network", "Undetermined", "Software")


@dataclass
class Problem:
    """What is wrong with one row; its line in the file, counted from 1."""

    line: int
    column: str
    problem: str


@dataclass
class Faults:
    """Tickets, and what is wrong with the data that they were made of."""

    source: str
    tickets: list[dict[str, Any]]
    problems: list[Problem] = field(default_factory=list)

    def bodies(self) -> Iterator[dict[str, Any]]:
        """The calls that bring them all."""
        for some in _pieces(self.tickets):
            yield {"source": self.source, "tickets": list(some)}


def _pieces(tickets: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(tickets), A_CALL):
        yield tickets[start : start + A_CALL]


def infinitehbd(folder: Path) -> Faults:
    """The faults of 400 GPU servers: from their starts to their ends."""
    trace = json.loads((folder / "fault_trace.json").read_text())
    started: dict[tuple[str, ...], list[tuple[int, float]]] = defaultdict(list)
    tickets = []
    for number, event in enumerate(trace):
        kind = event["fault_type"]
        fault = (event["node_id"], kind["Level"], kind["Class"], kind["Desc"])
        if event["event_type"] == "fault_start":
            started[fault].append((number, event["event_time"]))
            continue
        first, start = started[fault].pop(0)
        tickets.append(_gpu_ticket(first, fault, _day(start), _day(event["event_time"])))
    left = [(first, fault, start) for fault, starts in started.items() for first, start in starts]
    tickets += [_gpu_ticket(first, fault, _day(start), None) for first, fault, start in left]
    return Faults("infinitehbd", sorted(tickets, key=lambda ticket: ticket["opened_at"]))


def _day(number: float) -> datetime:
    return _FIRST_DAY + timedelta(days=number)


def _gpu_ticket(number: int, fault: tuple[str, ...], start: datetime, end: datetime | None) -> dict[str, Any]:
    node, level, kind, described = fault
    named = {"asset_hostname": node}
    hardware = level == "Hardware Failure"
    return {
        "external_id": f"{number}",
        "title": f"{kind}: {described}",
        "status": "closed" if end else "open",
        "severity": level,
        "opened_at": start.isoformat(),
        "closed_at": end.isoformat() if end else None,
        "updated_at": (end or start).isoformat(),
        "links": [named],
        "failures": [{**named, "occurred_at": start.isoformat(), "mode": kind}] if hardware else [],
        "class": kind,
    }


def lanl(folder: Path) -> Faults:
    """The failures of the nodes of 23 systems in ten years; each row is a ticket, whatever its dates are like."""
    faults = Faults("lanl", [])
    with lzma.open(folder / _LANL, "rt", encoding="latin-1") as lines:
        for line, row in enumerate(csv.DictReader(lines), start=2):
            faults.tickets.append(_node_ticket(line, row))
            faults.problems += _problems(line, row)
    return faults


def _node_ticket(line: int, row: dict[str, str]) -> dict[str, Any]:
    node = {"asset_hostname": f"lanl-{row['System']}-{row['nodenum']}"}
    start, end = _moment(row["Prob Started"]), _moment(row["Prob Fixed"])
    causes = [(column, row[column]) for column in _CAUSES if row[column]]
    told = start.isoformat() if start else row["Prob Started"]
    failed = [cause for column, cause in causes if column == "Hardware"]
    return {
        "external_id": f"{line}",
        "title": "; ".join(f"{column}: {cause}" for column, cause in causes),
        "status": "closed" if end else "open",
        "severity": causes[0][0] if causes else "",
        "opened_at": told,
        "closed_at": end.isoformat() if end else row["Prob Fixed"] or None,
        "updated_at": (end or start or _FIRST_DAY).isoformat(),
        "links": [node],
        "failures": [{**node, "occurred_at": told, "mode": cause} for cause in failed],
    }


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _problems(line: int, row: dict[str, str]) -> Iterator[Problem]:
    start, end = _moment(row["Prob Started"]), _moment(row["Prob Fixed"])
    for column, moment in (("Prob Started", start), ("Prob Fixed", end)):
        if moment is None:
            yield Problem(line, column, f"no date: {row[column]!r}")
    if start and end and row["Down Time"] != str((end - start) // timedelta(minutes=1)):
        took = (end - start) // timedelta(minutes=1)
        yield Problem(line, "Down Time", f"{row['Down Time']!r} minutes, but it was fixed after {took}")
    for column in ("node install", "node prod", "node decom"):
        if row[column] != "current" and _month(row[column]) is None:
            yield Problem(line, column, f"no month: {row[column]!r}")


def _month(text: str) -> tuple[int, int] | None:
    """(year, month) of ``Nov-96``, and of ``5-Apr``, which a spreadsheet made of 2005-04."""
    padded = f"0{text}" if text[:1].isdigit() and text[1:2] == "-" else text
    for form in ("%b-%y", "%y-%b"):
        try:
            found = datetime.strptime(padded, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return (found.year, found.month)
    return None


READERS = {"infinitehbd": infinitehbd, "lanl": lanl}


def main(name: str, folder: str) -> None:
    """Prints the bodies, and what is wrong."""
    faults = READERS[name](Path(folder))
    for body in faults.bodies():
        sys.stdout.write(json.dumps(body) + "\n")
    for one in faults.problems:
        sys.stderr.write(f"line {one.line}: {one.column}: {one.problem}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
