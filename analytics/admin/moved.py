"""What moved between two runs, as a table for people."""

from collections.abc import Sequence

from analytics.admin.tables import MOST_ROWS, rounded
from analytics.domain.comparing import Counts, Moved
from analytics.domain.spells import DAY
from analytics.models import Run
from analytics.services.comparing import compare_runs
from registry.admin.cells import NOTHING, from_to_on_one_line, label, one_line
from registry.admin.panels import Cell, Panel

HEADERS = ("failures", "by the window", "came in late", "days", "by the window", "came in late")


def moved_panel(before: Run, after: Run) -> Panel:
    """The whole, and each group that moved. Raises `NotComparable`."""
    whole, groups = compare_runs(before, after)
    keys = after.parameters["group_by"]
    moved = [group for group in groups if keys and group.has_moved]
    rows = [(*map(one_line, group.group), *_cells(group)) for group in moved[:MOST_ROWS]]
    names = [label("all together", "primary"), *[""] * (len(keys) - 1)] if keys else []
    return Panel(
        title="What moved",
        note=f"the first {MOST_ROWS} of {len(moved)} groups" if len(moved) > MOST_ROWS else "",
        headers=(*(key.replace("_", " ") for key in keys), *HEADERS),
        rows=[(*names, *_cells(whole)), *rows],
        more=(f"/analytics/runs/{after.pk}/compare?with={before.pk}&format=csv", "As CSV, at full precision"),
    )


def _cells(moved: Moved) -> Sequence[Cell]:
    failures = (moved.before[1], moved.after[1], moved.window[1], moved.late[1])
    days = tuple(_days(counts) for counts in (moved.before, moved.after, moved.window, moved.late))
    return *_change(*failures), *_change(*days)


def _change(before: float, after: float, window: float, late: float) -> Sequence[Cell]:
    return from_to_on_one_line(rounded(before, 0), rounded(after, 0)), _signed(window), _signed(late)


def _signed(change: float) -> Cell:
    text = rounded(change, 0)
    return NOTHING if not change else one_line(text if text.startswith("-") else f"+{text}")


def _days(counts: Counts) -> float:
    return counts[0] / DAY
