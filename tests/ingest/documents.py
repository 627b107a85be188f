"""Canonical documents and what the parser makes of them."""

import json
from typing import Any

from ingest.domain.report import Member, Report
from ingest.parsers.document import DocumentParser

DISK: dict[str, Any] = {"type": "disk", "slot": "Bay 3", "model": "MZWLJ7T6HALA", "serial": "S5FNNA0T402113"}
FULL: dict[str, Any] = {
    "format": "reanimator/v1",
    "collected_at": "2026-03-01T10:00:00Z",
    "asset": {"vendor": "Dell Inc.", "model": "PowerEdge R750", "serial": "4QF8N33", "hostname": "db-17"},
    "project": "ACME-EU",
    "coverage": ["disk", "memory"],
    "components": [
        {
            **DISK,
            "vendor": "Samsung",
            "part_number": "",
            "firmware": "EPK98B5Q",
            "health": "ok",
            "lot": "SAM-2025-W14",
            "manufactured_on": "2025-04-07",
            "identifiers": {"wwn": "0x5002538FB1A20001", "mac": ["0c:42:a1:3d:be:10"]},
            "measurements": {"power_on_hours": 18231},
        }
    ],
    "failures": [
        {
            "component": {"type": "disk", "serial": "S5FNNA0T402113"},
            "occurred_at": "2026-02-28T21:13:00Z",
            "mode": "media_error",
            "severity": "fatal",
            "message": "unrecovered read error",
        }
    ],
}


def parsed(content: bytes | str) -> list[Report]:
    """The reports of a file of that content."""
    return DocumentParser().parse(Member("bundle", content.encode() if isinstance(content, str) else content))


def report_of(**changes: Any) -> Report:
    """The report of a document without components, but for what is named."""
    (report,) = parsed(json.dumps({"format": "reanimator/v1", "components": [], **changes}))
    return report


def component_with(**changes: Any) -> Report:
    """The report of a document of one disk, as it is named otherwise."""
    return report_of(components=[{**DISK, **changes}])


def nested(depth: int) -> Any:
    """A value nested that deep."""
    return {"a": nested(depth - 1)} if depth else 1
