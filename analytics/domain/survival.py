"""Life curves with late entry: Kaplan-Meier and Nelson-Aalen on the same risk set.

E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958), 457-481;
W. Nelson (1972) and O. Aalen (1978) for the cumulative hazard; M. Greenwood (1926) for the variance; J. D. Kalbfleisch
and R. L. Prentice (1980) for the log-log interval. Failures precede censorings at ties.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from analytics.domain.ages import AgeHistogram

Numbers = npt.NDArray[np.float64]
LEAST_AT_RISK = 20


@dataclass(frozen=True, slots=True)
class Curve:
    """Survival past each failure age, given survival to `start`; one element a failure age, in the histogram's unit.

    `low`, `high`: the log-log interval, NaN where survival is 0. `greenwood`: Σ d / (n (n - d)), infinite there.
    `hazard`: Nelson-Aalen's cumulative hazard since `start`. `end`: the age after which nobody is left.
    """

    start: float
    end: float
    ages: Numbers
    at_risk: Numbers
    failures: Numbers
    survival: Numbers
    low: Numbers
    high: Numbers
    greenwood: Numbers
    hazard: Numbers

    def age_at(self, survival: float) -> float | None:
        """The first age at which survival is `survival` or less (the median for 0.5); None when it stays above."""
        below = np.flatnonzero(self.survival <= survival + 1e-12)
        return float(self.ages[below[0]]) if len(below) else None

    def at(self, age: float) -> float:
        """Survival past `age`, given survival to `start`."""
        place = int(np.searchsorted(self.ages, age, side="right"))
        return float(self.survival[place - 1]) if place else 1.0


def life_curve(
    histogram: AgeHistogram, *, confidence: float = 0.95, least_at_risk: int = LEAST_AT_RISK
) -> Curve | None:
    """The life curve from the age at which the best watched stretch begins; None where there is none.

    A stretch is of ages at which `least_at_risk` or more are at risk throughout, and best watched is that with most
    lives × time at risk. With fewer at risk a single early failure would throw the curve down for ever. From there on
    it holds for what survived until then, and goes on, whatever few are at risk, until nobody is left. How lives end
    plays no part in where it starts, so it is not biased by the choice.
    """
    start = _start(histogram, least_at_risk)
    if start is None:
        return None
    end = _end(histogram, start)
    kept = start + 1 + np.flatnonzero(histogram.failures[start + 1 : end + 1])
    at_risk = histogram.at_risk()[kept].astype(np.float64)
    failures = histogram.failures[kept].astype(np.float64)
    survival: Numbers = np.cumprod(1 - failures / at_risk).astype(np.float64)
    with np.errstate(divide="ignore"):
        greenwood: Numbers = np.cumsum(failures / (at_risk * (at_risk - failures))).astype(np.float64)
    low, high = _log_log_interval(survival, greenwood, confidence)
    return Curve(
        start=float(histogram.ages[start]),
        end=float(histogram.ages[end]),
        ages=histogram.ages[kept],
        at_risk=at_risk,
        failures=failures,
        survival=survival,
        low=low,
        high=high,
        greenwood=greenwood,
        hazard=np.cumsum(failures / at_risk),
    )


def _start(histogram: AgeHistogram, least: int) -> int | None:
    """The place of the age at which the best watched stretch begins."""
    at_risk = histogram.at_risk()[1:]  # the i-th holds on (ages[i], ages[i + 1]]
    enough = at_risk >= max(least, 1)
    starts = np.flatnonzero(enough & ~np.concatenate([[False], enough[:-1]]))
    if not len(starts):
        return None
    watched = np.add.reduceat(at_risk * np.diff(histogram.ages) * enough, starts)
    return int(starts[watched.argmax()])


def _end(histogram: AgeHistogram, start: int) -> int:
    """The place of the first age after which nobody is at risk, or at which all that are at risk fail."""
    at_risk = histogram.at_risk()
    last = (at_risk[1:] == 0) | (histogram.failures == at_risk)[:-1]
    over = np.flatnonzero(last[start + 1 :])
    return start + 1 + int(over[0]) if len(over) else len(histogram) - 1


def _log_log_interval(survival: Numbers, greenwood: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
    """S^exp(±z √V / ln S): stays within [0, 1]."""
    z = special.ndtri((1 + confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = z * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-width), survival ** np.exp(width)
    none_failed = survival == 1
    return np.where(none_failed, 1.0, low), np.where(none_failed, 1.0, high)


@dataclass(frozen=True, slots=True)
class LogRank:
    """A test of whether lives of several groups end alike: χ² with one degree of freedom less than groups.

    `seen`, `expected`: failures of each group, and how many it would have had at the common hazard.
    """

    chi2: float
    p: float
    seen: Numbers
    expected: Numbers


def log_rank(groups: Sequence[AgeHistogram]) -> LogRank:
    """Compares the lives of two groups or more (N. Mantel, 1966). Raises `ValueError` where nothing can be compared."""
    ages = np.unique(np.concatenate([group.ages for group in groups]))
    failed, risk = (np.stack([_at(group, column, ages) for group in groups]) for column in ("failures", "at_risk"))
    deaths, watched = failed.sum(axis=0), risk.sum(axis=0)
    told = (deaths > 0) & (watched > 1)
    failed, risk, deaths, watched = failed[:, told], risk[:, told], deaths[told], watched[told]
    seen, expected = failed.sum(axis=1), (risk * deaths / watched).sum(axis=1)
    weight = deaths * (watched - deaths) / (watched - 1)
    shares = risk / watched
    covariance = np.diag((weight * shares).sum(axis=1)) - (weight * shares) @ shares.T
    last = len(groups) - 1
    if last < 1 or np.linalg.matrix_rank(covariance) < last:
        raise ValueError("a comparison needs two groups at risk at one time, and a failure then")
    surplus = (seen - expected)[:last]
    chi2 = float(surplus @ np.linalg.solve(covariance[:last, :last], surplus))
    return LogRank(chi2, float(special.chdtrc(last, chi2)), seen, expected)


def _at(group: AgeHistogram, column: str, ages: Numbers) -> Numbers:
    """A group's failures, or its number at risk, at each of `ages`."""
    place = np.searchsorted(group.ages, ages)
    known = np.minimum(place, len(group) - 1)
    if column == "at_risk":
        return np.where(place < len(group), group.at_risk()[known], 0).astype(np.float64)
    return np.where(group.ages[known] == ages, group.failures[known], 0).astype(np.float64)
