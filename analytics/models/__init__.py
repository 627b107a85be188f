"""The tables of reliability."""

from analytics.models.alerts import Alert
from analytics.models.counted import Cohort, CountedFailure, MonthlyCount, Spell
from analytics.models.runs import LONG_AGO, Lease, Run, packed

__all__ = ["LONG_AGO", "Alert", "Cohort", "CountedFailure", "Lease", "MonthlyCount", "Run", "Spell", "packed"]
