"""From a figure to what it is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from analytics.models import Alert, Run


def written(moment: datetime) -> str:
    """A time as it stands in an address."""
    return moment.isoformat().replace("+00:00", "Z")


def made_of(filters: Mapping[str, Sequence[str]], group: Mapping[str, str], start: str, end: str) -> dict[str, Any]:
    """The addresses of the failures and of the components behind a row."""
    asked = {"from": start, "to": end, **filters, **group}
    query = urlencode(asked, doseq=True)
    return {"failures": f"/analytics/failures?{query}", "components": f"/analytics/components?{query}"}


def made_of_place(asset: int, slot: str, start: str, end: str) -> dict[str, Any]:
    """The same of an asset, or of one of its slots: what failed there, and what sits in that asset now."""
    query = urlencode({"from": start, "to": end, "asset": asset, **({"slot": slot} if slot else {})})
    return {"failures": f"/analytics/failures?{query}", "components": f"/assets/{asset}/components"}


def alert_links(alert: Alert) -> dict[str, str]:
    """Where that is listed which an alert is made of."""
    start, end = written(alert.window_start), written(alert.window_end)
    if alert.asset_id is not None:
        failures = made_of_place(alert.asset_id, alert.slot, start, end)["failures"]
        peers = {}
    else:
        peers = {"component_type": alert.component_type, "model": alert.model}
        failures = made_of({}, {**peers, alert.kind: alert.value}, start, end)["failures"]
    return {
        "failures": failures,
        "components": f"/analytics/alerts/{alert.pk}/components",
        "standings": f"/analytics/standings?{urlencode({'kind': alert.kind, 'from': start, 'to': end, **peers})}",
    }


def linked(found: Run, content: Mapping[str, Any]) -> dict[str, Any]:
    """A run's answer, the whole and each row with the addresses of what they are made of."""
    filters, start, end = found.parameters["filters"], written(found.starts_at), written(found.as_of)
    rows = [
        {**row, "links": _sources(filters, row, row.get("from", start), row.get("to", end))}
        for row in content.get("results", ())
    ]
    whole = {**content["totals"], "links": made_of(filters, {}, start, end)} if "totals" in content else None
    return {**content, **({"totals": whole} if whole else {}), "results": rows}


def _sources(filters: Mapping[str, Sequence[str]], row: Mapping[str, Any], start: str, end: str) -> dict[str, Any]:
    if asset := row.get("asset_id"):
        return made_of_place(asset, row["group"].get("slot", ""), start, end)
    return made_of(filters, row["group"], start, end)
