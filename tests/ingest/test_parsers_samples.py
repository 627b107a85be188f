"""Output of real machines, where it is at hand: how much of each format is read, and that no filler names a part."""

from collections import Counter
from pathlib import Path

import pytest

from ingest.domain.report import Member, MemberError
from ingest.parsers.interface import Parser
from tests.ingest import golden

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Ignored: answers to --scan. Failed: a device that could not be opened, and three that name no drive.
        ("smartctl-json", {"parsed": 110, "ignored": 8, "failed": 4}),
        ("dmidecode", {"parsed": 36}),
        ("lshw-json", {"parsed": 6}),
        ("nvidia-smi-xml", {"parsed": 8}),
    ],
)
def test_real_output_is_read(name: str, expected: dict[str, int]) -> None:
    outcomes = Counter(_outcome(name, path) for path in (SAMPLES / name).iterdir())

    assert dict(outcomes) == expected


def _outcome(name: str, path: Path) -> str:
    parser = golden.parsers()[name]
    assert isinstance(parser, Parser)
    content = path.read_bytes()
    if not parser.wants(path.name, content[: golden.HEAD]):
        return "ignored"
    try:
        parser.parse(Member(path.name, content))
    except MemberError:
        return "failed"
    return "parsed"
