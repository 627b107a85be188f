"""How groups and places stand, as a run keeps it: rows for JSON, and back."""

from collections.abc import Mapping
from typing import Any

from analytics.domain.question import Question
from analytics.domain.spells import DAY
from analytics.selectors.cohorts import cohort_names
from analytics.selectors.peers import PEER_KEYS, Standing, standings
from analytics.selectors.places import hot_places

# By kind, what names a row.
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "lot": (*PEER_KEYS, "lot"),
    "firmware": (*PEER_KEYS, "firmware"),
    "asset": ("asset",),
    "slot": ("asset", "slot"),
}
PLACES = ("asset", "slot")
# What a row tells, and the field of `Standing` that has it.
FIGURES: Mapping[str, str] = {
    "components": "components",
    "exposure_days": "exposure_days",
    "seen": "seen",
    "expected": "expected",
    "ratio": "ratio",
    "ratio_low": "low",
    "ratio_high": "high",
    "crude_ratio": "crude",
    "p": "p",
    "p_adjusted": "adjusted",
    "dispersion": "dispersion",
    "widened": "widened",
    "low_data": "low_data",
    "alert": "alert",
}


def standing_content(question: Question, *, kind: str) -> tuple[dict[str, Any], list[Any]]:
    """The body and counts of an answer: every lot or firmware (`kind`) beside its peers, or the worst assets or slots.

    Filters choose who is compared. A filter by `kind` itself chooses what is shown of it: to compare a lot with none
    but itself would tell nothing.
    """
    population = {key: values for key, values in question.filters.items() if key != kind}
    names = cohort_names().chosen(population)
    found = (hot_places if kind in PLACES else standings)(question.window, names, kind)
    shown = set(question.filters.get(kind, ()))
    rows = sorted((one for one in found if not shown or one.value in shown), key=_worst_first)
    return {"results": [_row(one) for one in rows]}, [_counts(one) for one in rows]


def _worst_first(one: Standing) -> tuple[Any, ...]:
    return one.component_type, one.model, not one.alert, 2.0 if one.adjusted is None else one.adjusted, one.value


def _row(one: Standing) -> dict[str, Any]:
    names = (one.component_type, one.model, one.value) if one.asset is None else (one.serial, one.slot)
    group = dict(zip(NAMED_BY[one.kind], names, strict=False))
    return {"group": group, "asset_id": one.asset, **{name: getattr(one, field) for name, field in FIGURES.items()}}


def _counts(one: Standing) -> list[Any]:
    # What was expected hangs on all that was counted of the peers, age band by age band.
    sums = (round(one.exposure_days * DAY), one.seen, round(one.expected * 1e6))
    return [one.component_type, one.model, one.value, one.asset or 0, one.slot, one.components, *sums]


def standing_of(kind: str, row: Mapping[str, Any]) -> Standing:
    """The standing that a row tells."""
    group: Mapping[str, str] = row["group"]
    return Standing(
        kind=kind,
        component_type=group.get("component_type", ""),
        model=group.get("model", ""),
        value=" ".join(group.values()) if kind in PLACES else group[kind],
        asset=row["asset_id"],
        serial=group.get("asset", ""),
        slot=group.get("slot", ""),
        **{field: row[name] for name, field in FIGURES.items()},
    )
