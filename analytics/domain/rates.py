"""Failure rates and their exact intervals.

A rate is failures over exposure. AFR = 100 · k · 365 / E in percent a year and MTBF = 24 · E / k in hours, with k
failures in E days; the year has 365 days in leap years too. Intervals are exact for Poisson counts: F. Garwood,
"Fiducial limits for the Poisson distribution", Biometrika 28 (1936), 437-442.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt
from scipy import special

DAYS_A_YEAR = 365
HOURS_A_DAY = 24

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """The figures of many groups, one element a group; NaN where a figure does not exist.

    `afr*` in percent a year, `mtbf*` in hours. Without exposure all are NaN. Without failures `mtbf` and
    `mtbf_high` are NaN: there is no upper end.
    """

    afr: Numbers
    afr_low: Numbers
    afr_high: Numbers
    afr_upper_one_sided: Numbers
    mtbf: Numbers
    mtbf_low: Numbers
    mtbf_high: Numbers


def poisson_interval(failures: npt.ArrayLike, confidence: float = 0.95) -> tuple[Numbers, Numbers]:
    """The two-sided interval of the expected count: (low, high).

    low = χ²(α/2; 2k)/2, 0 for k = 0; high = χ²(1-α/2; 2k+2)/2. Raises `ValueError` for negative counts or a
    confidence outside (0, 1).
    """
    counts = _counts(failures)
    tail = (1 - _level(confidence)) / 2
    # χ²(q; 2k)/2 is the quantile of Gamma(k). It has none for k = 0, where the limit is 0.
    low = np.where(counts > 0, special.gammaincinv(np.maximum(counts, 1), tail), 0.0)
    return low, special.gammaincinv(counts + 1, 1 - tail)


def poisson_upper(failures: npt.ArrayLike, confidence: float = 0.95) -> Numbers:
    """The one-sided upper limit of the expected count: χ²(confidence; 2k+2)/2. Errors as for `poisson_interval`."""
    limit: Numbers = special.gammaincinv(_counts(failures) + 1, _level(confidence))
    return limit


def rates(failures: npt.ArrayLike, exposure_days: npt.ArrayLike, confidence: float = 0.95) -> Rates:
    """AFR and MTBF with their intervals, group by group. Errors as for `poisson_interval`."""
    counts = _counts(failures)
    exposure = np.asarray(exposure_days, dtype=np.float64)
    if np.any(exposure < 0):
        raise ValueError("exposure is negative")
    exposure = np.where(exposure > 0, exposure, np.nan)
    low, high = poisson_interval(counts, confidence)
    yearly = 100 * DAYS_A_YEAR / exposure
    hours = HOURS_A_DAY * exposure
    return Rates(
        afr=counts * yearly,
        afr_low=low * yearly,
        afr_high=high * yearly,
        afr_upper_one_sided=poisson_upper(counts, confidence) * yearly,
        mtbf=hours / np.where(counts > 0, counts, np.nan),
        mtbf_low=hours / high,
        mtbf_high=hours / np.where(low > 0, low, np.nan),
    )


def is_low_data(components: npt.ArrayLike, exposure_days: npt.ArrayLike, window_days: float) -> npt.NDArray[np.bool_]:
    """Whether there is too little data to rank by: not both more components and more days than the window asks for.

    100 components and 10,000 days for a quarter or less, 250 and 50,000 for a year, 500 and 100,000 for longer: the
    thresholds that Backblaze publishes with its tables, all of them "more than".
    """
    few, short = next(
        (components_, days) for longest, components_, days in _THRESHOLDS if longest is None or window_days <= longest
    )
    return ~((np.asarray(components) > few) & (np.asarray(exposure_days) > short))


_THRESHOLDS = ((92, 100, 10_000), (366, 250, 50_000), (None, 500, 100_000))


def half_up(value: float, digits: int) -> Decimal:
    """`value` rounded as people do, 0.125 to 0.13; for display, once."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _counts(failures: npt.ArrayLike) -> Numbers:
    counts = np.asarray(failures, dtype=np.float64)
    if np.any(counts < 0):
        raise ValueError("a count is negative")
    return counts


def _level(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError("confidence is between 0 and 1")
    return confidence
