"""The tables of reliability."""

from analytics.models.counted import Cohort, CountedFailure, MonthlyCount, Spell

__all__ = ["Cohort", "CountedFailure", "MonthlyCount", "Spell"]
