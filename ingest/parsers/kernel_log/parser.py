"""The parser of kernel logs."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ingest.domain.report import Member, Report, Signal
from ingest.parsers.kernel_log.gpus import GpuLog
from ingest.parsers.kernel_log.lines import read_lines
from ingest.parsers.kernel_log.machine_checks import MachineCheckLog
from ingest.parsers.kernel_log.memory import read_edac, read_ras

_NAME: Final = re.compile(
    r"(?:^|[/._-])(?:dmesg|kmsg|kern(?:el)?(?:\.log|$)|messages(?:$|[.-])|syslog(?:$|[.-])|journalctl|journal\.|mcelog"
    r"|ras-mc-ctl)",
    re.IGNORECASE,
)
# Words that nobody but the kernel and its decoders say.
_SURE: Final = re.compile(
    rb"NVRM: (?:Xid|GPU at|GPU Board)|nvidia-nvswitch\d*: SXid|mce: \[Hardware Error\]|EDAC MC\d"
    rb"|Hardware event\. This is not a software error|(?:^|\n)MCE \d+\r?\nCPU \d+ "
    rb"|No (?:Memory|MCE) errors\.|(?:Memory controller|MCE) events(?: summary)?:"
)
_STAMPED: Final = re.compile(
    rb"^(?:\s?\w+\s*:\s*\w+\s*:\s*|<\d{1,3}>)?"
    rb"(?:\[\s*\d+\.\d{6}\]|\[[A-Z][a-z]{2} [A-Z][a-z]{2}\s+\d|\[[A-Z][a-z]{2}\d+ |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    rb"|[A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d:\d\d \S|\d+,\d+,\d+,[^;\n]*;"
    rb'|\{.*"__REALTIME_TIMESTAMP"|-- (?:Logs begin|Journal begins))',
    re.MULTILINE,
)
_BOOT: Final = re.compile(rb"^\s?(?:Linux version \d|Initializing cgroup subsys|Command line: )", re.MULTILINE)

_MARKS: Final = re.compile(
    rb"NVRM: |SXid|\[Hardware Error\]|EDAC MC\d+: (?:\d+ )?UE|error\(s\): | error: |DIMM Label\(s\): "
    rb"|Hardware event\. This is|MCE \d+\r?\n"
)
_HEADINGS: Final = re.compile(rb"Hardware event\. This is not a software error|MCE \d+\r?$")
_MOST: Final = 5000
_ECHO: Final = timedelta(seconds=5)


class KernelLogParser:
    """The failures of hardware that the log tells: GPUs, NVSwitches, memory and processors.

    Shows no component and names no asset: a machine's log tells of failures alone. Covers nothing, and has no time
    but that of its entries.
    """

    name = "kernel-log"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` speaks as the kernel does; where the name says that this is a log, its form is enough."""
        if b"\0" in head:
            return False
        if _SURE.search(head):
            return True
        return bool(_NAME.search(name.rpartition("/")[2]) and (_STAMPED.search(head) or _BOOT.search(head)))

    def parse(self, member: Member) -> list[Report]:
        """One report, which may be empty: a log without failures is what one hopes for."""
        signals = dict.fromkeys(islice(_signals(member.content), _MOST + 1))
        told = tuple(_without_echoes(list(signals)[:_MOST]))
        if len(signals) > _MOST:
            return [Report(signals=told, problems=(f"more than {_MOST} failures: the later ones are left out",))]
        return [Report(signals=told)]


def _signals(content: bytes) -> Iterator[Signal]:
    gpus, checks = GpuLog(), MachineCheckLog()
    for line in read_lines(content, _MARKS, _HEADINGS):
        yield from gpus.read(line)
        yield from checks.read(line)
        yield from read_edac(line)
        yield from read_ras(line)
    yield from checks.end()


def _without_echoes(signals: Sequence[Signal]) -> Iterator[Signal]:
    """`signals` without machine checks of some memory where the memory's own driver tells of that error beside it."""
    by_driver = [signal.occurred_at for signal in signals if signal.code == "EDAC UE"]
    for signal in signals:
        nameless = signal.code == "MCE" and signal.mode == "uncorrectable_ecc" and not signal.part.serial
        if not (nameless and not signal.part.slot and any(_near(signal.occurred_at, other) for other in by_driver)):
            yield signal


def _near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _ECHO
