"""An operator's words on who is who: recorded as evidence, followed at once, and taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from ingest.services.reidentify import components_showing, settle_components
from ingest.services.reidentify_assets import settle_assets
from registry.domain.decisions import DecisionKind, plain_lookup
from registry.domain.identity import is_position, vendor_key
from registry.models import Asset, Component, DecidedName, IdentityDecision
from registry.services import asset_lookup
from registry.transactions import again_on_deadlock
from timeline.models import IdentityConflict
from timeline.services.bindings import give_back_asset, give_back_component, of_asset, of_component

log = structlog.get_logger(__name__)

VERBS = ("merge", "split", "ignore")
_SETTLING = {
    (IdentityConflict.Kind.TWO_SLOTS, "merge"): DecisionKind.MERGE_SLOTS,
    (IdentityConflict.Kind.TWO_SLOTS, "split"): DecisionKind.SPLIT_SLOTS,
    (IdentityConflict.Kind.ALTERNATION, "split"): DecisionKind.SPLIT_ASSET,
}


class Undecidable(Exception):
    """What was decided makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """Who decides, when, and why."""

    user: Any
    at: datetime
    note: str = ""


@again_on_deadlock
def settle_conflict(conflict_id: int, verb: str, word: Word) -> IdentityDecision:
    """The decision that settles a conflict; an earlier one on the same is revoked.

    Two slots: ``merge``, both are one part; ``split``, each is a part that its slot names. Two assets in turn:
    ``merge``, both assets are one; ``split``, what the other asset shows is another part. ``ignore``: nothing changes.
    """
    known = IdentityConflict.objects.select_related("asset", "other_asset", "component")
    conflict = known.filter(id=conflict_id).first()
    if conflict is None:
        raise Undecidable("This conflict is no more: other evidence has settled it.")
    if verb not in VERBS:
        raise Undecidable(f"One of {', '.join(VERBS)} is to be decided, not {verb!r}.")
    with transaction.atomic():
        for earlier in IdentityDecision.objects.in_force().filter(conflict=conflict.subject):
            _take_back(earlier, word)
        if verb == "ignore":
            return decide(DecisionKind.IGNORE, [(conflict.name, "")], word, conflict=conflict.subject)
        if conflict.kind == IdentityConflict.Kind.ALTERNATION and verb == "merge":
            return _bind_assets([conflict.asset, conflict.other_asset], word, conflict.subject)
        kind = _SETTLING[IdentityConflict.Kind(conflict.kind), verb]
        if kind != DecisionKind.SPLIT_ASSET:
            return decide(kind, [(conflict.name, "")], word, asset=conflict.asset.identity, conflict=conflict.subject)
        if conflict.component is None or conflict.other_asset is None or is_position(conflict.component.lookup):
            raise Undecidable("What only its place names is in one asset alone.")
        where = conflict.other_asset.identity
        return decide(kind, [_name_of(conflict.component)], word, asset=where, conflict=conflict.subject)


@again_on_deadlock
def merge_components(ids: Sequence[int], word: Word) -> IdentityDecision:
    """The decision that these components are one part; the first one's name is kept."""
    with transaction.atomic():
        found = {row.id: row for row in Component.objects.select_for_update().filter(id__in=ids).order_by("id")}
        rows = [found[key] for key in dict.fromkeys(ids) if key in found]
        if len(rows) < 2 or len(rows) != len(set(ids)):
            raise Undecidable("Two components at least that exist are to be merged.")
        if len({row.type for row in rows}) > 1:
            raise Undecidable("Parts of two types cannot be one part.")
        if any(row.merged_into_id for row in rows):
            raise Undecidable("One of them is merged into another already.")
        bound = [of_component(row) for row in rows[1:]]
        return decide(DecisionKind.MERGE, [_name_of(row) for row in rows], word, bound=bound)


@again_on_deadlock
def merge_assets(ids: Sequence[int], word: Word) -> IdentityDecision:
    """The decision that these assets are one; the first one's name is kept."""
    with transaction.atomic():
        found = {row.id: row for row in Asset.objects.select_for_update().filter(id__in=ids).order_by("id")}
        if not set(ids) <= found.keys():
            raise Undecidable("Two assets at least that exist are to be merged.")
        return _bind_assets([found[key] for key in dict.fromkeys(ids)], word)


