"""Which lots, firmware versions, slots or servers fail more than their peers of the same age.

Peers are of the same component type and model in the same window. A group's count is compared with what its exposure
would have yielded at the peers' rates, age band by age band: older lots fail more without being worse.

J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples from Poisson series", Biometrika 31 (1940),
313-323, for the test given the sum; C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413, for its interval;
M. Greenwood and G. U. Yule, J. R. Stat. Soc. 83 (1920), 255-279, for the gamma-Poisson tail; Y. Benjamini and
Y. Hochberg, J. R. Stat. Soc. B 57 (1995), 289-300, for many tests at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

LEAST_FAILURES = 3
LEAST_RATIO = 1.5
FALSE_DISCOVERIES = 0.05
# Not 1.5, as is often read: up to there one in six fleets without a bad lot would have an alert. It costs little power.
OVERDISPERSED = 1.1

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One element a group; NaN where a figure does not exist.

    `seen`, `expected`: failures. `ratio`, `low`, `high`: age-standardised rate ratio against the rest, with its exact
    interval. `crude`: the ratio without regard to age, which can mislead. `p`: one-sided, `adjusted` for the false
    discovery rate over all groups that have data enough; both NaN where the group was not tested. `dispersion`:
    Pearson's X²/(m-1) among the others, and `widened` where it made the test use a gamma-Poisson tail. `alert`: worse
    than its peers.
    """

    seen: Numbers
    expected: Numbers
    ratio: Numbers
    low: Numbers
    high: Numbers
    crude: Numbers
    p: Numbers
    adjusted: Numbers
    dispersion: Numbers
    widened: Flags
    alert: Flags


def compare(
    failures: npt.ArrayLike,
    exposure: npt.ArrayLike,
    low_data: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    least_ratio: float = LEAST_RATIO,
    false_discoveries: float = FALSE_DISCOVERIES,
) -> Comparison:
    """Compares each group with its peers. `failures`, `exposure`: (groups, age bands). `low_data`: one flag a group.

    Given all K failures, a group's count is Binomial(K, expected / K); where the other groups vary more than Poisson
    counts do, it is negative binomial with the variance that they show. Without any failure nothing is tested.
    """
    k = np.asarray(failures, dtype=np.float64)
    days = np.asarray(exposure, dtype=np.float64)
    seen, total = k.sum(axis=1), float(k.sum())
    expected = _expected(k, days)
    share = np.divide(expected, total, out=np.zeros_like(expected), where=total > 0)
    ratio, low, high = _ratios(seen, total, share, confidence)
    could_be = ~np.asarray(low_data, dtype=bool) & (share > 0) & (share < 1)
    eligible = could_be & (seen >= LEAST_FAILURES)
    dispersion, spread = _dispersion_of_others(k, days)
    widened = eligible & (dispersion > OVERDISPERSED) & (spread > 0)
    p = np.where(eligible, _tails(seen, total, expected, share, np.where(widened, spread, 0.0)), np.nan)
    adjusted = _adjusted(p, could_be)
    with np.errstate(invalid="ignore"):
        alert = eligible & (adjusted <= false_discoveries) & (ratio >= least_ratio)
    return Comparison(
        seen, expected, ratio, low, high, _crude(seen, days.sum(axis=1)), p, adjusted, dispersion, widened, alert
    )


def _adjusted(p: Numbers, could_be: Flags) -> Numbers:
    """Benjamini and Hochberg's, over all groups that `could_be` alerts.

    Those with few failures are among them, as not significant: to leave them out would be to choose whom to test by
    the very counts that are tested, and among many lots that rarely fail most alerts would be false.
    """
    tested = np.isfinite(p)
    adjusted = np.full_like(p, np.nan)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(np.where(tested, p, 1.0)[could_be])[tested[could_be]]
    return adjusted


def _expected(failures: Numbers, exposure: Numbers) -> Numbers:
    """Σ over age bands of (all peers' rate in the band × the group's exposure in it)."""
    band = exposure.sum(axis=0)
    rate = np.divide(failures.sum(axis=0), band, out=np.zeros_like(band), where=band > 0)
    expected: Numbers = exposure @ rate
    return expected


def _ratios(seen: Numbers, total: float, share: Numbers, confidence: float) -> tuple[Numbers, Numbers, Numbers]:
    """(k / (K - k)) / (p / (1 - p)), and Clopper and Pearson's interval of k / K on the same scale."""
    tail = (1 - confidence) / 2
    rest = total - seen
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = share / (1 - share)
        least = np.where(seen > 0, stats.beta.ppf(tail, np.maximum(seen, 1), rest + 1), 0.0)
        most = np.where(rest > 0, stats.beta.ppf(1 - tail, seen + 1, np.maximum(rest, 1)), 1.0)
        ratio, low, high = seen / rest / odds, least / (1 - least) / odds, most / (1 - most) / odds
    comparable = (share > 0) & (share < 1)
    ratio, low, high = (np.where(comparable, value, np.nan) for value in (ratio, low, high))
    return ratio, low, high


def _crude(seen: Numbers, days: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        crude: Numbers = (seen / days) / ((seen.sum() - seen) / (days.sum() - days))
    return crude


def _dispersion_of_others(failures: Numbers, exposure: Numbers) -> tuple[Numbers, Numbers]:
    """For each group, how the other groups vary: (Pearson's X²/(m-1), relative variance of their true rates).

    Without the group itself, since one bad lot would hide itself behind the variance that it makes. The variance is
    taken at the upper end of its 80 % interval: a few groups tell little of it, and too small a one makes alerts false.
    """
    groups = len(failures)
    dispersion, spread = np.full(groups, np.nan), np.zeros(groups)
    band_failures, band_days, seen = failures.sum(axis=0), exposure.sum(axis=0), failures.sum(axis=1)
    for group in range(groups):
        days = band_days - exposure[group]
        rate = np.divide(band_failures - failures[group], days, out=np.zeros_like(days), where=days > 0)
        expected = exposure @ rate
        expected[group] = 0
        known = expected > 0
        freedom = known.sum() - 1
        if freedom < 1:
            continue
        error, due = (seen[known] - expected[known]) ** 2, expected[known]
        dispersion[group] = (error / due).sum() / freedom
        caution = freedom / special.chdtri(freedom, 0.8)
        spread[group] = caution * max(0.0, (error - due).sum() / (due**2).sum())
    return dispersion, spread


def _tails(seen: Numbers, total: float, expected: Numbers, share: Numbers, spread: Numbers) -> Numbers:
    """P(count >= seen): binomial, or negative binomial with mean `expected` and variance μ + spread μ²."""
    binomial = stats.binom.sf(seen - 1, total, np.clip(share, 0, 1))
    size = 1 / np.where(spread > 0, spread, 1.0)
    wide = stats.nbinom.sf(seen - 1, size, size / (size + np.maximum(expected, 0)))
    tails: Numbers = np.where(spread > 0, wide, binomial)
    return tails
