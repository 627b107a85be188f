"""Logs that are made to be slow: a line without an end, a block that never closes, a flood of errors."""

import time

import pytest

from ingest.domain.report import Member
from ingest.parsers.interface import Parser
from ingest.parsers.kernel_log import KernelLogParser
from ingest.parsers.mdadm import MdadmParser

XID = b"[%d.000000] NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.\n"


@pytest.mark.parametrize(
    ("parser", "content"),
    [
        (MdadmParser(), b"Personalities : [raid1]\nmd0 : active " + b"a[1" * 500_000),
        (MdadmParser(), b"Personalities : [raid1]\n1 1 1 1 " + b" " * 1_000_000),
        (KernelLogParser(), b"EDAC MC0: 1 UE" + b" on x" * 500_000),
        (KernelLogParser(), (b"EDAC MC0: 1 UE" + b" on x" * 300 + b"\n") * 300),
        (KernelLogParser(), b"MCE 0\nCPU 1 BANK\n" + b"x\n" * 500_000),
        (KernelLogParser(), b"MCE 0\n" * 20_000),
        (KernelLogParser(), b"mce: [Hardware Error]: CPU 0: Machine Check" + b": Bank 7" * 300_000),
    ],
    ids=[
        "endless-member",
        "endless-blanks",
        "endless-label",
        "many-labels",
        "endless-block",
        "many-blocks",
        "endless-check",
    ],
)
def test_hostile_logs_are_read_in_a_moment(parser: Parser, content: bytes) -> None:
    start = time.perf_counter()

    (report,) = parser.parse(Member("messages", content))

    assert time.perf_counter() - start < 5
    assert not report.problems


def test_a_flood_of_failures_is_cut_and_said() -> None:
    (report,) = KernelLogParser().parse(Member("dmesg", b"".join(XID % second for second in range(6000))))

    assert len(report.signals) == 5000
    assert report.problems == ("more than 5000 failures: the later ones are left out",)


def test_lines_that_repeat_are_one_failure_where_they_are_alike_to_the_time() -> None:
    (report,) = KernelLogParser().parse(Member("dmesg", XID % 7 + XID % 7 + XID % 8))

    assert len(report.signals) == 2
