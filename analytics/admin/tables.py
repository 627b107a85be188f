"""Answers as tables for people: rounded once, half up, with what makes them doubtful."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from analytics.domain.rates import half_up
from analytics.models import Run
from analytics.selectors.sources import linked
from registry.admin.cells import NOTHING, anchor, label, one_line
from registry.admin.panels import Cell, Panel

MOST_ROWS = 500

Row = Mapping[str, Any]


def rounded(value: float | None, digits: int = 2) -> str:
    """A number as people read it; ``–`` where there is none."""
    return "–" if value is None else f"{half_up(value, digits):,}"


def between(value: float | None, low: float | None, high: float | None, digits: int) -> SafeString:
    """A figure, and below it its interval, where it has one; an end that does not exist is open."""
    if low is None and high is None:
        return (
            NOTHING if value is None else format_html('<span class="font-semibold">{}</span>', rounded(value, digits))
        )
    span = f"{rounded(low, digits)} to {rounded(high, digits)}" if high is not None else f"over {rounded(low, digits)}"
    return format_html(
        '<span class="font-semibold">{}</span><br><span class="text-subtle whitespace-nowrap">{}</span>',
        rounded(value, digits),
        span,
    )


def due(failures: float) -> str:
    """How many failures were to be expected; of less than one, what there is of it."""
    return rounded(failures, 1 if failures >= 1 else 2)


def chance(p: float | None) -> str:
    """A probability as people read it; very small ones in their order of magnitude."""
    if p is None:
        return "–"
    return f"{p:.2g}" if p >= 0.0001 else f"under {_power_above(p)}"


def _power_above(p: float) -> str:
    return "1e-12" if p < 1e-12 else f"1e{math.floor(math.log10(p)) + 1}"


def answer_panel(run: Run) -> Panel | None:
    """A run's rows, the whole first; None for one that failed."""
    body = linked(run, run.content)
    rows = body["results"]
    if not run.content:
        return None
    keys = run.parameters["group_by"]
    headers, cells = _SHAPES[run.kind]
    shown = [(*_group(row, keys), *cells(row)) for row in rows[:MOST_ROWS]]
    if keys and "totals" in body:
        shown.insert(0, (*_whole(keys), *cells(body["totals"])))
    month = ("month",) if run.kind == Run.Kind.TREND else ()
    cut = f"the first {MOST_ROWS} of {len(rows)} rows" if len(rows) > MOST_ROWS else ""
    return Panel(
        title="Answer",
        note=", ".join(filter(None, (_in_particular(run), cut))),
        headers=(*month, *(key.replace("_", " ") for key in keys), *headers),
        rows=shown,
        empty="Nothing was in service.",
        more=(f"/analytics/runs/{run.pk}?format=csv", "As CSV, at full precision"),
    )


def _in_particular(run: Run) -> str:
    """What its kind asks beside the question."""
    asked = run.parameters
    match run.kind:
        case Run.Kind.SURVIVAL:
            return f"clock: {asked['clock']}, from where {asked['min_at_risk']} are at risk"
        case Run.Kind.SPARES:
            return f"for {asked['horizon_days']} days, enough with {100 * asked['service_level']:g} % probability"
    return ""


def _group(row: Row, keys: Iterable[str]) -> list[Cell]:
    month = [one_line(row["month"])] if "month" in row else []
    return [*month, *(one_line(row["group"][key]) for key in keys)]


def _whole(keys: Sequence[str]) -> list[Cell]:
    return [label("all together", "primary"), *("" for _ in keys[1:])]


def _figures(row: Row) -> list[Cell]:
    return [
        _made_of(row, "components", rounded(row["components"], 0)),
        rounded(row["exposure_days"], 0),
        _made_of(row, "failures", _of(row["failures"], row["failed_components"])),
        between(row["afr_percent"], row["afr_low"], row["afr_high"], 2),
        between(row["mtbf_hours"], row["mtbf_low"], row["mtbf_high"], 0),
        _flags(row),
    ]


