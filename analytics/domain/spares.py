"""How many spares to keep for a time to come.

The predictive distribution of a Poisson count with Jeffreys' prior: A. Gelman et al., "Bayesian Data Analysis"
(3rd ed., 2013), section 2.6.
"""

import numpy as np
import numpy.typing as npt
from scipy import stats

Counts = npt.NDArray[np.int64]


def spares(
    failures: npt.ArrayLike, exposure_days: npt.ArrayLike, planned_days: npt.ArrayLike, service_level: float = 0.95
) -> Counts:
    """The smallest stock n with P(demand <= n) >= `service_level`, group by group; -1 where nothing was exposed.

    The demand in Ef `planned_days` after k failures in E days is NegBin(k + 1/2, E / (E + Ef)): a Poisson count whose
    rate is known as well as the data tell it (Gamma posterior with Jeffreys' prior). Poisson at the point rate would
    miss the level badly when k is small. Raises `ValueError` for a level outside (0, 1) or negative numbers.
    """
    if not 0 < service_level < 1:
        raise ValueError("the service level is between 0 and 1")
    k, exposed, planned = np.broadcast_arrays(
        np.asarray(failures, dtype=np.float64),
        np.asarray(exposure_days, dtype=np.float64),
        np.asarray(planned_days, dtype=np.float64),
    )
    if np.any(k < 0) or np.any(exposed < 0) or np.any(planned < 0):
        raise ValueError("a count or a time is negative")
    known = exposed > 0
    share = np.where(known, exposed / np.where(known, exposed + planned, 1), 1.0)
    stock = stats.nbinom.ppf(service_level, k + 0.5, share)
    return np.where(known, np.maximum(stock, 0), -1).astype(np.int64)


def expected_demand(
    failures: npt.ArrayLike, exposure_days: npt.ArrayLike, planned_days: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """The mean of the same demand, (k + 1/2) Ef / E; NaN where nothing was exposed."""
    exposed = np.asarray(exposure_days, dtype=np.float64)
    rate = (np.asarray(failures, dtype=np.float64) + 0.5) / np.where(exposed > 0, exposed, np.nan)
    mean: npt.NDArray[np.float64] = rate * np.asarray(planned_days, dtype=np.float64)
    return mean