@again_on_deadlock
def revoke_decision(decision_id: int, word: Word) -> IdentityDecision:
    """The decision, taken back: what it changed is as if it had never been made."""
    with transaction.atomic():
        decision = IdentityDecision.objects.select_for_update().get(id=decision_id)
        if decision.revoked_at is None:
            _take_back(decision, word)
        return decision


def _bind_assets(rows: Sequence[Asset | None], word: Word, conflict: str = "") -> IdentityDecision:
    assets = [row for row in rows if row is not None]
    if len(assets) < 2 or any(row.merged_into_id for row in assets):
        raise Undecidable("Two assets at least, none of them merged into another already, are to be merged.")
    if len({row.serial for row in assets}) < len(assets):
        raise Undecidable("Assets of one serial are two vendors': an alias of the vendor makes them one.")
    names = [(asset_lookup(row.serial), vendor_key(row.vendor)) for row in assets]
    bound = [of_asset(row) for row in assets[1:]]
    return decide(DecisionKind.MERGE, names, word, conflict=conflict, bound=bound)


def decide(
    kind: DecisionKind,
    names: Sequence[tuple[str, str]],
    word: Word,
    *,
    asset: str = "",
    conflict: str = "",
    bound: Sequence[dict[str, Any]] = (),
) -> IdentityDecision:
    """The decision, recorded and followed, whether or not there is anything yet that bears the names.

    `names`: (name, vendor's key or ``""``), `asset`: an identity, as `registry.domain.decisions` has them; `bound`:
    what people hung on the things that are merged. Call inside a transaction.
    """
    decision: IdentityDecision = IdentityDecision.objects.create(
        kind=kind,
        asset=asset,
        conflict=conflict,
        note=word.note,
        bound=list(bound),
        decided_by=word.user if getattr(word.user, "pk", None) else None,
        decided_at=word.at,
    )
    DecidedName.objects.bulk_create(
        DecidedName(decision=decision, place=place, name=name, lookup=plain_lookup(name), vendor=vendor)
        for place, (name, vendor) in enumerate(names)
    )
    log.info("identity_decided", decision=decision.id, kind=kind, names=[name for name, _ in names], by=str(word.user))
    _follow(decision)
    return decision


def _take_back(decision: IdentityDecision, word: Word) -> None:
    decision.revoked_at = word.at
    decision.revoked_by = word.user if getattr(word.user, "pk", None) else None
    decision.save(update_fields=["revoked_at", "revoked_by"])
    for thing in decision.bound:
        (give_back_asset if "hints" in thing else give_back_component)(thing, before=True)
    _follow(decision)
    for thing in decision.bound:
        (give_back_asset if "hints" in thing else give_back_component)(thing, before=False)
    log.info("identity_decision_revoked", decision=decision.id, by=str(word.user))


def _follow(decision: IdentityDecision) -> None:
    """Gives all evidence to whom it belongs now, and has derived anew what that changes."""
    if decision.kind == DecisionKind.IGNORE:
        return
    lookups = set(decision.names.values_list("lookup", flat=True))
    serials = {lookup.removeprefix("asset:") for lookup in lookups if lookup.startswith("asset:")}
    if serials:
        settle_assets(serials)
    else:
        settle_components(_concerned(lookups, decision.asset))
    # What derives them may be a worker.
    transaction.on_commit(import_string(settings.SWEEP))


def _concerned(lookups: Collection[str], asset: str) -> set[int]:
    found = set(Component.objects.filter(lookup__in=lookups).values_list("id", flat=True))
    return found.union(*(components_showing(lookup, asset) for lookup in lookups)) if asset else found


def _name_of(component: Component) -> tuple[str, str]:
    """The component's name and its vendor's key, as decisions speak of it."""
    vendor = "" if is_position(component.lookup) else vendor_key(component.vendor)
    name = component.identity
    if name != component.lookup and vendor and name.endswith(f"|{vendor}"):
        name = name.removesuffix(f"|{vendor}")
    return name, vendor
