"""Keeps the counted tables in line with the histories and failures of components.

`Component.counted` and `Asset.counted` say what changed. A component is marked as counted first and read then, in one
transaction: what changes it meanwhile waits for its lock, and marks it anew.
"""

from collections.abc import Callable, Sequence

from django.db import transaction

from analytics.models import CountedFailure, Spell
from analytics.selectors.history import lives
from analytics.services.cohorts import Cohorts
from analytics.services.counted_rows import failure_rows, spell_rows
from analytics.services.rollup import ROLLED_UP, add_to_rollup, remake_rollup
from registry.compiled import update_ids
from registry.models import Asset, Component
from registry.models.bulk import insert_rows
from registry.transactions import again_on_deadlock

_BATCH = 1000
_SPELL = (
    "component",
    "cohort",
    "asset_id",
    "slot",
    "started",
    "ended",
    "single",
    "born_installed",
    "born_made",
    "born_powered",
    "aged",
    "first_failure",
    "last_failure",
)
_FAILURE = (
    "episode",
    "component",
    "cohort",
    "asset_id",
    "slot",
    "at",
    "unattributed",
    "born_installed",
    "born_made",
    "born_powered",
)

Progress = Callable[[int], object]


def count_changes(progress: Progress = lambda _: None, *, most: int | None = None) -> int:
    """Counts anew whatever changed since it was last counted, and stops after `most`; gives how many components.

    Two at a time would count the same: `keeping` sees to it that there is one.
    """
    _mark_parts_of_changed_assets(most)
    _forget_the_gone()
    cohorts = Cohorts()
    done = 0
    changed = Component.objects.filter(counted=False).order_by("id").values_list("id", flat=True)
    while (most is None or done < most) and (ids := list(changed[:_BATCH])):
        _count(ids, cohorts)
        progress(len(ids))
        done += len(ids)
    return done


def count_everything(progress: Progress = lambda _: None) -> int:
    """Counts every component anew, whatever is known of it; gives how many that were.

    Counting adds to the rollup and takes away from it, which would keep what is wrong in it: so it is made anew too.
    """
    last = 0
    while ids := list(Component.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[: 10 * _BATCH]):
        update_ids(Component, {"counted": False}, ids)
        last = ids[-1]
    done = count_changes(progress)
    remake_rollup()
    return done


def _mark_parts_of_changed_assets(most: int | None) -> None:
    """A server that changed hands or places takes all that ever sat in it along."""
    changed = Asset.objects.filter(counted=False).order_by("id").values_list("id", flat=True)
    done = 0
    while (most is None or done < most) and (ids := list(changed[:_BATCH])):
        _mark_parts(ids)
        done += len(ids)


@again_on_deadlock
def _mark_parts(assets: Sequence[int]) -> None:
    with transaction.atomic():
        update_ids(Asset, {"counted": True}, assets)
        parts = Spell.objects.filter(asset_id__in=assets, component__isnull=False)
        if keys := list(parts.order_by().values_list("component", flat=True).distinct()):
            update_ids(Component, {"counted": False}, keys)


@again_on_deadlock
def _forget_the_gone() -> None:
    """Takes out what was counted of components that are there no longer."""
    with transaction.atomic():
        gone = Spell.objects.filter(component__isnull=True)
        add_to_rollup(gone.values_list(*ROLLED_UP), -1)
        gone.delete()
        CountedFailure.objects.filter(component__isnull=True).delete()


@again_on_deadlock
def _count(ids: Sequence[int], cohorts: Cohorts) -> None:
    with transaction.atomic():
        update_ids(Component, {"counted": True}, ids)
        found = lives(ids)
        known = cohorts.ids({key for life in found for key in life.cohorts()})
        spells = [row for life in found for row in spell_rows(life, known)]
        failures = [row for life in found for row in failure_rows(life, known)]
        before = Spell.objects.filter(component__in=ids)
        add_to_rollup(before.values_list(*ROLLED_UP), -1)
        before.delete()
        CountedFailure.objects.filter(component__in=ids).delete()
        CountedFailure.objects.filter(episode__in=[row[0] for row in failures]).delete()  # it was another component's
        insert_rows(Spell, _SPELL, spells)
        insert_rows(CountedFailure, _FAILURE, failures)
        places = [_SPELL.index(name) for name in ROLLED_UP]
        add_to_rollup([tuple(row[place] for place in places) for row in spells], 1)
