"""Where components were when they failed, and who sat in the slots that failures name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from ingest.models import FailureSignal, Observation
from registry.models import Installation
from tickets.domain.occupants import Sitting, SlotName
from tickets.models import Failure

Stay = tuple[int, datetime, datetime | None]  # asset, start, end


def stays_of(components: Collection[int]) -> Mapping[int, list[Stay]]:
    """Where each of the components was, in order of time."""
    found: dict[int, list[Stay]] = defaultdict(list)
    rows = Installation.objects.filter(component__in=components).order_by("installed_at")
    for component, asset, start, end in rows.values_list("component_id", "asset_id", "installed_at", "removed_at"):
        found[component].append((asset, start, end))
    return found


def asset_at(stays: Iterable[Stay], moment: datetime) -> int | None:
    """The asset that the component was in at `moment`; what fails at the moment of its removal fails there."""
    left = None
    for asset, start, end in stays:
        if start <= moment and (end is None or moment < end):
            return asset
        if end == moment:
            left = asset
    return left


def sittings_in(assets: Collection[int]) -> Mapping[int, list[Sitting]]:
    """Who sat in the slots of each of the assets, and what the tools that saw them come called their slots."""
    rows = list(
        Installation.objects.filter(asset__in=assets)
        .order_by("installed_at", "id")
        .values_list("asset_id", "component_id", "component__type", "slot", "installed_at", "removed_at")
    )
    names = _names({(row[1], row[4], row[0]) for row in rows})
    found: dict[int, list[Sitting]] = defaultdict(list)
    for asset, component, kind, slot, start, end in rows:
        told = names.get((component, start, asset), ())
        found[asset].append(Sitting(component, kind, slot, start, end, told))
    return found


def _names(arrivals: Collection[tuple[int, datetime, int]]) -> dict[tuple[int, datetime, int], list[tuple[str, str]]]:
    """What the slots were called by the bundles that showed components (component, moment, asset) come."""
    found: dict[tuple[int, datetime, int], list[tuple[str, str]]] = defaultdict(list)
    rows = Observation.objects.filter(
        component__in={one[0] for one in arrivals}, observed_at__in={one[1] for one in arrivals}
    )
    for component, at, asset, sources in rows.order_by("id").values_list(
        "component_id", "observed_at", "asset_id", "sources"
    ):
        if component and asset and (component, at, asset) in arrivals:
            found[component, at, asset] += [(kind, slot) for kind, slot in sources["slots"]]
    return found


def slot_names(failures: Collection[Failure]) -> dict[int, SlotName]:
    """The slot that each of these failures names, by the failure's id, with whom its bundle showed there."""
    shown: dict[tuple[str, int], tuple[int, datetime]] = {}
    digests = {one.signal_digest for one in failures if one.signal_digest}
    bundles = {one.bundle_id for one in failures if one.signal_digest}
    if digests:
        rows = FailureSignal.objects.filter(
            digest__in=digests, snapshot__bundle__in=bundles, observation__component__isnull=False
        )
        for digest, bundle, component, at in rows.order_by("-id").values_list(
            "digest", "snapshot__bundle_id", "observation__component_id", "snapshot__collected_at"
        ):
            if component is not None:
                shown[digest, bundle] = (component, at)
    return {
        one.pk: SlotName(
            one.type, one.slot_kind, one.slot, one.occurred_at, *shown.get((one.signal_digest, one.bundle_id or 0), ())
        )
        for one in failures
    }
