"""What the newest snapshot says of an asset itself, and its log of collections."""

from typing import Any

from ingest.models import Snapshot
from registry.compiled import update_where
from registry.domain.identity import fold_vendor, vendor_key
from registry.models import Asset, Project
from registry.selectors import vendor_aliases
from timeline.domain.facts import Fact
from timeline.services.histories import replace_log, replace_two_slots

_SAID = {"model": "asset_model", "hostname": "hostname", "vendor": "asset_vendor", "project": "project"}


def describe_asset(asset: Asset, snapshot: Snapshot) -> None:
    """Notes when the asset was seen, and its model, hostname, vendor and project as last told. The asset is locked."""
    at = snapshot.collected_at
    newest = asset.last_seen_at is None or (at, snapshot.sha256) >= (asset.last_seen_at, asset.last_evidence)
    changes: dict[str, Any] = {}
    if asset.first_seen_at is None or at < asset.first_seen_at:
        changes["first_seen_at"] = at
    if newest:
        changes |= {"last_seen_at": at, "last_evidence": snapshot.sha256}
        changes |= {"last_snapshot": snapshot.id, "last_snapshot_digest": snapshot.digest}
    for field, column in _SAID.items():
        told = getattr(snapshot, column) if newest else _last_told(asset, column)
        if told:
            changes |= _change(asset, field, told)
    if changes:
        update_where(Asset, changes, {"id": asset.id})


def _last_told(asset: Asset, column: str) -> str:
    """What the newest snapshot that says it says."""
    rows = Snapshot.objects.evidence().filter(asset=asset).exclude(**{column: ""})
    return rows.order_by("-collected_at", "-sha256").values_list(column, flat=True).first() or ""


def _change(asset: Asset, field: str, told: str) -> dict[str, object]:
    if field == "project":
        project = Project.objects.filter(code=told).values_list("id", flat=True).first()
        return {"project_id": project, "counted": False} if project not in {None, asset.project_id} else {}
    if field == "vendor" and told != asset.vendor:
        told = fold_vendor(told, vendor_aliases({vendor_key(told)}))
    return {field: told} if told != getattr(asset, field) else {}


def rebuild_log(asset: Asset) -> None:
    """Makes the asset's collections those of its snapshots, after some were given to it or taken from it."""
    snapshots = Snapshot.objects.evidence().filter(asset=asset).order_by("collected_at", "sha256")
    rows = list(snapshots.values_list("collected_at", "sha256", "conflicts"))
    replace_log(asset, [Fact("LOG_COLLECTED", at, sha256, asset.identity) for at, sha256, _ in rows])
    replace_two_slots(asset, [(name, at) for at, _, names in rows for name in names])
    first, last = (rows[0], rows[-1]) if rows else ((None, "", ()), (None, "", ()))
    changes = {"stale": False, "first_seen_at": first[0], "last_seen_at": last[0], "last_evidence": last[1]}
    changes |= {"last_snapshot": None, "last_snapshot_digest": ""}
    if told := _last_told(asset, _SAID["vendor"]):
        changes["vendor"] = fold_vendor(told, vendor_aliases({vendor_key(told)}))
    Asset.objects.filter(id=asset.id).update(**changes)