def _made_of(row: Row, what: str, number: str) -> SafeString:
    """A number that leads to the list of what it counts."""
    return anchor(f"{row['links'][what]}&format=csv", number)


def _of(number: int, others: int) -> str:
    """A number, and of how many others where that differs."""
    return f"{number:,}" if number == others else f"{number:,} of {others:,}"


def _flags(row: Row) -> SafeString:
    flags = [("little data", "warning")] if row["low_data"] else []
    flags += [(f"{row['silent']:,} silent", "info")] if row["silent"] else []
    flags += [(f"{row['unknown_age']:,} of unknown age", "")] if row["unknown_age"] else []
    return format_html_join(" ", "{}", ((label(text, colour),) for text, colour in flags))


def _stock(row: Row) -> list[Cell]:
    return [
        *_figures(row)[:4],
        rounded(row["in_service"], 0),
        rounded(row["expected_demand"], 1),
        NOTHING if row["stock"] is None else format_html('<b class="font-semibold">{}</b>', rounded(row["stock"], 0)),
        _flags(row),
    ]


def _life(row: Row) -> list[Cell]:
    fit = row["weibull"]
    shown = sum(point["failures"] for point in row["curve"])
    return [
        _made_of(row, "components", rounded(row["most_at_risk"], 0)),
        _made_of(row, "failures", rounded(row["failures"], 0) if row["no_curve"] else _of(shown, row["failures"])),
        rounded(row["given_survival_to"], 0),
        rounded(row["watched_to"], 0),
        _survive(row),
        rounded(row["median_days"], 0),
        between(fit["shape"], fit["shape_low"], fit["shape_high"], 2) if fit else one_line("too few failures"),
        between(fit["scale_days"], fit["scale_low"], fit["scale_high"], 0) if fit else NOTHING,
        rounded(row["unknown_age"], 0),
    ]


def _survive(row: Row) -> SafeString:
    """How many percent survive the curve's last failure: all, where it has none."""
    if row["no_curve"]:
        return NOTHING
    last: Row = row["curve"][-1] if row["curve"] else {"survival": 1.0, "low": None, "high": None}
    survival, low, high = (None if last[name] is None else 100 * last[name] for name in ("survival", "low", "high"))
    return between(survival, low, high, 2)


def _standing(row: Row) -> list[Cell]:
    flags = [("worse", "danger")] if row["alert"] else []
    flags += [("little data", "warning")] if row["low_data"] else []
    flags += [("others vary", "info")] if row["widened"] else []
    return [
        format_html_join(" ", "{}", ((label(text, colour),) for text, colour in flags)),
        _members(row),
        rounded(row["exposure_days"], 0),
        _made_of(row, "failures", rounded(row["seen"], 0)),
        due(row["expected"]),
        between(row["ratio"], row["ratio_low"], row["ratio_high"], 1),
        chance(row["p_adjusted"]),
    ]


def _members(row: Row) -> SafeString:
    """How many components a group had, or a place, whose page shows what sits there."""
    number = rounded(row["components"], 0)
    if asset := row["asset_id"]:
        return anchor(reverse("admin:registry_asset_change", args=[asset]), number)
    return _made_of(row, "components", number)


_FIGURES = ("components", "days", "failures", "AFR %", "MTBF hours", "")
_SHAPES: Mapping[str, tuple[Sequence[str], Any]] = {
    Run.Kind.RELIABILITY: (_FIGURES, _figures),
    Run.Kind.TREND: (_FIGURES, _figures),
    Run.Kind.ALERTS: (("", "components", "days", "failures", "expected", "times as often", "p"), _standing),
    Run.Kind.SPARES: (
        ("components", "days", "failures", "AFR %", "in service", "expected", "stock", ""),
        _stock,
    ),
    Run.Kind.SURVIVAL: (
        ("at risk", "failures", "from day", "to day", "survive %", "median day", "Weibull shape", "scale", "no age"),
        _life,
    ),
}
