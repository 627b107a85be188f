"""Weibull lives by maximum likelihood, with late entry.

W. Nelson, "Applied Life Data Analysis" (1982), ch. 8; Y. Hong, W. Q. Meeker and J. D. McCalley, "Prediction of
remaining life of power transformers based on left truncated and right censored lifetime data", Ann. Appl. Stat. 3
(2009), 857-879.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from analytics.domain.ages import AgeHistogram

LEAST_FAILURES = 5
LEAST_AGES = 3
FEW_FAILURES = 10

Numbers = npt.NDArray[np.float64]


class TooFewFailures(Exception):
    """Nothing can be fitted; the message says why."""


@dataclass(frozen=True, slots=True)
class Weibull:
    """A fit of S(t) = exp(-(t/η)^β): `shape` β, `scale` η in the histogram's unit, each with its interval.

    A shape under 1 is early mortality, over 1 wear. `few`: fewer than ten failures, not to be relied on.
    """

    shape: float
    shape_low: float
    shape_high: float
    scale: float
    scale_low: float
    scale_high: float
    log_likelihood: float
    failures: int
    few: bool

    def survival(self, ages: npt.ArrayLike) -> Numbers:
        """S at each age."""
        curve: Numbers = np.exp(-((np.asarray(ages, dtype=np.float64) / self.scale) ** self.shape))
        return curve


def fit_weibull(histogram: AgeHistogram, confidence: float = 0.95) -> Weibull:
    """The Weibull distribution under which the lives are most likely.

    Maximises Σ_fail [ln β - β ln η + (β-1) ln t] - Σ_all [(t/η)^β - (entry/η)^β]. For given β the best η is
    (Σ (t^β - entry^β) / k)^(1/β), so one search over ln β suffices. Intervals are Wald's on ln β and ln η.
    Raises `TooFewFailures` under five failures or three distinct failure ages.
    """
    failed = histogram.failures > 0
    count, ages = int(histogram.failures.sum()), int(failed.sum())
    if count < LEAST_FAILURES or ages < LEAST_AGES:
        seen = f"{count or 'no'} failure{'' if count == 1 else 's'}"
        at = f" at {ages} age{'' if ages == 1 else 's'}" if count else ""
        raise TooFewFailures(f"{seen}{at}: a fit needs {LEAST_FAILURES} failures at {LEAST_AGES} different ages")
    unit = float(histogram.ages[-1])
    model = _Model(histogram, unit)
    found = optimize.minimize_scalar(lambda x: -model.profile(x), bounds=_LOG_SHAPES, method="bounded", options=_FINE)
    shape, scale = float(np.exp(found.x)), model.best_scale(float(np.exp(found.x)))
    shape_error, scale_error = model.errors(shape, scale)
    z = special.ndtri((1 + confidence) / 2)
    return Weibull(
        shape=shape,
        shape_low=shape * float(np.exp(-z * shape_error)),
        shape_high=shape * float(np.exp(z * shape_error)),
        scale=scale * unit,
        scale_low=scale * unit * float(np.exp(-z * scale_error)),
        scale_high=scale * unit * float(np.exp(z * scale_error)),
        log_likelihood=model.profile(float(found.x)) - count * float(np.log(unit)),
        failures=count,
        few=count < FEW_FAILURES,
    )


_LOG_SHAPES = (-6.0, 6.0)
_FINE = {"xatol": 1e-12}


class _Model:
    """The likelihood of a histogram with ages in units of the last one, which keeps powers within bounds."""

    def __init__(self, histogram: AgeHistogram, unit: float) -> None:
        ages = histogram.ages / unit
        positive = ages > 0  # an entry at age 0 adds nothing: 0^β = 0
        self.logs = np.log(ages[positive])
        # How often t^β is added: once for each exit, taken away for each entry.
        self.weights = (histogram.failures + histogram.censored - histogram.entries)[positive].astype(np.float64)
        self.failures = float(histogram.failures.sum())
        self.failure_logs = float((histogram.failures[positive] * self.logs).sum())

    def moments(self, shape: float) -> tuple[float, float, float]:
        """Σ w t^β, and its first and second derivative by β."""
        powers = self.weights * np.exp(shape * self.logs)
        return float(powers.sum()), float((powers * self.logs).sum()), float((powers * self.logs**2).sum())

    def best_scale(self, shape: float) -> float:
        return float((self.moments(shape)[0] / self.failures) ** (1 / shape))

    def profile(self, log_shape: float) -> float:
        """The log-likelihood with the best scale."""
        shape = float(np.exp(log_shape))
        total = self.moments(shape)[0]
        if not total > 0:
            return -np.inf
        k = self.failures
        return float(k * log_shape - k * np.log(total / k) + (shape - 1) * self.failure_logs - k)

    def errors(self, shape: float, scale: float) -> tuple[float, float]:
        """The standard errors of ln β and ln η, from the observed information."""
        total, first, second = self.moments(shape)
        k, log_scale = self.failures, np.log(scale)
        hazard = total * scale**-shape  # Σ w (t/η)^β, which is k at the maximum
        by_shape = (first - total * log_scale) * scale**-shape
        twice = (second - 2 * first * log_scale + total * log_scale**2) * scale**-shape
        gradient = k / shape - k * log_scale + self.failure_logs - by_shape  # 0 at the maximum
        information = np.array(
            [
                [shape**2 * (k / shape**2 + twice) - shape * gradient, shape * (k - hazard - shape * by_shape)],
                [shape * (k - hazard - shape * by_shape), shape**2 * hazard],
            ]
        )
        covariance = np.linalg.inv(information)
        return float(np.sqrt(covariance[0, 0])), float(np.sqrt(covariance[1, 1]))
