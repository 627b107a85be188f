"""Compares two runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from analytics.domain.comparing import Answer, Moved, compare, counts_of
from analytics.domain.question import Question
from analytics.models import Run
from analytics.selectors.answers import reliability
from analytics.selectors.changes import consistent_reads


class NotComparable(Exception):
    """The runs answer different questions; the message says in what."""


def run_before(found: Run) -> Run | None:
    """The last good answer to the same nightly question before this one; None where there is none."""
    if not found.standard:
        return None
    earlier = Run.objects.filter(kind=found.kind, standard=found.standard, status=Run.Status.DONE, id__lt=found.pk)
    return earlier.order_by("-id").first()


_SAME = ("group_by", "filters", "silence_days")


def compare_runs(before: Run, after: Run) -> tuple[Moved, Sequence[Moved]]:
    """(the whole's change, each group's change). Raises `NotComparable`."""
    for run in (before, after):
        if run.kind != Run.Kind.RELIABILITY or run.status != Run.Status.DONE:
            raise NotComparable(f"Run {run.pk} is no finished run of failure rates.")
    for name in _SAME:
        if before.parameters[name] != after.parameters[name]:
            raise NotComparable(f"They differ in more than the time: {name}.")
    with consistent_reads():
        today = [reliability(question_of(run.parameters)).body for run in (before, after)]
    bodies = [before.content, after.content, *today]
    whole = compare(*(_answer({"results": [{"group": {}, **body["totals"]}]}) for body in bodies))
    return whole[0], compare(*map(_answer, bodies))


def question_of(parameters: dict[str, Any]) -> Question:
    """The question that a run's parameters tell."""
    return Question(
        group_by=tuple(parameters["group_by"]),
        start=datetime.fromisoformat(parameters["from"]),
        end=datetime.fromisoformat(parameters["to"]),
        as_of=datetime.fromisoformat(parameters["as_of"]),
        filters={key: tuple(values) for key, values in parameters["filters"].items()},
        silence_days=parameters["silence_days"],
        confidence=parameters["confidence"],
    )


def _answer(body: dict[str, Any]) -> Answer:
    return {tuple(row["group"].values()): counts_of(row) for row in body["results"]}
