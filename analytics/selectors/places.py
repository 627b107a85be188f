"""Servers and bays beside all others: sums by asset and slot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from django.db.models import Count

from analytics.domain.hotspots import hot_spots
from analytics.domain.outliers import LEAST_FAILURES
from analytics.domain.question import UNKNOWN
from analytics.domain.spells import DAY
from analytics.domain.windows import Window
from analytics.models import CountedFailure, Spell
from analytics.selectors.ages import Counts, bands_of_spell, by_age_band
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
    expected, seconds, components = _expected(window, names, fields, suspects)
    counts = [sum(lots.values()) for lots in seen.values()]
    result = hot_spots(
        [sum(seen[place].values()) for place in suspects],
        [expected[place] for place in suspects],
        places=max(len(seen), _number_of_places(window, fields)),
        total=sum(counts),
        squares=sum(number**2 for number in counts),
    )
    assets = dict(Asset.objects.filter(id__in={place[0] for place in suspects}).values_list("id", "serial"))
    return [
        Standing(
            kind=kind,
            component_type="",
            model="",
            value=" ".join(str(part) for part in (assets.get(int(place[0]), UNKNOWN), *place[1:])).strip(),
            asset=int(place[0]),
            slot=str(place[1]) if len(place) > 1 else "",
            components=components[place],
            exposure_days=seconds[place] / DAY,
            seen=sum(seen[place].values()),
            expected=expected[place],
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


def _number_of_places(window: Window, fields: Sequence[str]) -> int:
    served = Spell.objects.filter(started__lt=window.end, ended__gt=window.start)
    if "slot" in fields:
        served = served.exclude(slot="")
    number: int = served.order_by().values(*fields).distinct().count()
    return number


def _expected(
    window: Window, names: CohortNames, fields: Sequence[str], places: Sequence[Place]
) -> tuple[dict[Place, float], dict[Place, int], dict[Place, int]]:
    """(failures to be expected, seconds of service, components) of each place."""
    groups, group_of = names.groups(PEER_KEYS)
    spent, components = _service(window, group_of, fields, places)
    exposure, failures = by_age_band(window, group_of, len(groups))
    expected = {
        place: sum(_due(own, exposure[group], failures[group]) for group, own in told.items())
        for place, told in spent.items()
    }
    seconds = {place: int(sum(own.sum() for own in told.values())) for place, told in spent.items()}
    return expected, seconds, components


def _service(
    window: Window, group_of: Mapping[int, int], fields: Sequence[str], places: Sequence[Place]
) -> tuple[dict[Place, dict[int, Counts]], dict[Place, int]]:
    """Per place: the seconds that each group's parts spent there by age band, and how many parts they were."""
    spent: dict[Place, dict[int, Counts]] = {place: {} for place in places}
    parts: dict[Place, set[int]] = {place: set() for place in places}
    here = Spell.objects.filter(asset_id__in={place[0] for place in places})
    for row in here.filter(started__lt=window.end, ended__gt=window.start).iterator(chunk_size=2000):
        place = tuple(getattr(row, name) for name in fields)
        if place in spent and row.cohort_id in group_of:
            told = spent[place]
            group = group_of[row.cohort_id]
            told[group] = told.get(group, 0) + bands_of_spell(row, window)
            parts[place].add(row.component_id or 0)
    return spent, {place: len(found) for place, found in parts.items()}


def _due(own: Counts, exposure: Counts, failures: Counts) -> float:
    """What a place's service would yield at its peers' rates: by age, where others spent as much time at that age."""
    total = exposure.sum()
    overall = failures.sum() / total if total else 0.0
    by_age = np.divide(failures, exposure, out=np.zeros(exposure.shape), where=exposure > 0)
    return float((own * np.where(exposure - own >= own, by_age, overall)).sum())
