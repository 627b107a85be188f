"""Reads that several parts of the registry share."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from registry.domain.decisions import Decision, DecisionKind, Name
from registry.domain.identity import fold_vendor, vendor_key
from registry.models import DecidedName, VendorAlias

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
