"""The timeline's verbs."""

from timeline.services.assertions import Contradiction, ImpossibleTime, assert_installed, assert_removed
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
from timeline.services.waiting import count_waiting, derive_bundle, derive_everything, derive_waiting, settle_stale

__all__ = [
    "VERBS",
    "Contradiction",
    "ImpossibleTime",
    "Undecidable",
    "Word",
    "assert_installed",
    "assert_removed",
    "count_waiting",
    "derive_bundle",
    "derive_components",
    "derive_everything",
    "derive_snapshot",
    "derive_snapshots",
    "derive_waiting",
    "merge_assets",
    "merge_components",
    "revoke_decision",
    "settle_conflict",
    "settle_stale",
]
