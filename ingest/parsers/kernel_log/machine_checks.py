"""Machine checks: the processor's own word for errors, as the kernel prints and ``mcelog`` decodes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ingest.domain.report import PartName, Signal
from ingest.parsers.fields import from_epoch
from ingest.parsers.kernel_log.lines import Line
from registry.domain.vocabulary import ComponentType, Severity

_VALID: Final = 1 << 63
_UNCORRECTED: Final = 1 << 61
_FILTERED: Final = 1 << 12  # says nothing of what failed
_MEMORY_CODES: Final = range(0x80, 0x100)  # the low 16 bits of errors of memory controllers: 0000 0000 1MMM CCCC

_MACHINE_CHECK: Final = re.compile(
    r"(?:mce: )?\[Hardware Error\]: CPU \d+: Machine Check\b[^:]*:.*?\bBank (\d+): ([0-9a-fA-F]{16})"
)
# AMD's, decoded by the kernel; UECC among the flags is an error that the memory's check bits could not put right.
_DECODED: Final = re.compile(
    r"(?:mce: )?\[Hardware Error\]: CPU:\d+ \([^)]*\) MC(\d+)_STATUS\[([^\]]*)\]: 0x([0-9a-fA-F]{16})"
)
_ABOUT_IT: Final = re.compile(r"(?:mce: )?\[Hardware Error\]: PROCESSOR \S+ TIME (\d{1,12}) SOCKET (\d{1,4})")
_BLOCK: Final = re.compile(r"MCE \d+$|Hardware event\. This is not a software error")
_TIME: Final = re.compile(r"TIME (\d{1,12})\b")
_STATUS: Final = re.compile(r"STATUS ([0-9a-fA-F]{1,16})\b")
_SOCKET: Final = re.compile(r".*\bSOCKETID (\d{1,4})\b")
_LOCATOR: Final = re.compile(r"(?:Device )?Locator: (\S.*)")
_SERIAL: Final = re.compile(r"Serial Number: (\S.*)")


@dataclass(slots=True)
class _Error:
    """A machine check of which more may be told on the lines after it."""

    first: Line
    status: int = 0
    bank: str = ""
    memory: bool = False
    moment: datetime | None = None
    socket: str = ""
    locator: str = ""
    serial: str = ""

    def signal(self) -> Signal | None:
        if not is_uncorrected(self.status):
            return None
        memory = self.memory or bool(self.serial or self.locator)
        return Signal(
            self._module() if memory else self._processor(),
            kind="entry",
            mode="uncorrectable_ecc" if memory else "machine_check",
            severity=Severity.CRITICAL,
            occurred_at=self.moment or self.first.moment,
            message=self.first.told if self.bank else f"machine check with status {self.status:016x}",
            code="MCE",
        )

    def _module(self) -> PartName:
        kind = "dmi" if self.locator else ""
        return PartName(ComponentType.MEMORY, serial=self.serial, slot=self.locator, slot_kind=kind)

    def _processor(self) -> PartName:
        slot = f"Socket {self.socket}" if self.socket else ""
        return PartName(ComponentType.CPU, slot=slot, slot_kind="kernel" if slot else "")


def is_uncorrected(status: int) -> bool:
    """Whether a bank with that status has an error that was not put right."""
    return bool(status & _VALID and status & _UNCORRECTED)


def _is_of_memory(status: int) -> bool:
    return status & 0xFFFF & ~_FILTERED in _MEMORY_CODES


class MachineCheckLog:
    """Reads a log line by line; what an error is about is known when the next one begins, or at the `end`."""

    def __init__(self) -> None:
        self._error: _Error | None = None
        self._in_block = False

    def read(self, line: Line) -> Iterator[Signal]:
        if found := _MACHINE_CHECK.match(line.text):
            yield from self.end()
            status = int(found[2], 16)
            self._error = _Error(line, status=status, bank=found[1], memory=_is_of_memory(status))
        elif found := _DECODED.match(line.text):
            yield from self.end()
            self._error = _Error(line, status=int(found[3], 16), bank=found[1], memory="UECC" in found[2].split("|"))
        elif _BLOCK.match(line.text):
            if self._in_block and self._error is not None and not self._error.status:
                return  # its heading has two lines
            yield from self.end()
            self._error, self._in_block = _Error(line), True
        elif self._error is not None:
            self._add(self._error, line.text)

    def end(self) -> Iterator[Signal]:
        """The error that is still open, if it was one that counts."""
        signal = self._error.signal() if self._error else None
        self._error, self._in_block = None, False
        if signal is not None:
            yield signal

    def _add(self, error: _Error, text: str) -> None:
        if found := _ABOUT_IT.match(text):
            error.moment, error.socket = from_epoch(int(found[1])), found[2]
        elif not self._in_block:
            return
        elif found := _TIME.match(text):
            error.moment = from_epoch(int(found[1]))
        elif found := _STATUS.match(text):
            error.status = int(found[1], 16)
            error.memory = _is_of_memory(error.status)
        elif found := _LOCATOR.match(text):
            error.locator = found[1].strip()
        elif found := _SERIAL.match(text):
            error.serial = found[1].strip()
        elif found := _SOCKET.match(text):
            error.socket = found[1]
