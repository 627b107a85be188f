"""What was measured, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.kinds import KINDS
from benchmarks.measuring import FLOOR, Cost


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one kind: medians of all rounds, and the aim. `of_the_floor` compares within a round."""

    app_ms: float
    db_ms: float
    total_ms: float
    of_the_floor: float
    aim: float | None
    statements: float


def summarised(rounds: Sequence[Mapping[str, Cost]]) -> dict[str, Figures]:
    """The figures of each kind, the floor first."""
    return {
        name: Figures(
            app_ms=median(costs[name].app_ms for costs in rounds),
            db_ms=median(costs[name].db_ms for costs in rounds),
            total_ms=median(costs[name].total_ms for costs in rounds),
            of_the_floor=median(costs[name].total_ms / costs[FLOOR].total_ms for costs in rounds),
            aim=KINDS[name].aim if name in KINDS else None,
            statements=median(costs[name].statements for costs in rounds),
        )
        for name in rounds[0]
    }


def table(figures: Mapping[str, Figures]) -> str:
    """A Markdown table of CPU milliseconds and SQL statements a request."""
    lines = [
        "|             | application | database | total | of the floor | aim  | statements |",
        "| ----------- | ----------: | -------: | ----: | -----------: | ---: | ---------: |",
    ]
    for name, one in figures.items():
        aim = "" if one.aim is None else f"{one.aim:g}"
        lines.append(
            f"| {name:<11} | {one.app_ms:11.2f} | {one.db_ms:8.2f} | {one.total_ms:5.2f} "
            f"| {one.of_the_floor:12.2f} | {aim:>4} | {one.statements:10.1f} |"
        )
    return "\n".join(lines)


def as_json(figures: Mapping[str, Figures]) -> str:
    """The same as a JSON object with an object for each kind."""
    return json.dumps({name: asdict(one) for name, one in figures.items()}, indent=2)
