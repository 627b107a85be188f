"""Servers and bays beside all others: sums by asset and slot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from analytics.domain.hotspots import hot_spots
from analytics.domain.outliers import LEAST_FAILURES
from analytics.domain.question import UNKNOWN
from analytics.domain.spells import DAY
from analytics.domain.windows import Window
from analytics.models import CountedFailure
from analytics.selectors.ages import Counts, at_places, by_age_band, expected_at_places
from analytics.selectors.cohorts import CohortNames
from analytics.selectors.peers import PEER_KEYS, Standing, known
from registry.models import Asset

LEAST_LOTS = 2
_FIELDS = {"asset": ("asset_id",), "slot": ("asset_id", "slot")}

Place = tuple[int | str, ...]


def hot_places(window: Window, names: CohortNames, kind: str) -> list[Standing]:
    """The assets or slots (`kind`) in which components of several lots failed, beside what was to be expected there.

    Expected is what the rates of each component's peers, by type, model and age, yield for the time that it spent
    there. A place where one bad lot sat is that lot's affair.
    """
    fields = _FIELDS[kind]
    seen = _failures_by_place(window, names, fields)
    suspects = [
        place for place, lots in seen.items() if sum(lots.values()) >= LEAST_FAILURES and len(lots) >= LEAST_LOTS
    ]
    if not suspects:
        return []
    found = _found(window, names, fields, suspects)
    counts = [sum(lots.values()) for lots in seen.values()]
    result = hot_spots(
        [sum(seen[place].values()) for place in suspects],
        [found.expected[place] for place in suspects],
        places=max(len(seen), found.places),
        total=sum(counts),
        squares=sum(number**2 for number in counts),
        expected_squares=found.squares,
    )
    serials = dict(Asset.objects.filter(id__in={place[0] for place in suspects}).values_list("id", "serial"))
    assets = {int(place[0]): serials.get(int(place[0])) or UNKNOWN for place in suspects}
    return [
        Standing(
            kind=kind,
            component_type="",
            model="",
            value=" ".join(str(part) for part in (assets[int(place[0])], *place[1:])),
            asset=int(place[0]),
            serial=assets[int(place[0])],
            slot=str(place[1]) if len(place) > 1 else "",
            components=found.components[place],
            exposure_days=found.seconds[place] / DAY,
            seen=sum(seen[place].values()),
            expected=found.expected[place],
            ratio=known(result.ratio[number]),
            low=known(result.low[number]),
            high=known(result.high[number]),
            crude=None,
            p=known(result.p[number]),
            adjusted=known(result.adjusted[number]),
            dispersion=known(result.dispersion[number]),
            widened=bool(result.widened[number]),
            low_data=False,
            alert=bool(result.alert[number]),
        )
        for number, place in enumerate(suspects)
    ]


def _failures_by_place(window: Window, names: CohortNames, fields: Sequence[str]) -> Mapping[Place, Mapping[str, int]]:
    """Per place its failures by lot; components without a lot count as lots of their own kind and model."""
    rows = CountedFailure.objects.filter(at__gte=window.start, at__lt=window.end, unattributed="")
    found: dict[Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counted = rows.order_by().values_list("cohort_id", *fields).annotate(Count("id"))
    for cohort, *place, number in counted:
        if cohort in names.values and place[-1] not in {"", None}:
            kind, vendor, model, lot, *_ = names.values[cohort]
            found[tuple(place)][lot if lot != UNKNOWN else f"{kind}|{vendor}|{model}"] += number
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """Of each place the failures to be expected there, the seconds of service and the components; `squares`: ΣE²."""

    expected: Mapping[Place, float]
    seconds: Mapping[Place, int]
    components: Mapping[Place, int]
    places: int
    squares: float


def _found(window: Window, names: CohortNames, fields: Sequence[str], suspects: Sequence[Place]) -> _Found:
    groups, group_of = names.groups(PEER_KEYS)
    exposure, failures = by_age_band(window, group_of, len(groups))
    expected, seconds, components = dict.fromkeys(suspects, 0.0), dict.fromkeys(suspects, 0), dict.fromkeys(suspects, 0)
    served = at_places(window, group_of, fields, {int(place[0]) for place in suspects})
    for place, group, parts, own in served:
        if place in expected:
            expected[place] += _due(own, exposure[group], failures[group])
            seconds[place] += int(own.sum())
            components[place] += parts
    rates = np.divide(failures.sum(axis=1), np.maximum(exposure.sum(axis=1), 1))
    places, squares = expected_at_places(window, group_of, rates.tolist(), fields)
    return _Found(expected, seconds, components, places, squares)


def _due(own: Counts, exposure: Counts, failures: Counts) -> float:
    """What a place's service would yield at its peers' rates: by age, where others spent as much time at that age."""
    total = exposure.sum()
    overall = failures.sum() / total if total else 0.0
    by_age = np.divide(failures, exposure, out=np.zeros(exposure.shape), where=exposure > 0)
    return float((own * np.where(exposure - own >= own, by_age, overall)).sum())
