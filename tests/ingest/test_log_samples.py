"""Logs, arrays and single resources of real machines, where they are at hand: what is read, and what has failed."""

from collections import Counter
from pathlib import Path

import pytest

from ingest.domain.report import Member, Signal
from ingest.parsers.interface import Parser
from tests.ingest import golden

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")


def _signals(name: str, path: Path) -> tuple[Signal, ...]:
    parser = golden.parsers()[name]
    assert isinstance(parser, Parser)
    content = path.read_bytes()
    assert parser.wants(path.name, content[: golden.HEAD]), f"{path.name} is not wanted"
    (report,) = parser.parse(Member(path.name, content))
    assert not report.problems
    assert not report.sightings
    return report.signals


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(golden.HEAD)


@pytest.mark.parametrize(
    ("name", "failing"),
    [
        ("kernel-log", {"gpud-dmesg-xid119.log": 5}),  # and none for Xid 13 and 43
        ("mdadm", {"insights-mdstat_test_2.txt": 1, "jc-mdadm-query-raid1-faulty-with-spare.txt": 1}),
    ],
)
def test_real_logs_and_arrays_are_read_and_tell_only_what_failed(name: str, failing: dict[str, int]) -> None:
    found = Counter({path.name: len(_signals(name, path)) for path in sorted((SAMPLES / name).iterdir())})

    assert dict(+found) == failing


def test_a_real_xid_names_the_board_whose_serial_was_printed_before_it() -> None:
    signals = _signals("kernel-log", SAMPLES / "kernel-log" / "gpud-dmesg-xid119.log")

    assert {(one.mode, one.part.serial, one.part.slot) for one in signals} == {
        ("xid_119", "1650124014249", "0000:9b:00.0")
    }
    assert next(one.occurred_at.isoformat() for one in signals if one.occurred_at) == "2025-02-23T16:24:18+00:00"


def test_no_other_real_output_passes_for_a_kernel_log_or_an_array() -> None:
    others = [path for path in SAMPLES.rglob("*") if path.is_file() and path.parent.name not in ("kernel-log", "mdadm")]
    heads = {path: _head(path) for path in others}
    parsers = [golden.parsers()[name] for name in ("kernel-log", "mdadm")]

    taken = {path.name for path, head in heads.items() for one in parsers if one.wants(path.as_posix(), head)}

    assert taken == {"dmesg", "mdstat"}  # of the sosreport
