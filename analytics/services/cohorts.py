"""The ids of cohorts, made as they are met."""

from collections.abc import Collection, Mapping

from analytics.domain.lives import CohortKey
from analytics.models import Cohort
from registry.models.bulk import insert_rows

_COLUMNS = ("component_type", "vendor", "model", "firmware", "lot", "project", "location")


class Cohorts:
    """Remembers the ids of all cohorts: there are some thousands, whatever the size of the fleet."""

    def __init__(self) -> None:
        self._ids: dict[CohortKey, int] = {}

    def ids(self, keys: Collection[CohortKey]) -> Mapping[CohortKey, int]:
        """The ids of (at least) those cohorts; new ones are stored."""
        if set(keys) - self._ids.keys():
            self._load()
        if missing := sorted(set(keys) - self._ids.keys()):
            insert_rows(Cohort, _COLUMNS, missing, ignore=True)
            self._load()
        return self._ids

    def _load(self) -> None:
        self._ids = {CohortKey(*row): key for key, *row in Cohort.objects.order_by().values_list("id", *_COLUMNS)}
