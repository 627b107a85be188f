"""Places that eat parts: servers and bays where more fail than their parts would anywhere else.

Sources as for `outliers`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analytics.domain.outliers import FALSE_DISCOVERIES, LEAST_FAILURES, LEAST_RATIO, OVERDISPERSED
from analytics.domain.rates import poisson_interval

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class HotSpots:
    """One element a place, as for `Comparison`: `ratio` is seen over expected, with its exact Poisson interval."""

    ratio: Numbers
    low: Numbers
    high: Numbers
    p: Numbers
    adjusted: Numbers
    dispersion: Numbers
    widened: Flags
    alert: Flags


def hot_spots(
    seen: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    places: int,
    total: float,
    squares: float,
    expected_squares: float,
) -> HotSpots:
    """Tests the places with most failures against what their parts' exposure would yield elsewhere.

    `places`: how many there are in all, of which those given are the ones with failures enough: the false discovery
    rate is kept over all of them. `total` and `squares`: the sum of all places' failures, and of their squares, with
    `expected_squares` those of what was expected. Where places vary more than chance and the number of their parts
    make them, without the one that is tested, its tail is negative binomial.
    """
    k, mean = np.asarray(seen, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    low, high = poisson_interval(k)
    known = np.where(mean > 0, mean, np.nan)
    dispersion, spread = _dispersion_of_others(k, mean, total, squares, expected_squares)
    widened = dispersion > OVERDISPERSED
    size = 1 / np.where(widened, spread, 1.0)
    p = np.where(
        widened, stats.nbinom.sf(k - 1, size, size / (size + mean)), stats.poisson.sf(k - 1, np.maximum(mean, 0))
    )
    p = np.where((k >= LEAST_FAILURES) & (mean > 0), p, 1.0)
    padded = np.concatenate([p, np.ones(max(0, places - len(p)))])
    adjusted = stats.false_discovery_control(padded)[: len(p)] if len(padded) else p
    ratio = k / known
    with np.errstate(invalid="ignore"):
        alert = (k >= LEAST_FAILURES) & (adjusted <= FALSE_DISCOVERIES) & (ratio >= LEAST_RATIO)
    return HotSpots(ratio, low / known, high / known, p, adjusted, dispersion, widened, alert)


def _dispersion_of_others(
    seen: Numbers, expected: Numbers, total: float, squares: float, expected_squares: float
) -> tuple[Numbers, Numbers]:
    """(variance over mean, relative variance beyond chance) of the other places' failures.

    Of counts k that are Poisson with means E, Σk(k-1) is ΣE². What it is more is variance that neither chance nor the
    places' sizes explain: a large server has more failures than a small one without eating parts.
    """
    failures, due = total - seen, total - expected
    chance = (squares - seen**2) - failures
    # What was expected at rates that the tested place helped to make, brought to what the others really had.
    scale = np.divide(failures, due, out=np.zeros_like(seen), where=due > 0)
    explained = (expected_squares - expected**2) * scale**2
    beyond = chance - explained
    dispersion = 1 + np.divide(beyond, failures, out=np.zeros_like(seen), where=failures > 0)
    spread = np.divide(beyond, explained, out=np.ones_like(seen), where=(explained > 0) & (beyond > 0))
    return dispersion, spread
