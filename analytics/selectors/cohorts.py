"""Cohorts with the names of what they have in common, and how they fall into groups."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analytics.domain.question import KEYS, UNKNOWN
from analytics.models import Cohort
from registry.models import Location, Lot, Project


@dataclass(frozen=True, slots=True)
class CohortNames:
    """Every cohort's value for each of `KEYS`, `UNKNOWN` where there is none."""

    values: Mapping[int, tuple[str, ...]]

    def chosen(self, filters: Mapping[str, Collection[str]]) -> "CohortNames":
        """The cohorts that have one of the given values for each key that is filtered by."""
        places = [(KEYS.index(key), set(wanted)) for key, wanted in filters.items()]
        return CohortNames(
            {
                key: names
                for key, names in self.values.items()
                if all(names[place] in wanted for place, wanted in places)
            }
        )

    def groups(self, keys: Sequence[str]) -> tuple[list[tuple[str, ...]], dict[int, int]]:
        """(the groups by `keys`, sorted; the place of each cohort's group among them)."""
        places = [KEYS.index(key) for key in keys]
        group_of = {key: tuple(names[place] for place in places) for key, names in self.values.items()}
        groups = sorted(set(group_of.values()))
        numbers = {group: number for number, group in enumerate(groups)}
        return groups, {key: numbers[group] for key, group in group_of.items()}


def cohort_names() -> CohortNames:
    """All cohorts there are."""
    lots = dict(Lot.objects.order_by().values_list("id", "code"))
    projects = {
        key: (code, customer)
        for key, code, customer in Project.objects.order_by().values_list("id", "code", "customer__code")
    }
    locations = location_names()
    return CohortNames(
        {
            key: (
                kind,
                vendor or UNKNOWN,
                model or UNKNOWN,
                lots.get(lot, UNKNOWN),
                firmware or UNKNOWN,
                projects.get(project, (UNKNOWN, UNKNOWN))[0],
                projects.get(project, (UNKNOWN, UNKNOWN))[1],
                locations.get(location, UNKNOWN),
            )
            for key, kind, vendor, model, lot, firmware, project, location in Cohort.objects.order_by().values_list(
                "id", "component_type", "vendor", "model", "lot", "firmware", "project", "location"
            )
        }
    )


def location_names() -> dict[int, str]:
    """The path of each location from its region on, by id: rack 12 of one room is not that of another."""
    rows = {
        key: (name, parent) for key, name, parent in Location.objects.order_by().values_list("id", "name", "parent_id")
    }
    return {key: _path(key, rows) for key in rows}


def paths_within(place: int) -> list[str]:
    """The paths of a location and of all that lies within it; none for one that does not exist."""
    paths = location_names()
    if place not in paths:
        return []
    whole = Location.objects.descendants(place, include_self=True).values_list("pk", flat=True)
    return [paths[key] for key in whole]


def _path(key: int, rows: Mapping[int, tuple[str, int | None]]) -> str:
    names: list[str] = []
    place: int | None = key
    while place is not None and place in rows and len(names) < len(rows):
        name, place = rows[place]
        names.append(name)
    return " / ".join(reversed(names))
