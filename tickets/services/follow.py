"""Brings failures and episodes in line with histories that changed, and with what bundles tell anew."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from registry.models import Asset, Component
from registry.models.bulk import pieces
from registry.transactions import again_on_deadlock
from tickets.models import Failure, TicketLink
from tickets.services.attaching import attach, watch_components
from tickets.services.counted_episodes import settle_components
from tickets.services.logged import note_signals
from timeline.models import Change, RemovalWord

_BATCH = 500
_ATTEMPTS = 3

Progress = Callable[[int], object]


def follow_changes(*, now: datetime, progress: Progress = lambda _: None) -> int:
    """Follows up all that was noted; gives how many changes that were. One cheap look when there are none."""
    done = 0
    while rows := list(Change.objects.order_by("id")[:_BATCH]):
        _follow_persistently(rows, now)
        done += len(rows)
        progress(len(rows))
    return done


def _follow_persistently(changes: Sequence[Change], now: datetime) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _follow_noted(changes, now)
        except IntegrityError:
            # Another asset's log told the same entry of one part at this very moment; now it is there to be found.
            if attempt == _ATTEMPTS:
                raise
        else:
            return


@again_on_deadlock
def _follow_noted(changes: Sequence[Change], now: datetime) -> None:
    components = {change.component_id for change in changes if change.component_id is not None}
    assets = {change.asset_id for change in changes if change.asset_id is not None}
    changed = {change.asset_id for change in changes if not change.news_only}
    with transaction.atomic():
        # Taken first: what is noted from now on is noted anew.
        Change.objects.filter(id__in=[change.pk for change in changes]).delete()
        follow(components, assets, now=now, news_only=assets - changed)


def follow(
    components: Collection[int], assets: Collection[int], *, now: datetime, news_only: Collection[int] = ()
) -> None:
    """Makes all failures and episodes of these what the evidence gives; call inside a transaction.

    `news_only`: the assets whose past is as it was.
    """
    parts, places = _locked(assets, components)
    are_any_gone = len(parts) < len(components)
    concerned = set(parts) | note_signals(places, parts, news_only=news_only, are_any_gone=are_any_gone, now=now)
    concerned |= attach(concerned, places)
    for some in pieces(sorted(concerned)):
        _lock_parts(some)
        settle_components(some)
    watch_components(_told_of(concerned))


def _locked(assets: Collection[int], components: Collection[int]) -> tuple[list[int], list[int]]:
    """Those that are still there, locked in the order in which the derivation locks them."""
    rows = Asset.objects.select_for_update().filter(id__in=assets).order_by("id")
    places = list(rows.values_list("id", flat=True)) if assets else []
    return (_lock_parts(components) if components else []), places


def _lock_parts(components: Collection[int]) -> list[int]:
    rows = Component.objects.select_for_update().filter(id__in=components).order_by("id")
    return list(rows.values_list("id", flat=True))


def _told_of(components: Collection[int]) -> set[int]:
    """Those of which a failure is known, a ticket, or why they were removed: what hangs on their history."""
    found: set[int] = set()
    for some in pieces(sorted(components)):
        for rows in (Failure.objects, TicketLink.objects.counted(), RemovalWord.objects):
            found.update(rows.filter(component__in=some).order_by().values_list("component", flat=True))
    return found


def follow_everything(*, now: datetime, progress: Progress = lambda _: None) -> int:
    """Looks at every component and asset of which a failure is known anew; gives how many components that were."""
    follow_changes(now=now)
    for assets in pieces(sorted(Asset.objects.filter(watched=True).values_list("id", flat=True)), _BATCH):
        _follow_some((), assets, now)
    done = 0
    for components in pieces(sorted(Component.objects.filter(watched=True).values_list("id", flat=True)), _BATCH):
        _follow_some(components, (), now)
        done += len(components)
        progress(len(components))
    return done


@again_on_deadlock
def _follow_some(components: Collection[int], assets: Collection[int], now: datetime) -> None:
    with transaction.atomic():
        follow(components, assets, now=now)
