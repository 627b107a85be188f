"""Tables of histories that were kept elsewhere, and what the command makes of them."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command

from registry.models import Installation

COLUMNS = (
    "component_type,vendor,model,serial,lot,manufactured_on,asset_vendor,asset_model,asset_serial,slot,"
    "installed_at,removed_at,removal_reason"
)
FAILURES = "component_type,vendor,serial,occurred_at,mode,severity,message"


def table(tmp_path: Path, *rows: str, columns: str = COLUMNS, name: str = "history.csv") -> Path:
    """A file of those rows."""
    path = tmp_path / name
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


def row(serial: str, asset: str, start: str, end: str = "", *, slot: str = "Bay 1", vendor: str = "Seagate") -> str:
    """A disk that sat in a server."""
    return f"disk,{vendor},ST4000DM000,{serial},LOT-1,2019-11-02,Dell Inc.,PowerEdge R740,{asset},{slot},{start},{end},"


def run(*arguments: Any) -> tuple[str, str]:
    """What the command prints, and what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_history", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def at(text: str) -> datetime:
    """That date, or that time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stays(serial: str) -> list[tuple[str, str, datetime, datetime | None]]:
    """Where the component sat: asset, slot, from, until."""
    rows = Installation.objects.filter(component__serial=serial).order_by("installed_at")
    return [(row.asset.serial, row.slot, row.installed_at, row.removed_at) for row in rows.select_related("asset")]
