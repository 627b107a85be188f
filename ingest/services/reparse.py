"""Reads bundles again with the parsers of today, and says what that changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from registry.models import Asset, Component


class AtWork(Exception):
    """The bundle is in other hands at this moment: it is being parsed, derived or amended."""


@dataclass(frozen=True, slots=True)
class EventChange:
    """An event that was `added` to the timelines, or else removed from them."""

    added: bool
    type: str
    occurred_at: datetime
    asset: Asset | None
    component: Component | None
    from_asset: Asset | None
    from_value: str
    to_value: str


@dataclass(frozen=True, slots=True)
class AssetTally:
    """How many events an asset gained and lost."""

    asset: Asset
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class ComponentTally:
    """How many events a component gained and lost."""

    component: Component
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What reading a bundle again changed, or in a dry run would change.

    `added`, `removed`, `assets` and `components` count all; `changes` shows the first of them in the order of time, and
    the two lists of tallies those with the most.
    """

    bundle: int
    dry_run: bool
    status: str
    status_before: str
    observations: int
    observations_before: int
    added: int
    removed: int
    assets: int
    components: int
    by_asset: tuple[AssetTally, ...]
    by_component: tuple[ComponentTally, ...]
    changes: tuple[EventChange, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether the timelines stay as they are."""
        return not self.added and not self.removed


def reparse(bundle_id: int, *, dry_run: bool, user: Any, now: datetime) -> Effect:
    """Reads one bundle again and derives what it bears upon, in one transaction; with `dry_run` all of that is undone.

    Raises `AtWork`, `DamagedBundle`, `FileNotFoundError`. Timelines belong to an app above this one, so the setting
    ``REPARSE`` names what does it.
    """
    run: Callable[..., Effect] = import_string(settings.REPARSE)
    return run(bundle_id, dry_run=dry_run, user=user, now=now)
