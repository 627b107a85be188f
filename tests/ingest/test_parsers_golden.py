"""What each parser makes of an input, against what it made of it when somebody last looked.

A case is a folder ``tests/data/<parser>/<case>/`` with ``input.<ending>`` (or, for parsers of whole trees, a folder
``input/``) and ``expected.json``. ``UPDATE_GOLDEN=1`` writes the expectations anew: read the difference before you
commit it.
"""

import json
import os
from pathlib import Path

import pytest

from tests.ingest import golden

CASES = list(golden.cases())


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}-{case.name}" for case in CASES])
def test_a_golden_input_still_gives_what_it_gave(case: Path) -> None:
    expected = case / "expected.json"
    actual = golden.outcome(case)
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(json.dumps(actual, indent=2, ensure_ascii=False) + "\n")
        pytest.skip("expected.json was written, not compared")

    assert actual == json.loads(expected.read_text())


def test_no_parser_is_without_a_golden_case() -> None:
    covered = {case.parent.name for case in CASES}

    assert set(golden.parsers()) - covered == set()
