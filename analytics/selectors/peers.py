"""Groups beside their peers: which lots, firmware versions, servers and slots fail more than others of the same age."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.domain.outliers import Comparison, compare
from analytics.domain.question import UNKNOWN
from analytics.domain.rates import is_low_data
from analytics.domain.spells import DAY
from analytics.domain.windows import Window
from analytics.selectors.ages import by_age_band
from analytics.selectors.cohorts import CohortNames
from analytics.selectors.exposure import count

PEER_KEYS = ("component_type", "model")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one group stands among its peers; the figures are those of `Comparison`, None where there is none.

    `kind`: ``lot``, ``firmware``, ``asset`` or ``slot``; `value` names it among those, `asset` (by its id, with its
    `serial`) and `slot` the place.
    """

    kind: str
    component_type: str
    model: str
    value: str
    components: int
    exposure_days: float
    seen: int
    expected: float
    ratio: float | None
    low: float | None
    high: float | None
    crude: float | None
    p: float | None
    adjusted: float | None
    dispersion: float | None
    widened: bool
    low_data: bool
    alert: bool
    asset: int | None = None
    serial: str = ""
    slot: str = ""


def standings(window: Window, names: CohortNames, kind: str) -> list[Standing]:
    """Every ``lot`` or ``firmware`` (`kind`) beside its peers, which are of the same component type and model.

    What is of an unknown lot is among the peers, but is no lot that could be bad.
    """
    groups, group_of = names.groups((*PEER_KEYS, kind))
    counted = count(window, group_of, len(groups))
    exposure, failures = by_age_band(window, group_of, len(groups))
    sparse = is_low_data(counted.components, counted.exposure / DAY, window.days)
    peers: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, (*peer, _) in enumerate(groups):
        if UNKNOWN not in peer and counted.exposure[number]:
            peers[tuple(peer)].append(number)
    found = []
    for members in peers.values():
        nameless = np.array([groups[number][-1] == UNKNOWN for number in members])
        result = compare(failures[members], exposure[members] / DAY, sparse[members] | nameless)
        for place, number in enumerate(members):
            component_type, model, value = groups[number]
            found.append(
                Standing(
                    kind=kind,
                    component_type=component_type,
                    model=model,
                    value=value,
                    components=int(counted.components[number]),
                    exposure_days=float(counted.exposure[number] / DAY),
                    low_data=bool(sparse[number]),
                    **_figures(result, place),
                )
            )
    return found


def _figures(result: Comparison, place: int) -> dict[str, Any]:
    return {
        "seen": int(result.seen[place]),
        "expected": float(result.expected[place]),
        **{
            name: known(getattr(result, name)[place])
            for name in ("ratio", "low", "high", "crude", "p", "adjusted", "dispersion")
        },
        "widened": bool(result.widened[place]),
        "alert": bool(result.alert[place]),
    }


def known(value: float) -> float | None:
    """The figure, or None where there is none."""
    return float(value) if np.isfinite(value) else None
