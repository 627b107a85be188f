"""What was measured, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from benchmarks.kinds import KINDS
from benchmarks.measuring import FLOOR, Cost


def table(costs: Mapping[str, Cost]) -> str:
    """A Markdown table; `aim` and `of the floor` are multiples of what the floor takes in total."""
    lines = [
        "| CPU ms of one request | application | database | total | of the floor | aim | statements |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, cost in costs.items():
        figures = (
            f"{cost.app_ms:.2f}",
            f"{cost.db_ms:.2f}",
            f"{cost.total_ms:.2f}",
            f"{cost.total_ms / costs[FLOOR].total_ms:.2f}",
            f"{KINDS[name].aim:g}" if name in KINDS else "",
            f"{cost.statements:.1f}",
        )
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines)


def as_json(costs: Mapping[str, Cost]) -> str:
    """The same as a JSON object with an object for each kind."""
    floor = costs[FLOOR].total_ms
    return json.dumps(
        {
            name: {
                **asdict(cost),
                "total_ms": cost.total_ms,
                "of_the_floor": cost.total_ms / floor,
                "aim": KINDS[name].aim if name in KINDS else None,
            }
            for name, cost in costs.items()
        },
        indent=2,
    )
