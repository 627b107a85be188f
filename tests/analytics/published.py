"""Tables printed elsewhere, which our figures must reproduce."""

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "published"

needs_published = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published tables are not there: {FOLDER}")


def table(name: str) -> list[dict[str, str]]:
    """The rows of one table; none where the tables are absent, and then the tests are skipped."""
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def places(printed: str) -> int:
    """How many decimals a number was printed with."""
    return len(printed.partition(".")[2])
