"""``python -m benchmarks.with_django benchmarks.reliability.product QUESTION``: the answer of the product itself."""

import argparse
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from analytics.domain.windows import Window
from analytics.models import Spell
from analytics.selectors.ages import age_histograms
from analytics.selectors.cohorts import cohort_names
from analytics.selectors.exposure import count
from analytics.services import count_changes
from analytics.services.rollup import ROLLED_UP, add_to_rollup
from benchmarks.reliability.fleet import SILENCE
from benchmarks.reliability.questions import LIFETIME, YEAR, Row, measure
from benchmarks.reliability.seeding import GROUP_KEYS
from registry.domain.vocabulary import Health, Status
from registry.models import Asset, Component, Installation
from registry.models.bulk import insert_rows


def year(*, from_rollup: bool) -> Iterable[Row]:
    """As the rivals give it, with all that an answer takes: the names of cohorts, groups, sums."""
    groups, group_of = cohort_names().groups(GROUP_KEYS)
    found = count(Window(*YEAR, SILENCE), group_of, len(groups), from_rollup=from_rollup)
    columns = (found.exposure, found.components, found.silent, found.unknown_age, found.failures, found.failed)
    for group, *numbers in zip(groups, *(column.tolist() for column in columns), strict=True):
        if numbers[0] or numbers[2] or numbers[4]:
            yield (*group, *numbers)


def curve() -> Iterable[Row]:
    """As the rivals give it."""
    names = cohort_names()
    found = age_histograms(Window(*LIFETIME, SILENCE), dict.fromkeys(names.values, 0))[0]
    columns = (found.ages.astype(int), found.entries, found.failures, found.censored)
    return zip(*(column.tolist() for column in columns), strict=True)


def roll_up() -> float:
    """Fills the rollup from the spells; gives the seconds that it took."""
    began = time.perf_counter()
    add_to_rollup(Spell.objects.order_by().values_list(*ROLLED_UP).iterator(chunk_size=10_000), 1)
    return time.perf_counter() - began


def components_a_second(wanted: int) -> float:
    """How many components with an installation each are counted in a second."""
    asset, first = Asset.objects.order_by("id").values_list("id", flat=True)[0], 10**9
    now = datetime(2025, 6, 1, tzinfo=UTC)
    columns = (
        "id", "type", "identity", "lookup", "vendor", "model", "part_number", "serial", "identifiers", "declared",
        "status", "slot", "firmware", "health", "last_evidence", "last_sighting", "fold_state", "stale", "created_at",
    )  # fmt: skip
    numbers = range(first, first + wanted)
    parts = (
        (
            number, "disk", f"B{number}", f"B{number}", "Maker 1", "Model 1", "", f"B{number}", "[]", 0,
            Status.INSTALLED, "", "", Health.OK, "", "", "{}", 0, now,
        )
        for number in numbers
    )  # fmt: skip
    insert_rows(Component, columns, parts)
    stays = ((number, asset, "", now, now, number) for number in numbers)
    insert_rows(Installation, ("component", "asset", "slot", "installed_at", "ends_at", "open_component"), _open(stays))
    began = time.perf_counter()
    counted = count_changes()
    assert counted == wanted, f"{counted} in place of {wanted} components were counted"
    return wanted / (time.perf_counter() - began)


def _open(stays: Iterable[tuple[object, ...]]) -> Iterable[tuple[object, ...]]:
    forever = datetime(9999, 12, 31, tzinfo=UTC)
    return ((*stay[:4], forever, stay[5]) for stay in stays)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", choices=("roll up", "year", "rollup", "curve", "counting"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", type=int, default=20_000)
    options = parser.parse_args()
    if options.question == "roll up":
        print(json.dumps(roll_up()))
    elif options.question == "counting":
        print(json.dumps(components_a_second(options.parts)))
    elif options.question == "curve":
        print(measure(curve, options.rounds).as_json())
    else:
        print(measure(lambda: year(from_rollup=options.question == "rollup"), options.rounds).as_json())
