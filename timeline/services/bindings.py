"""What people hung on a thing that a decision merges into another one, and how the thing gets it back."""

from typing import Any

from ingest.models import Bundle, Snapshot
from ingest.services.reidentify_assets import move_snapshot
from registry.models import Asset, Component
from timeline.models import Assertion

_OF_COMPONENT = ("lookup", "type", "serial", "vendor", "model", "part_number", "lot_id", "declared")
_OF_ASSET = ("serial", "serial_source", "vendor", "model", "hostname", "tag", "status", "declared")
_OWNERS = ("project_id", "location_id")


def of_component(row: Component) -> dict[str, Any]:
    """What is noted of a component with the decision that merges it into another one."""
    return {
        "identity": row.identity,
        "row": {
            **{name: getattr(row, name) for name in _OF_COMPONENT},
            "manufactured_on": row.manufactured_on.isoformat() if row.manufactured_on else None,
        },
        "assertions": list(Assertion.objects.filter(component=row).values_list("id", flat=True)),
    }


def of_asset(row: Asset) -> dict[str, Any]:
    """As `of_component`, for an asset."""
    return {
        "identity": row.identity,
        "row": {name: getattr(row, name) for name in (*_OF_ASSET, *_OWNERS)},
        "hints": list(Bundle.objects.filter(asset_hint=row).values_list("id", flat=True)),
        "assertions": list(Assertion.objects.filter(asset=row).values_list("id", flat=True)),
    }


def give_back_component(thing: dict[str, Any], *, before: bool) -> None:
    """Makes the component again, where no evidence will (`before` evidence goes home); else hands back what it had."""
    if before:
        if thing["row"]["declared"] or thing["assertions"]:
            Component.objects.get_or_create(identity=thing["identity"], defaults={**thing["row"], "stale": True})
        return
    row = Component.objects.filter(identity=thing["identity"]).first()
    if row is None:
        return
    asserted = Assertion.objects.filter(id__in=thing["assertions"])
    Component.objects.filter(assertions__in=asserted).update(stale=True)
    asserted.update(component=row)
    Component.objects.filter(id=row.id).update(stale=True, lot_id=row.lot_id or thing["row"]["lot_id"])


def give_back_asset(thing: dict[str, Any], *, before: bool) -> None:
    """As `give_back_component`, for an asset: also whose it was, and the bundles that people gave to it."""
    told = thing["row"]
    if before:
        if told["declared"] or thing["assertions"] or thing["hints"]:
            Asset.objects.get_or_create(identity=thing["identity"], defaults={**told, "stale": True})
        return
    row = Asset.objects.filter(identity=thing["identity"]).first()
    if row is None:
        return
    changes = {name: told[name] for name in (*_OWNERS, "tag", "status") if told[name]}
    Asset.objects.filter(id=row.id).update(**changes, stale=True)
    asserted = Assertion.objects.filter(id__in=thing["assertions"])
    Component.objects.filter(assertions__in=asserted).update(stale=True)
    asserted.update(asset=row)
    Bundle.objects.filter(id__in=thing["hints"]).update(asset_hint=row)
    for snapshot in Snapshot.objects.filter(bundle__in=thing["hints"], asset_serial=""):
        move_snapshot(snapshot, row.id, row.identity)
