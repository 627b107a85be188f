"""What NVIDIA's driver says of GPUs and NVSwitches: Xid and SXid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ingest.domain.identifiers import pci_address
from ingest.domain.report import PartName, Signal
from ingest.parsers.kernel_log.lines import Line
from ingest.parsers.xids import is_hardware_xid, xid_severity
from registry.domain.vocabulary import ComponentType, Severity

_ADDRESS = r"(?:PCI:)?((?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}(?:\.[0-7])?)"
_XID: Final = re.compile(rf"NVRM: Xid \({_ADDRESS}[^)]*\):\s*(\d{{1,4}})\b[,\s]*(.*)")
_SXID: Final = re.compile(rf"nvidia-nvswitch\d*: SXid \({_ADDRESS}[^)]*\):\s*(\d{{1,6}}),\s*(.*)")
_GPU: Final = re.compile(rf"NVRM: GPU at {_ADDRESS}: (GPU-[0-9a-fA-F-]{{36}})")
_SERIAL: Final = re.compile(r"NVRM: GPU Board Serial Number: (\S+)")


@dataclass(slots=True)
class GpuLog:
    """Reads a log line by line, and remembers which board the driver said is at which address."""

    _at: str = ""
    _uuids: dict[str, str] = field(default_factory=dict)
    _serials: dict[str, str] = field(default_factory=dict)

    def read(self, line: Line) -> Iterator[Signal]:
        if found := _GPU.match(line.text):
            self._at = _slot(found[1])
            self._uuids[self._at] = found[2]
            self._serials.pop(self._at, None)  # perhaps another board than before
        elif found := _SERIAL.match(line.text):
            self._serials[self._at] = found[1]
            self._at = ""
        elif found := _XID.match(line.text):
            yield from self._xid(line, _slot(found[1]), int(found[2]))
        elif found := _SXID.match(line.text):
            yield from _sxid(line, _slot(found[1]), int(found[2]), found[3])

    def _xid(self, line: Line, slot: str, number: int) -> Iterator[Signal]:
        if (serial := self._serials.pop("", "")) and slot:  # told without an address, just before its error
            self._serials[slot] = serial
        if not is_hardware_xid(number):
            return
        uuid = self._uuids.get(slot, "")
        yield Signal(
            PartName(
                ComponentType.GPU,
                serial=self._serials.get(slot, ""),
                slot=slot,
                slot_kind="pci",
                identifiers=(("uuid", uuid),) if uuid else (),
            ),
            kind="entry",
            mode=f"xid_{number}",
            severity=xid_severity(number),
            occurred_at=line.moment,
            message=line.told,
            code=f"Xid {number}",
        )


def _sxid(line: Line, slot: str, number: int, rest: str) -> Iterator[Signal]:
    """Only the first line of several about one error says how bad it is."""
    if not rest.lower().startswith("fatal"):
        return
    yield Signal(
        PartName(ComponentType.OTHER, slot=slot, slot_kind="pci"),
        kind="entry",
        mode=f"sxid_{number}",
        severity=Severity.CRITICAL,
        occurred_at=line.moment,
        message=line.told,
        code=f"SXid {number}",
    )


def _slot(address: str) -> str:
    return pci_address(address if "." in address else f"{address}.0")
