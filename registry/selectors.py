"""Reads that several parts of the registry share."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from registry.domain.decisions import Decision, DecisionKind, Name
from registry.domain.identity import fold_vendor, vendor_key
from registry.models import Component, DecidedName, Installation, VendorAlias

_MOST_NAMES = 500  # more are looked for among all that were ever decided upon, which are few


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and whether it is in force: one that was revoked still tells what hung together."""

    decision: Decision
    in_force: bool


def vendor_aliases(keys: Collection[str]) -> dict[str, str]:
    """The vendor that each of `keys` (as `vendor_key` gives them) stands for, where an operator said so."""
    wanted = {key for key in keys if key}
    return dict(VendorAlias.objects.filter(spelling__in=wanted).values_list("spelling", "vendor")) if wanted else {}


def decisions_on(lookups: Collection[str]) -> list[Decided]:
    """The decisions that speak of any of `lookups`, revoked ones too, in the order in which they were made."""
    if len(lookups) > _MOST_NAMES:
        lookups = set(DecidedName.objects.order_by().values_list("lookup", flat=True)).intersection(lookups)
    found = DecidedName.objects.filter(decision__names__lookup__in=lookups)
    rows = sorted(
        found.order_by()
        .values_list(
            "decision_id", "place", "name", "vendor", "decision__kind", "decision__asset", "decision__revoked_at"
        )
        .distinct(),
        key=lambda row: row[:2],
    )
    aliases = vendor_aliases({vendor_key(row[3]) for row in rows})
    names: dict[int, list[Name]] = defaultdict(list)
    for key, _, name, vendor, *_ in rows:
        names[key].append(Name(name, vendor_key(fold_vendor(vendor, aliases))))
    described = {row[0]: row[4:] for row in rows}
    return [
        Decided(Decision(DecisionKind(kind), tuple(names[key]), asset), revoked_at is None)
        for key, (kind, asset, revoked_at) in described.items()
    ]


def in_force(decided: Collection[Decided]) -> tuple[Decision, ...]:
    """Those of the decisions that were not revoked."""
    return tuple(one.decision for one in decided if one.in_force)


def bound_names(lookups: Collection[str]) -> dict[str, set[str]]:
    """The lookups that merges in force bind each of `lookups` to, near or far; no key where there are none."""
    known = set(lookups)
    while True:
        merges = [one for one in in_force(decisions_on(known)) if one.kind == DecisionKind.MERGE]
        wider = known.union(*(one.lookups for one in merges))
        if wider == known:
            break
        known = wider
    groups: list[set[str]] = []
    for decision in merges:
        apart = [group for group in groups if not group & decision.lookups]
        groups = [*apart, decision.lookups.union(*(group for group in groups if group & decision.lookups))]
    return {lookup: group - {lookup} for group in groups for lookup in group if lookup in set(lookups)}


@dataclass(frozen=True, slots=True)
class Succession:
    """The components of its type that sat before and after a component in its slots."""

    replaced: Component | None
    replaced_by: Component | None


def succession(component: Component) -> Succession:
    """Whom the component replaced in the slot where it sits, or sat last, and who replaced it where it left last."""
    stays = Installation.objects.filter(component=component).exclude(slot="")
    last = stays.order_by("-installed_at").first()
    left = last if last is None or last.removed_at else stays.exclude(pk=last.pk).order_by("-installed_at").first()
    before = _neighbours(component, last).order_by("-ends_at", "-id") if last else None
    after = _neighbours(component, left).order_by("installed_at", "id") if left else None
    return Succession(
        replaced=_first(before.filter(ends_at__lte=last.installed_at)) if before is not None and last else None,
        replaced_by=_first(after.filter(installed_at__gte=left.ends_at)) if after is not None and left else None,
    )


def _neighbours(component: Component, stay: Installation) -> "QuerySet[Installation]":
    """Others of the type in the slot of `stay`, whenever."""
    others = Installation.objects.filter(asset=stay.asset_id, slot=stay.slot, component__type=component.type)
    return others.exclude(component=component).select_related("component")


def _first(stays: "QuerySet[Installation]") -> Component | None:
    found = stays.first()
    return found.component if found else None
