"""The timeline's verbs."""

from timeline.services.assertions import (
    Asserted,
    Contradiction,
    ImpossibleTime,
    assert_installed,
    assert_many,
    assert_removed,
    confirm_assets,
)
from timeline.services.changes import note_changes
from timeline.services.decisions import (
    VERBS,
    Undecidable,
    Word,
    merge_assets,
    merge_components,
    revoke_decision,
    settle_conflict,
)
from timeline.services.derive import derive_components, derive_snapshot, derive_snapshots
from timeline.services.waiting import (
    Stale,
    count_waiting,
    derive_bundle,
    derive_everything,
    derive_waiting,
    settle_stale,
    stale_now,
)

__all__ = [
    "VERBS",
    "Asserted",
    "Contradiction",
    "ImpossibleTime",
    "Stale",
    "Undecidable",
    "Word",
    "assert_installed",
    "assert_many",
    "assert_removed",
    "confirm_assets",
    "count_waiting",
    "derive_bundle",
    "derive_components",
    "derive_everything",
    "derive_snapshot",
    "derive_snapshots",
    "derive_waiting",
    "merge_assets",
    "merge_components",
    "note_changes",
    "revoke_decision",
    "settle_conflict",
    "settle_stale",
    "stale_now",
]
